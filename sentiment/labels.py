"""What a checkpoint's own labels mean: each is one of negative, neutral and positive."""

import re
from collections.abc import Mapping

from core.errors import ModelError

NEGATIVE, NEUTRAL, POSITIVE = range(3)

_NAMES = {
    "negative": NEGATIVE,
    "neg": NEGATIVE,
    "bad": NEGATIVE,
    "neutral": NEUTRAL,
    "neu": NEUTRAL,
    "mixed": NEUTRAL,
    "positive": POSITIVE,
    "pos": POSITIVE,
    "good": POSITIVE,
}
_DEGREE = re.compile(r"^(?:very|extremely|strongly|slightly|somewhat)[\s_-]+")
_STARS = re.compile(r"([1-5])[\s_-]*stars?")
_NUMBERED = re.compile(r"label_(\d+)")
_OF_STARS = (NEGATIVE, NEGATIVE, NEUTRAL, POSITIVE, POSITIVE)
_BY_COUNT = {2: (NEGATIVE, POSITIVE), 3: (NEGATIVE, NEUTRAL, POSITIVE), 5: _OF_STARS}
"""What ``LABEL_0``, ``LABEL_1`` … stand for, by how many there are: from the worst to the best, as is the custom."""


def meaning(labels: Mapping[int, str]) -> tuple[int, ...]:
    """For each output of a checkpoint, the place of its probability among (negative, neutral, positive).

    Names in any case, with a degree ("very negative"), one to five stars (three are neutral), and the nameless
    ``LABEL_0`` … are understood. A checkpoint of two classes never says neutral.

    Raises:
        ModelError: a label is unknown, or negative or positive can't occur.
    """
    found = [_one(labels[number], len(labels)) for number in sorted(labels)]
    unknown = [labels[number] for number, place in zip(sorted(labels), found, strict=True) if place is None]
    if unknown or not {NEGATIVE, POSITIVE} <= set(found):
        which = f"the labels {', '.join(map(repr, unknown))}" if unknown else f"only {sorted(labels.values())}"
        raise ModelError(
            f"The model has {which}, which say nothing of negative and positive: "
            "name a sentiment checkpoint in SIXMINUTE_MODEL, or give its config.json labels that do."
        )
    return tuple(place for place in found if place is not None)


def _one(label: str, count: int) -> int | None:
    name = _DEGREE.sub("", label.strip().lower())
    if name in _NAMES:
        return _NAMES[name]
    if stars := _STARS.fullmatch(name):
        return _OF_STARS[int(stars[1]) - 1]
    numbered = _NUMBERED.fullmatch(name)
    places = _BY_COUNT.get(count, ())
    return places[int(numbered[1])] if numbered and int(numbered[1]) < len(places) else None
