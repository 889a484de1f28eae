"""What a checkpoint's own labels mean: each is one of negative, neutral and positive."""

import re
from collections.abc import Mapping

from core.errors import ModelError

NEGATIVE, NEUTRAL, POSITIVE = range(3)

_NAMES = {
    **dict.fromkeys(("negative", "neg", "bad", "负面", "負面", "消极", "消極", "差评", "差評"), NEGATIVE),
    **dict.fromkeys(("neutral", "neu", "mixed", "中性", "中立", "中评", "中評"), NEUTRAL),
    **dict.fromkeys(("positive", "pos", "good", "正面", "积极", "積極", "好评", "好評"), POSITIVE),
}
NAMES = "; ".join(
    [", ".join(name for name, its in _NAMES.items() if its == place) for place in (NEGATIVE, NEUTRAL, POSITIVE)]
    + ["1 star to 5 stars"]
)
"""What `place_of` understands, in words for people."""
_DEGREE = re.compile(r"^(?:very|extremely|strongly|slightly|somewhat)[\s_-]+")
_REMARK = re.compile(r"\s*\([^()]*\)$")
"""As in the label ``negative (stars 1, 2 and 3)``."""
_STARS = re.compile(r"([1-5])[\s_-]*stars?|stars?[\s_-]*([1-5])")
_NUMBERED = re.compile(r"label_(\d+)")
_OF_STARS = (NEGATIVE, NEGATIVE, NEUTRAL, POSITIVE, POSITIVE)
_BY_COUNT = {2: (NEGATIVE, POSITIVE), 3: (NEGATIVE, NEUTRAL, POSITIVE), 5: _OF_STARS}
"""What ``LABEL_0``, ``LABEL_1`` … stand for, by how many there are: from the worst to the best, as is the custom."""


def meaning(labels: Mapping[int, str]) -> tuple[int, ...]:
    """For each output of a checkpoint, the place of its probability among (negative, neutral, positive).

    What `place_of` understands, and the nameless ``LABEL_0`` …. A checkpoint of two classes never says neutral.

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


def place_of(label: str) -> int | None:
    """The place of what a label names among (negative, neutral, positive); None where it names none of them.

    Names in English and Chinese, in any case, with a degree ("very negative") or a remark in brackets, and one to five
    stars (three are neutral) are understood.
    """
    name = _DEGREE.sub("", _REMARK.sub("", label.strip().lower()))
    if stars := _STARS.fullmatch(name):
        return _OF_STARS[int(stars[1] or stars[2]) - 1]
    return _NAMES.get(name)


def _one(label: str, count: int) -> int | None:
    if (place := place_of(label)) is not None:
        return place
    numbered = _NUMBERED.fullmatch(label.strip().lower())
    places = _BY_COUNT.get(count, ())
    return places[int(numbered[1])] if numbered and int(numbered[1]) < len(places) else None
