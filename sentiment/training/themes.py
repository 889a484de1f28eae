"""Themes for the encoder to learn: those that the words of a text name, with the words taken away.

No set here says what its texts are about, but the word list does. A text whose theme words are hidden still has the
theme; an encoder that learns to see it then finds the theme in texts that never name it (distant supervision: Mintz et
al., "Distant supervision for relation extraction without labeled data", ACL 2009).
"""

from functools import cache

import torch
from torch import Tensor

from sentiment.matching import normal
from sentiment.themes import Lexicon
from sentiment.words import bundled_words

_LEAST_FOUND = 20
"""A threshold found on fewer texts would be chance."""


@cache
def lexicon() -> Lexicon:
    """The bundled words, made ready."""
    return Lexicon(bundled_words())


def asked() -> tuple[str, ...]:
    """The themes that the encoder is asked for. About what may raise an alarm, the words alone decide."""
    return lexicon().harmless_themes


def numbers_of(text: str) -> tuple[int, ...]:
    """The numbers, as in `asked`, of the themes that the words of a text name."""
    found = lexicon().find(text).themes
    return tuple(number for number, theme in enumerate(asked()) if theme in found)


def without_theme_words(text: str) -> str:
    """A text whose theme words are gone; as it is where its plain form has another length, so that places don't fit."""
    if len(normal(text)) != len(text):
        return text
    kept: list[str] = []
    at = 0
    for start, end in lexicon().places(text):
        kept.append(text[at : max(at, start)])
        at = max(at, end)
    return " ".join("".join([*kept, text[at:]]).split())


def thresholds(probabilities: Tensor, named: Tensor, precision: float = 0.6) -> list[float]:
    """From which probability on a text has each theme, so that so many of those found have it.

    Args:
        probabilities: of each theme, [texts, themes], read without the theme words.
        named: whether the words of the text named the theme, 0 or 1, [texts, themes]. A text may well be about a theme
            that it doesn't name, so the true precision is higher.
        precision: what is asked for.

    Returns:
        The lowest threshold at which the precision holds, for each theme; 2, which nothing reaches, where none does.
    """
    found = []
    for said, true in zip(probabilities.T, named.T, strict=True):
        order = said.argsort(descending=True)
        right = true[order].cumsum(0) / torch.arange(1, len(order) + 1)
        enough = (right >= precision).nonzero()
        usable = len(enough) > 0 and int(enough[-1]) + 1 >= _LEAST_FOUND
        found.append(round(float(said[order[int(enough[-1])]]), 4) if usable else 2.0)
    return found
