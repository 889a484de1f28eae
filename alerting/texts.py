"""What is compared of the texts of posts: words and Chinese characters, and a key that near-copies share (pure).

Whatever is hidden or turns the direction of writing is no letter and falls out by itself, as do figures; links, @names
and names of the brand are cut out. Nothing else is changed, so that a phrase stands in its texts letter for letter.
"""

import re
import unicodedata
from collections.abc import Iterable

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts without spaces between words, for a class of characters."""

_CUT = r"^rt\s+@\w+:?|(?:https?://|www\.)\S+|(?<![\w.])@\w+"
"""What says nothing of its own: the head of a forwarded post, links, account names."""

_WORD = rf"[^\W\d_{_CJK}](?:[^\W_{_CJK}]|['’](?=[^\W\d_{_CJK}]))+"
_UNIT = re.compile(rf"[{_CJK}]|{_WORD}")
_WORD_ALONE = re.compile(_WORD)
_LONGEST_WORD = 40
_NO_LETTERS = re.compile(r"[\W\d_]+")
_HAS_CJK = re.compile(rf"[{_CJK}]")
_LATIN_EDGE = re.compile(r"\w")
_LEAST_KEY = 8
"""Letters from which on two equal texts are copies; below, people say the same by themselves."""
_MOST_TEXT = 2_000
"""Characters that are looked at: a longer text doesn't say more of what is new."""


class Names:
    """The names of a brand, to be left out of what is said about it."""

    def __init__(self, names: Iterable[str]) -> None:
        # The longest first: "Acme Coffee" goes as a whole.
        lowered = sorted({name.lower().strip() for name in names} - {""}, key=lambda name: (-len(name), name))
        self._cut = re.compile("|".join([_CUT, *map(_as_a_name, lowered)]))

    def left_out(self, text: str) -> str:
        """A text in small letters, a line break in the place of each link, account name and name of the brand."""
        return self._cut.sub("\n", text[:_MOST_TEXT].lower())


def units(text: str) -> list[str]:
    """The words and Chinese characters of a text of which names are left out."""
    return _UNIT.findall(text)


def is_cjk(text: str) -> bool:
    """Whether a text has a character of a script without spaces between words."""
    return _HAS_CJK.search(text) is not None


def likeness(text: str) -> str:
    """What near-copies have in common: the letters alone. Empty for a text too short to be a copy of another."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    letters = _NO_LETTERS.sub("", plain)
    return letters if len(letters) >= _LEAST_KEY else ""


def size(phrase: str) -> int:
    """How long a phrase is: in words, or in characters where it is Chinese."""
    return len(phrase) if is_cjk(phrase) else phrase.count(" ") + 1


def after(text: str, phrase: str) -> str:
    """The unit that belongs to a phrase behind its first place in a text; empty where none does."""
    end = text.find(phrase) + len(phrase)
    if is_cjk(phrase):
        return text[end : end + 1] if is_cjk(text[end : end + 1]) else ""
    match = _WORD_ALONE.match(text, end + 1) if text[end : end + 1] == " " else None
    return match[0] if match else ""


def before(text: str, phrase: str) -> str:
    """The unit that belongs to a phrase before its first place in a text; empty where none does."""
    start = text.find(phrase)
    if is_cjk(phrase):
        return text[start - 1 : start] if start and is_cjk(text[start - 1 : start]) else ""
    if text[max(0, start - 1) : start] != " ":
        return ""
    word = text[max(0, start - _LONGEST_WORD) : start - 1].rpartition(" ")[2]
    return word if _WORD_ALONE.fullmatch(word) else ""


def with_beside(phrase: str, unit: str, *, at_end: bool) -> str:
    """A phrase and a unit that belongs to it."""
    gap = "" if is_cjk(phrase) else " "
    return f"{phrase}{gap}{unit}" if at_end else f"{unit}{gap}{phrase}"


def _as_a_name(name: str) -> str:
    """A name as it is found: in Latin script as a whole word, in Chinese anywhere."""
    before = r"(?<!\w)" if _LATIN_EDGE.match(name[0]) and not is_cjk(name) else ""
    after = r"(?!\w)" if _LATIN_EDGE.match(name[-1]) and not is_cjk(name) else ""
    return f"{before}#?{re.escape(name)}{after}"
