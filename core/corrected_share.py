"""How wrong the model is known to be, and the share of negative posts corrected for it. Pure.

Shares are between 0 and 1; intervals are for 95 %. Posts count as independent of one another: where many repeat one
text, an interval is narrower than it should be.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from core.mention import Label

LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
LEAST_MENTIONS = 20
"""With fewer posts than this no share is corrected: the interval would say nothing."""

_LEAST_COVERED = 0.8
Z = 1.959964
"""Of the normal distribution, for intervals of 95 %."""

Doubt = Literal["", "too_few", "no_figures", "no_better_than_chance"]
"""Why a share can't be corrected; empty where it can."""


class Proportion(NamedTuple):
    """So many `hits` of so many."""

    hits: int
    of: int


_Count = Annotated[int, Meta(ge=0)]


class GivenCounts(Struct, frozen=True, forbid_unknown_fields=True):
    """How often each label was given to texts that want one and the same."""

    negative: _Count
    neutral: _Count
    positive: _Count

    @property
    def total(self) -> int:
        """All of them."""
        return self.negative + self.neutral + self.positive


class Confusion(Struct, frozen=True, forbid_unknown_fields=True):
    """What a model made of texts that it was not trained on: for each wanted label the labels that it gave."""

    negative: GivenCounts
    neutral: GivenCounts
    positive: GivenCounts

    @property
    def sensitivity(self) -> Proportion:
        """Of the negative texts, those called negative."""
        return Proportion(self.negative.negative, self.negative.total)

    @property
    def specificity(self) -> Proportion:
        """Of all other texts, those not called negative."""
        of = self.neutral.total + self.positive.total
        return Proportion(of - self.neutral.negative - self.positive.negative, of)


KnownError = Mapping[str, Confusion]
"""By language: what is known of a model's error; empty where nothing is."""


class LabelCount(Struct, frozen=True, kw_only=True):
    """How many mentions of a language have a label; `corrected`: where a person has looked at it."""

    language: str
    label: Label
    corrected: bool
    mentions: int


class NegativeShare(Struct, frozen=True, kw_only=True):
    """The share of negative posts as counted, and corrected for the model's known error.

    `share` is None without `mentions`. `corrected`, and `low` to `high` around it, are None where `doubt` says why.
    """

    mentions: int
    negative: int
    share: float | None
    corrected: float | None = None
    low: float | None = None
    high: float | None = None
    doubt: Doubt = ""


class _Stratum(NamedTuple):
    """Mentions that have one and the same error; without figures for it (None) they count as they are."""

    mentions: int
    negative: int
    confusion: Confusion | None


def negative_share(counts: Iterable[LabelCount], known: KnownError) -> NegativeShare:
    """The share of negative among all posts, corrected for the known error of each language.

    The estimate is that of Rogan and Gladen, "Estimating prevalence from the results of a screening test", American
    Journal of Epidemiology 107, 1978; for classifiers it is known as adjusted classify and count (Forman, "Quantifying
    counts and costs via classification", Data Mining and Knowledge Discovery 17, 2008):
    (counted share + specificity - 1) / (sensitivity + specificity - 1).

    The interval is that of Lang and Reiczigel, "Confidence limits for prevalence of disease adjusted for estimated
    sensitivity and specificity", Preventive Veterinary Medicine 113, 2014. It holds both the chance in the posts and
    the uncertainty of sensitivity and specificity. Languages are corrected one by one and weighed by their posts, and
    so are their errors, which are independent.

    What a person has looked at is taken as right. Posts that the model could not read stay in the whole and count as
    not negative, as everywhere. A language without figures counts as it is; where more than a fifth of the posts are
    of such languages, nothing is corrected.
    """
    every = list(counts)
    strata, unread, useless = _strata(every, known)
    mentions = sum(one.mentions for one in every)
    negative = sum(stratum.negative for stratum in strata)
    counted = NegativeShare(
        mentions=mentions, negative=negative, share=negative / mentions if mentions else None, doubt="too_few"
    )
    if mentions - unread < LEAST_MENTIONS:
        return counted
    if _covered(every, strata) < _LEAST_COVERED * (mentions - unread):
        doubt: Doubt = "no_better_than_chance" if useless else "no_figures"
        return msgspec.structs.replace(counted, doubt=doubt)
    point = middle = variance = 0.0
    for stratum in strata:
        weight = stratum.mentions / mentions
        point += weight * _point(stratum)
        centre, spread = _interval(stratum, weight)
        middle += weight * centre
        variance += weight**2 * spread
    corrected, margin = _within(point), Z * math.sqrt(variance)
    return msgspec.structs.replace(
        counted,
        corrected=corrected,
        low=min(corrected, _within(middle - margin)),
        high=max(corrected, _within(middle + margin)),
        doubt="",
    )


