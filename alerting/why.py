"""What is different about the posts behind an alert (pure): themes and phrases that grew, copies, authors, networks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from alerting.phrases import LEAST_TEXTS, SURELY, Sides, grown_phrases
from alerting.texts import Names, likeness
from core.mention import ScoredMention, StoredMention
from core.why import Grown, Phrase, Repeated, Voice, Why

Post = ScoredMention | StoredMention

LEAST_COMPARED = 20
"""Earlier posts from which on something is known of what is usual."""

_MOST_TEXTS = 2_000
"""Different texts of either side that phrases are looked for in; of more, every so many-th."""
_THEMES, _SOURCES, _PHRASES, _VOICES, _SAMPLES, _REPEATED, _EXAMPLES = 5, 5, 8, 3, 5, 3, 5
_LEAST_REPEATED = 3
_HEARD_AGAIN = 0.3
"""How much a phrase counts for a further sample when an earlier one has it already."""


class Range(NamedTuple):
    """A stretch of event time, end exclusive."""

    since: datetime
    until: datetime


class _Text(Struct, frozen=True):
    """A text that one or more posts have, and those posts, the latest first."""

    text: str
    posts: tuple[Post, ...]


def why(
    posts: Iterable[Post],
    earlier: Sequence[Post],
    window: Range,
    usual: Range,
    *,
    names: Iterable[str] = (),
    sensitive: bool = False,
) -> Why:
    """What is different about the posts of a window.

    Args:
        posts: the posts of the window that are looked at; `sensitive` says which they are (see `core.why.Why`).
        earlier: a sample of the negative posts of the days before.
        window: the window.
        usual: the time that the sample is from.
        names: what the brand is called; left out of phrases.
        sensitive: whether posts with sensitive words are looked at, instead of negative ones.
    """
    latest_first = sorted(posts, key=lambda post: (post.mention.created_at, post.mention.id), reverse=True)
    left_out = Names(names).left_out
    texts = _texts(latest_first, left_out)
    phrases = _phrases(latest_first, texts, earlier, _texts(earlier, left_out))
    themes = _grown(latest_first, earlier, _themes_of, _THEMES, SURELY)
    return Why(
        since=window.since,
        until=window.until,
        sensitive=sensitive,
        posts=len(latest_first),
        compared=len(earlier),
        usual_since=usual.since,
        usual_until=usual.until,
        themes=themes,
        phrases=phrases,
        repeated=_repeated(texts),
        authors=len({who for post in latest_first if (who := _author(post))}),
        voices=_voices(latest_first),
        samples=_samples(texts, phrases, themes),
        sources=_grown(latest_first, earlier, lambda post: (post.mention.source,), _SOURCES),
    )


def _texts(posts: Iterable[Post], left_out: Callable[[str], str]) -> list[_Text]:
    """The different texts of posts, each with its near-copies."""
    found: dict[str, tuple[str, list[Post]]] = {}
    for post in posts:
        text = left_out(post.mention.text)
        key = likeness(text) or f" {post.mention.id}"
        found.setdefault(key, (text, []))[1].append(post)
    return [_Text(text, tuple(same)) for text, same in found.values()]


def _phrases(
    posts: Sequence[Post], texts: Sequence[_Text], earlier: Sequence[Post], earlier_texts: Sequence[_Text]
) -> tuple[Phrase, ...]:
    if len(earlier) < LEAST_COMPARED:
        return ()
    grew = grown_phrases(_thinned(texts), _thinned(earlier_texts), _PHRASES)
    if not grew:
        return ()
    lowered = [post.mention.text.lower() for post in posts]
    before = [post.mention.text.lower() for post in earlier]
    found = []
    for one in grew:
        have = [post for post, text in zip(posts, lowered, strict=True) if one.text in text]
        found.append(
            Phrase(
                text=one.text,
                posts=len(have),
                share=_share(len(have), len(posts)),
                usual=_share(sum(one.text in text for text in before), len(before)),
                z=one.z,
                examples=_by_different_authors(have),
            )
        )
    return tuple(found)


def _thinned(texts: Sequence[_Text]) -> list[str]:
    step = -(-len(texts) // _MOST_TEXTS) or 1
    return [text.text for text in texts[::step]]


def _grown(
    posts: Sequence[Post],
    earlier: Sequence[Post],
    names_of: Callable[[Post], tuple[str, ...]],
    most: int,
    surely: float | None = None,
) -> tuple[Grown, ...]:
    """Names that posts have, the ones that grew most surely first; with `surely`, only those that grew at least so.

    Where next to nothing is known of what is usual, the most frequent ones.
    """
    now, before = (Counter(name for post in some for name in names_of(post)) for some in (posts, earlier))
    known = len(earlier) >= LEAST_COMPARED
    sides = Sides(len(posts), len(earlier))
    grew = {name: sides.z(count, before[name]) if known else float(count) for name, count in now.items()}
    chosen = sorted(grew, key=lambda name: (-grew[name], -now[name], name))
    if surely is not None:
        chosen = [name for name in chosen if now[name] >= LEAST_TEXTS and (not known or grew[name] >= surely)]
    else:
        chosen = sorted(chosen, key=lambda name: (-now[name], name))
    return tuple(
        Grown(
            name=name,
            posts=now[name],
            share=_share(now[name], len(posts)),
            usual=_share(before[name], len(earlier)),
        )
        for name in chosen[:most]
    )


def _themes_of(post: Post) -> tuple[str, ...]:
    return post.score.reading.themes


def _repeated(texts: Sequence[_Text]) -> tuple[Repeated, ...]:
    often = sorted((text for text in texts if len(text.posts) >= _LEAST_REPEATED), key=lambda text: -len(text.posts))
    return tuple(
        Repeated(
            posts=len(text.posts),
            authors=len({who for post in text.posts if (who := _author(post))}),
            example=text.posts[-1].mention.id,
        )
        for text in often[:_REPEATED]
    )


def _voices(latest_first: Sequence[Post]) -> tuple[Voice, ...]:
    heard: dict[tuple[str, str], list[Post]] = defaultdict(list)
    for post in latest_first:
        if who := _author(post):
            heard[who].append(post)
    voices = [
        Voice(
            mention=of_author[0].mention.id,
            followers=max(post.mention.followers or 0 for post in of_author),
            posts=len(of_author),
        )
        for of_author in heard.values()
    ]
    loudest = sorted(voices, key=lambda voice: (-voice.followers, -voice.posts, voice.mention))
    return tuple(voice for voice in loudest[:_VOICES] if voice.followers > 0)


def _samples(texts: Sequence[_Text], phrases: Sequence[Phrase], themes: Sequence[Grown]) -> tuple[str, ...]:
    """Posts that have what grew, each for as much as possible that those before don't have; no two texts alike."""
    weights = {**{f"p {phrase.text}": phrase.z for phrase in phrases}, **{f"t {theme.name}": 1.0 for theme in themes}}
    about = [(text, _traits(text, phrases).intersection(weights)) for text in texts]
    heard: set[str] = set()
    authors: set[tuple[str, str]] = set()
    samples: list[str] = []

    def typical(one: tuple[_Text, frozenset[str]]) -> tuple[float, int, float, int]:
        text, traits = one
        says = sum(weights[trait] * (_HEARD_AGAIN if trait in heard else 1.0) for trait in sorted(traits))
        post = text.posts[0]
        return says, len(text.posts), post.score.p_negative, post.mention.followers or 0

    while about and len(samples) < _SAMPLES:
        best = max(about, key=typical)
        about.remove(best)
        post = best[0].posts[0]
        if _author(post) in authors:
            continue
        samples.append(post.mention.id)
        heard |= best[1]
        authors |= {who for who in (_author(post),) if who}
    return tuple(samples)


def _traits(text: _Text, phrases: Sequence[Phrase]) -> frozenset[str]:
    of_themes = (f"t {theme}" for theme in text.posts[0].score.reading.themes)
    return frozenset((*of_themes, *(f"p {phrase.text}" for phrase in phrases if phrase.text in text.text)))


def _by_different_authors(posts: Sequence[Post]) -> tuple[str, ...]:
    chosen: dict[object, str] = {}
    for post in posts:
        chosen.setdefault(_author(post) or post.mention.id, post.mention.id)
        if len(chosen) == _EXAMPLES:
            break
    return tuple(chosen.values())


def _author(post: Post) -> tuple[str, str] | None:
    """Who wrote a post, on its network; None where nobody knows."""
    return (post.mention.source, post.mention.author) if post.mention.author else None


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
