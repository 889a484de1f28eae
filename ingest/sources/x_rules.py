"""What X is asked for: brands as rules of the filtered stream and as queries of the recent search (pure).

From X's guides "Build a rule" and "Build a query": a space is AND, OR binds less, a group can't be negated, names in
quotes are phrases, and the stream tells accents apart.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from msgspec import Struct

from core.brand import Brand
from core.errors import ConfigurationError
from ingest.brands import keys_of
from ingest.names import fold

LONGEST_RULE = 1024
LONGEST_QUERY = 512
"""Characters of a rule, and of a query of the recent search with an app that isn't an enterprise's."""
MOST_RULES = 1000
TAG = "sixminute:"
"""What the tags of our rules begin with. Without it a rule is somebody else's and is left alone."""

CRISIS_WORDS = (
    "recall", "recalled", "fire", "smoke", "burned", "burnt", "explosion", "exploded", "injured", "injury", "hospital",
    "poisoning", "unsafe", "dangerous", "lawsuit", "sue", "lawyer", "police", "boycott", "scam", "fraud", "leak",
    "breach", "hacked", "outage", "racist",
    "召回", "下架", "起火", "著火", "着火", "冒煙", "冒烟", "爆炸", "受傷", "受伤", "送醫", "送医", "中毒",
    "提告", "起訴", "起诉", "律師", "律师", "報警", "报警", "抵制", "詐騙", "诈骗", "個資", "泄露", "洩漏", "曝光",
    "投訴", "投诉",
)  # fmt: skip
"""Beside one of these a name is asked for even when little may be spent."""

_ACCOUNT = re.compile(r"[a-z0-9_]{1,15}", re.ASCII)
_TAGGABLE = re.compile(r"\w+")
_MOST_AROUND = 300
"""Characters that a rule spends at most on what it doesn't want; the rest is sorted out here."""
_LONGEST_NAME = 100
_LONGEST_TAG = 100
_NO_REPOSTS = "-is:retweet"


class Rule(Struct, frozen=True):
    """A rule of the filtered stream; `value` is also a query of the search."""

    value: str
    tag: str


def rules_of(
    brands: Iterable[Brand], source: str, narrow: bool = False, *, longest: int = LONGEST_RULE
) -> tuple[Rule, ...]:
    """The rules that bring what is about the brands, each brand by rules of its own, so that a change touches few.

    Reposts, posts of accounts that don't count and, as far as there is room, excluded words are left out there already,
    for what comes has to be paid. What a rule can't say is sorted out here.

    Args:
        brands: the configured ones; those that take no mentions from the source are passed over.
        source: the name of its ``[[sources]]`` table.
        narrow: only names that aren't ambiguous, beside one of `CRISIS_WORDS` or by one of the brand's `vips`: for when
            the budget is used up.
        longest: characters of a rule.

    Raises:
        ConfigurationError: a brand is wrong in itself, or X would not take so many rules.
    """
    tags = {
        value: f"{TAG}{brand.name}"[:_LONGEST_TAG]
        for brand in brands
        if not brand.sources or source in brand.sources
        for value in _values(brand, narrow, longest)
    }
    rules = tuple(Rule(value, tag) for value, tag in tags.items())
    if len(rules) > MOST_RULES:
        raise ConfigurationError(
            f"your brands need {len(rules)} rules, and X takes {MOST_RULES}: name fewer brands, names or context words"
        )
    return rules


def queries_of(brands: Iterable[Brand], source: str, narrow: bool = False) -> tuple[str, ...]:
    """The same as queries of the recent search, which are shorter.

    Raises:
        ConfigurationError: as `rules_of`.
    """
    return tuple(rule.value for rule in rules_of(brands, source, narrow, longest=LONGEST_QUERY))


def difference(there: Mapping[str, Rule], wanted: Sequence[Rule]) -> tuple[list[Rule], list[str]]:
    """Which rules must be added, and the ids of those that must go, so that ours there are the wanted ones.

    Values alone are compared: X takes none twice, and whosever rule it is, what it wants comes.

    Args:
        there: all rules on the account by their ids, with an empty tag where they have none.
        wanted: ours.
    """
    known = {rule.value for rule in there.values()}
    values = {rule.value for rule in wanted}
    superfluous = [id_ for id_, rule in there.items() if rule.tag.startswith(TAG) and rule.value not in values]
    return [rule for rule in wanted if rule.value not in known], superfluous


