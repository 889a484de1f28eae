"""How many people negative mentions may have reached, and how seldom they reach so many (pure)."""

import math

_LEAST = 1_000.0
"""Followers in an hour below which reach says nothing: any brand is spoken of by somebody with as many."""


def reach_surprise(reach: float, usual: float) -> float:
    """Decades of improbability of reaching so many followers, where `usual` are reached on average; 0 up to that.

    The numbers of followers are distributed by a power law whose tail falls off about as fast as the number grows
    (density exponent 2.3: Kwak, Lee, Park, Moon, "What is Twitter, a social network or a news media?", WWW 2010), so
    that reaching ten times as many is about ten times less probable.
    """
    usual = max(usual, _LEAST)
    return math.log10(reach / usual) if reach > usual else 0.0
