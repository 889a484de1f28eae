"""Careless writing: what people do to a text when they type on a telephone."""

import random

_LEAST = 8
_ENDINGS = ("!!!", "...", "！！", "~", "")


def written_in_haste(text: str, picker: random.Random) -> str:
    """The same words without care for capitals, apostrophes, order of letters or repeated signs.

    Args:
        text: as prepared for the model.
        picker: decides what goes wrong; the same one gives the same text.
    """
    match picker.randrange(5):
        case 0:
            return text.lower()
        case 1:
            return text.replace("'", "").replace("’", "")
        case 2:
            return text.rstrip(".!?。！？") + picker.choice(_ENDINGS)
        case way:
            return _mistyped(text, picker, swapped=way == 3)


def _mistyped(text: str, picker: random.Random, *, swapped: bool) -> str:
    """One letter missing, or two that changed places, neither at the ends."""
    if len(text) < _LEAST:
        return text
    place = picker.randrange(1, len(text) - 2)
    first, second = text[place], text[place + 1]
    if not (first.isalnum() and second.isalnum()):
        return text
    return text[:place] + (second + first if swapped else second) + text[place + 2 :]