def typical(counts: Iterable[LabelCount], known: KnownError) -> tuple[float, float] | None:
    """Sensitivity and specificity of negative for a mix of languages as a whole; None where they aren't known.

    With them a share of negative can be turned into what the model would count of it, and back.
    """
    every = list(counts)
    strata, unread, _ = _strata(every, known)
    mentions = sum(one.mentions for one in every)
    if mentions == unread or _covered(every, strata) < _LEAST_COVERED * (mentions - unread):
        return None
    sensitivity, specificity = 0.0, float(unread)
    for stratum in strata:
        found, spared = _shares(stratum)
        sensitivity += stratum.mentions * found
        specificity += stratum.mentions * spared
    return sensitivity / mentions, specificity / mentions


def _strata(counts: Iterable[LabelCount], known: KnownError) -> tuple[list[_Stratum], int, bool]:
    """The strata, how many posts were not read, and whether a language has figures that say nothing."""
    usable = {language: confusion for language, confusion in known.items() if _says_something(confusion)}
    sums: dict[str, Counter[bool]] = defaultdict(Counter)
    unread, useless = 0, False
    for count in counts:
        if count.label not in LABELS:
            unread += count.mentions
            continue
        language = "" if count.corrected or count.language not in usable else count.language
        useless = useless or (not count.corrected and count.language in known and not language)
        sums[language][count.label == Label.NEGATIVE] += count.mentions
    strata = [
        _Stratum(found.total(), found[True], usable.get(language)) for language, found in sums.items() if found.total()
    ]
    return strata, unread, useless


def _covered(counts: Iterable[LabelCount], strata: Iterable[_Stratum]) -> int:
    """Posts whose label is known to be right, or whose error is known."""
    reviewed = sum(count.mentions for count in counts if count.corrected and count.label in LABELS)
    return reviewed + sum(stratum.mentions for stratum in strata if stratum.confusion)


def _says_something(confusion: Confusion) -> bool:
    """Whether a model that was tried so is surely better than one that guesses."""
    sensitivity, specificity = confusion.sensitivity, confusion.specificity
    if not (sensitivity.of and specificity.of):
        return False
    (found, found_spread), (spared, spared_spread) = _plus(sensitivity), _plus(specificity)
    surely = found + spared - 1 > Z * math.sqrt(found_spread + spared_spread)
    return surely and sensitivity.hits / sensitivity.of + specificity.hits / specificity.of > 1


def _shares(stratum: _Stratum) -> tuple[float, float]:
    """Sensitivity and specificity."""
    if stratum.confusion is None:
        return 1.0, 1.0
    found, spared = stratum.confusion.sensitivity, stratum.confusion.specificity
    return found.hits / found.of, spared.hits / spared.of


def _point(stratum: _Stratum) -> float:
    found, spared = _shares(stratum)
    return (stratum.negative / stratum.mentions + spared - 1) / (found + spared - 1)


def _plus(proportion: Proportion) -> tuple[float, float]:
    """A share with one hit and one miss added, and its variance."""
    of = proportion.of + 2
    share = (proportion.hits + 1) / of
    return share, share * (1 - share) / of


def _interval(stratum: _Stratum, weight: float) -> tuple[float, float]:
    """The middle of the interval, and the variance that makes its width; Lang and Reiczigel 2014.

    The posts that they add to those counted are shared out among the strata, so that a whole of many small ones isn't
    drawn further to the middle than one of a single language.
    """
    mentions = stratum.mentions + weight * Z**2
    counted = (stratum.negative + weight * Z**2 / 2) / mentions
    chance = counted * (1 - counted) / mentions
    if stratum.confusion is None:
        return counted, chance
    found, found_spread = _plus(stratum.confusion.sensitivity)
    spared, spared_spread = _plus(stratum.confusion.specificity)
    better = found + spared - 1
    share = (counted + spared - 1) / better
    shift = 2 * Z**2 * (share * found_spread - (1 - share) * spared_spread)
    return share + shift, (chance + share**2 * found_spread + (1 - share) ** 2 * spared_spread) / better**2


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))
