"""What names and moments can be, wherever people write them: in settings, in requests, on pages (pure)."""

import unicodedata
from datetime import datetime

FIRST_YEAR, LAST_YEAR = 1971, 2999
"""There are networks in them; and far from both ends of the calendar, where adding a week fails."""

LONGEST_NAME = 100

NAME_RULE = (
    f"a name is one line of at most {LONGEST_NAME} characters, without invisible ones and without blanks around it"
)

_JOINERS = frozenset("\u200c\u200d")
"""Hold together letters of some scripts, and emoji that are made of several."""


def is_plain_name(name: str) -> bool:
    """Whether people can see what it is and tell it from others, and every database and log can hold it."""
    seen = name.strip("".join(_JOINERS))
    return bool(seen) and name == name.strip() and len(name) <= LONGEST_NAME and all(map(_is_seen, name))


def is_near(at: datetime) -> bool:
    """Whether a time is of years that can be meant."""
    return FIRST_YEAR <= at.year <= LAST_YEAR


def _is_seen(letter: str) -> bool:
    return letter in _JOINERS or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
