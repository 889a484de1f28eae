"""Why an alert fired: what is different about the posts behind it, in numbers that each lead to posts.

Texts and names of people are left out: posts are named by their ids, so that what is erased is gone from here as well.
Phrases alone are people's words; each is kept only while a post that has it is kept (see `without`).
"""

from collections.abc import Collection
from typing import Literal

import msgspec
from msgspec import Struct

from core.mention import Moment

Doubt = Literal["", "few", "flat", "far"]
"""Why no moment is foretold: too little is known, it doesn't rise, or it would be too far ahead to say."""


class Grown(Struct, frozen=True, kw_only=True):
    """A theme or a network that more posts are about than usual.

    `posts` are those of the window, `share` their share of all that were looked at, `usual` the share among earlier
    posts: between 0 and 1.
    """

    name: str
    posts: int
    share: float
    usual: float


class Phrase(Struct, frozen=True, kw_only=True):
    """Words that have become more frequent.

    `posts` of the window hold them, letter for letter but for capitals; `share` and `usual` are as for `Grown`. `z` is
    how surely they grew, in standard deviations. `examples` are ids of posts of the window that hold them.
    """

    text: str
    posts: int
    share: float
    usual: float
    z: float
    examples: tuple[str, ...]


class Repeated(Struct, frozen=True, kw_only=True):
    """One text that many posts repeat, but for links, names, figures and punctuation; `example` is one's id."""

    posts: int
    authors: int
    example: str


class Voice(Struct, frozen=True, kw_only=True):
    """One of the authors with the widest reach: `mention` is the id of the latest of their `posts` in the window."""

    mention: str
    followers: int
    posts: int


class Why(Struct, frozen=True, kw_only=True):
    """What is different about the posts of a window.

    Looked at were the `posts` of the brand from `since` up to `until` (event time, end exclusive) that are negative, or
    that have sensitive words where `sensitive` says so; `compared` with so many negative ones from `usual_since` up to
    `usual_until`, spread over that time. `authors` are the distinct ones that are known. `samples` are ids of typical
    posts, no two alike. Everything is in order of importance.
    """

    since: Moment
    until: Moment
    sensitive: bool = False
    posts: int
    compared: int
    usual_since: Moment
    usual_until: Moment
    themes: tuple[Grown, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    repeated: tuple[Repeated, ...] = ()
    authors: int = 0
    voices: tuple[Voice, ...] = ()
    samples: tuple[str, ...] = ()
    sources: tuple[Grown, ...] = ()


class Forecast(Struct, frozen=True, kw_only=True):
    """When the next level is reached if it goes on as in the last hours: an estimate, and no promise.

    `level` (as in `core.alert.Level`) asks for `needed` negative posts in the window (event time); `at` is when that
    many are likely, None where nothing can be said, for the reason in `doubt`. `expected` are the posts in the window
    at `until`, as far as is looked ahead. The method is Holt's with a damped trend (see `alerting.forecast`).
    """

    level: int
    needed: int
    at: Moment | None = None
    expected: int = 0
    until: Moment
    doubt: Doubt = ""


def mentions_in(why: Why) -> frozenset[str]:
    """The ids of all posts that are named."""
    return frozenset(
        (
            *why.samples,
            *(voice.mention for voice in why.voices),
            *(one.example for one in why.repeated if one.example),
            *(id_ for phrase in why.phrases for id_ in phrase.examples),
        )
    )


def without(why: Why, erased: Collection[str]) -> Why:
    """The same without these posts: their ids, what is said of their authors, phrases that no other one vouches for.

    Counts stay as they were when the alert fired.
    """
    phrases = (
        msgspec.structs.replace(phrase, examples=tuple(id_ for id_ in phrase.examples if id_ not in erased))
        for phrase in why.phrases
    )
    return msgspec.structs.replace(
        why,
        phrases=tuple(phrase for phrase in phrases if phrase.examples),
        repeated=tuple(
            msgspec.structs.replace(one, example="") if one.example in erased else one for one in why.repeated
        ),
        voices=tuple(voice for voice in why.voices if voice.mention not in erased),
        samples=tuple(id_ for id_ in why.samples if id_ not in erased),
    )
