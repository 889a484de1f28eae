"""How often the model was wrong where people looked. Pure; shares are between 0 and 1."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from core.mention import LABELS, Label
from core.model_error import Z


class ReviewCount(Struct, frozen=True, kw_only=True):
    """How many reviewed mentions of a brand and language were `given` a label by the model, and wanted `label`."""

    brand: str
    language: str
    given: Label
    label: Label
    mentions: int


class Rate(Struct, frozen=True, kw_only=True):
    """Of the `reviewed` labels, those that were `wrong`: their share, and the interval from `low` to `high`."""

    reviewed: int
    wrong: int
    share: float
    low: float
    high: float


class ErrorRate(Struct, frozen=True, kw_only=True):
    """How often the model was wrong about a brand's mentions of one language, in all and for each label it gave."""

    brand: str
    language: str
    overall: Rate
    by_label: dict[Label, Rate]


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval of 95 % around a share; around a share of nothing it is everything.

    Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American Statistical
    Association 22, 1927.
    """
    if not of:
        return 0.0, 1.0
    share, squared = hits / of, Z**2
    middle = (share + squared / (2 * of)) / (1 + squared / of)
    margin = Z * math.sqrt(share * (1 - share) / of + squared / (4 * of**2)) / (1 + squared / of)
    return (0.0 if hits == 0 else middle - margin), (1.0 if hits == of else middle + margin)


def error_rates(counts: Iterable[ReviewCount]) -> list[ErrorRate]:
    """How often the model was wrong where people looked, by brand and language in order.

    Mentions that the model could not read are no error of it and are left out. People look at what catches their eye:
    these are rates of what was reviewed, not of all mentions.
    """
    reviewed: dict[tuple[str, str], Counter[tuple[Label, bool]]] = defaultdict(Counter)
    for count in counts:
        if count.given in LABELS:
            reviewed[count.brand, count.language][count.given, count.given != count.label] += count.mentions
    return [
        ErrorRate(
            brand=brand,
            language=language,
            overall=_rate(found, LABELS),
            by_label={label: _rate(found, (label,)) for label in LABELS},
        )
        for (brand, language), found in sorted(reviewed.items())
    ]


def _rate(found: Counter[tuple[Label, bool]], given: Sequence[Label]) -> Rate:
    wrong = sum(found[label, True] for label in given)
    reviewed = wrong + sum(found[label, False] for label in given)
    low, high = wilson(wrong, reviewed)
    return Rate(reviewed=reviewed, wrong=wrong, share=wrong / reviewed if reviewed else 0.0, low=low, high=high)
