"""The one way a text is made ready for the model, in training and in service alike."""

import html
import re

MAX_CHARACTERS = 1_000
"""A model reads at most this many characters, the first half and the last half of a longer text."""

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w.])@\w{1,50}")
_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def prepare(text: str) -> str:
    """Return what the model sees of a text.

    Entities are decoded, links become ``http`` and account names ``@user`` (as in TweetEval, so that the model
    can't learn who is meant), runs of one character are cut to three, invisible characters and lone surrogates
    go, and of more than `MAX_CHARACTERS` the middle goes. A first cut comes before all else, so that no input costs
    more than another.
    """
    text = html.unescape(_without_middle(text, 4 * MAX_CHARACTERS))
    text = _LINK.sub("http", text)
    text = _NAME.sub("@user", text)
    text = _UNSEEN.sub("", text)
    text = _RUN.sub(r"\1\1\1", text)
    return _without_middle(" ".join(text.split()), MAX_CHARACTERS)


def _without_middle(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit // 2] + text[len(text) - limit // 2 :]