def accounts_of(brands: Iterable[Brand]) -> tuple[str, ...]:
    """The handles of brands that can be accounts on X, without the @, each once."""
    folded = (fold(handle).removeprefix("@").strip() for brand in brands for handle in brand.handles)
    return tuple(dict.fromkeys(handle for handle in folded if _ACCOUNT.fullmatch(handle)))


def _values(brand: Brand, narrow: bool, longest: int) -> Iterator[str]:
    keys = keys_of(brand)
    silent = [f"-from:{account}" for account in sorted(keys.silent) if _ACCOUNT.fullmatch(account)]
    # A text with an excluded word still counts where it addresses the brand.
    excluded = [f"-{phrase}" for phrase in map(_phrase, sorted(keys.exclude)) if phrase]
    called = [name for name in keys.sure if name[0] == "@"]
    named = [name for name in keys.sure if name[0] != "@"]
    vips = [f"from:{account}" for account in sorted(keys.vips) if _ACCOUNT.fullmatch(account)]
    crisis = [*map(_phrase, CRISIS_WORDS), *vips] if narrow else []
    yield from _packed(_terms(brand, called), crisis, _around(silent), longest)
    yield from _packed(_terms(brand, named), crisis, _around([*silent, *excluded]), longest)
    if not narrow:
        alone = [name for name in keys.unsure if name[0] in "#@"]
        words = [name for name in keys.unsure if name[0] not in "#@"]
        context = _terms(brand, keys.context)
        yield from _packed(_terms(brand, alone), [], _around(silent), longest)
        yield from _packed(_terms(brand, words), context, _around([*silent, *excluded]), longest)


def _packed(names: Sequence[str], beside: Sequence[str], around: str, longest: int) -> Iterator[str]:
    """Rules that want one of the names and, where there are any, one of the words beside it."""
    room = longest - len(around) - len(" ")
    if not beside:
        yield from (f"{group} {around}" for group in _groups(names, room))
        return
    room = (room - len(" ")) // 2
    yield from (f"{one} {other} {around}" for one, other in product(_groups(names, room), _groups(beside, room)))


def _groups(terms: Sequence[str], room: int) -> Iterator[str]:
    """As many terms in parentheses as there is room for, again and again."""
    group: list[str] = []
    for term in terms:
        if group and len(f"({' OR '.join([*group, term])})") > room:
            yield f"({' OR '.join(group)})"
            group = []
        group.append(term)
    if group:
        yield f"({' OR '.join(group)})"


def _around(unwanted: Sequence[str]) -> str:
    around = _NO_REPOSTS
    for term in unwanted:
        if len(around) + len(term) < _MOST_AROUND:
            around = f"{around} {term}"
    return around


def _terms(brand: Brand, names: Iterable[str]) -> list[str]:
    """Folded names as X reads them, in order, each once.

    Where accents make a difference they come as they are written, too; and a name has its hashtag, because X doesn't
    find a word in one.
    """
    written = {
        fold(name): " ".join(unicodedata.normalize("NFC", name).casefold().split())[:_LONGEST_NAME]
        for name in (brand.name, *brand.aliases, *brand.products, *brand.ambiguous, *brand.context)
    }
    terms: dict[str, None] = {}
    for name in sorted(names):
        for spelled in (name, written.get(name, name)):
            terms |= dict.fromkeys((_term(spelled), _hashtag(spelled)))
    return [term for term in terms if term]


def _term(name: str) -> str:
    """A name as a term; empty where X knows no such account or hashtag."""
    if name[0] == "@":
        return name if _ACCOUNT.fullmatch(name[1:]) else ""
    return _hashtag(name) if name[0] == "#" else _phrase(name)


def _hashtag(name: str) -> str:
    tag = name.removeprefix("#").replace(" ", "")
    return f"#{tag}" if _TAGGABLE.fullmatch(tag) and not tag.isdecimal() else ""


def _phrase(words: str) -> str:
    """Words in quotes; whatever could end them is taken out."""
    inner = " ".join(words.replace('"', " ").replace("\\", " ").split())
    return f'"{inner}"' if inner else ""
