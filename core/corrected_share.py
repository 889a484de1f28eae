"""The share of negative posts, corrected for what is known of the model's error. Pure.

Shares are between 0 and 1; intervals are for 95 %. Posts count as independent of one another: where many repeat one
text, an interval is narrower than it should be.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from core.error_rates import wilson
from core.mention import LABELS, Label
from core.model_error import Accuracy, Confusion, KnownError, Z

LEAST_MENTIONS = 20
"""With fewer posts than this no share is corrected: the interval would say nothing."""

_MOST_UNKNOWN = 0.2
_NO_ERROR = Accuracy(1.0, 1.0)

Doubt = Literal["", "too_few", "no_figures", "no_better_than_chance"]
"""Why a share can't be corrected; empty where it can."""


class LabelCount(Struct, frozen=True, kw_only=True):
    """How many mentions of a language have a label.

    `given` is what the model had said where a person has reviewed the label, None where nobody has.
    """

    language: str
    label: Label
    given: Label | None = None
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


class _Called(NamedTuple):
    """Mentions to which the model gave one label, and how many of them reviews found `negative` or `other`."""

    mentions: int
    negative: int
    other: int

    @property
    def reviewed(self) -> float:
        """The share that was reviewed."""
        return (self.negative + self.other) / self.mentions if self.mentions else 0.0

    def possible(self, negative: float) -> float:
        """So many of them negative, or as near to that as the reviews allow."""
        return min(self.mentions - self.other, max(self.negative, negative))


class _Stratum(NamedTuple):
    """Mentions that have one and the same error, by the model's label; without figures (None) that counts as right."""

    called_negative: _Called
    called_other: _Called
    confusion: Confusion | None

    @property
    def mentions(self) -> int:
        """All of them."""
        return self.called_negative.mentions + self.called_other.mentions

    @property
    def counted(self) -> float:
        """The share that the model called negative."""
        return self.called_negative.mentions / self.mentions

    @property
    def accuracy(self) -> Accuracy:
        """That of the model."""
        return self.confusion.accuracy if self.confusion else _NO_ERROR


def negative_share(counts: Iterable[LabelCount], known: KnownError) -> NegativeShare:
    """The share of negative among these posts, corrected for the known error of each language.

    The estimate is that of Rogan and Gladen (see `Accuracy.corrected`) from the labels that the model gave, whether or
    not somebody reviewed them: what people review depends on the label and on the text (verification bias; Begg and
    Greenes, "Assessment of diagnostic tests when disease verification is subject to selection bias", Biometrics 39,
    1983), so neither the reviewed posts nor the rest are a sample of all. What reviews do tell, however they were
    chosen, are bounds (Manski, "Anatomy of the selection problem", Journal of Human Resources 24, 1989): of the posts
    called negative, and of the others, so many are surely negative and so many surely not. See `_estimate`.

    The interval is that of Lang and Reiczigel, "Confidence limits for prevalence of disease adjusted for estimated
    sensitivity and specificity", Preventive Veterinary Medicine 113, 2014. It holds both the chance in the posts and
    the uncertainty of sensitivity and specificity. It moves with the estimate to where reviews take that, and ends at
    the bounds. Languages are corrected one by one and weighed by their posts, and so are their errors, which are
    independent. Where it lies wholly below 0 or above 1, no share could have been counted so with the known error,
    which is then not that of these posts: it is widened to what the labels as they stand allow (Wilson 1927).

    Posts that the model could not read stay in the whole and count as not negative, as everywhere. A language without
    figures counts as it is; where more than a fifth of the posts are of such languages and not reviewed, nothing is
    corrected.
    """
    every = list(counts)
    strata, unread, useless = _strata(every, known)
    mentions = sum(one.mentions for one in every)
    negative = sum(one.mentions for one in every if one.label == Label.NEGATIVE)
    counted = NegativeShare(
        mentions=mentions, negative=negative, share=negative / mentions if mentions else None, doubt="too_few"
    )
    if mentions - unread < LEAST_MENTIONS:
        return counted
    if not _mostly_known(strata):
        doubt: Doubt = "no_better_than_chance" if useless else "no_figures"
        return msgspec.structs.replace(counted, doubt=doubt)
    point = middle = variance = moved = 0.0
    for stratum in strata:
        weight = stratum.mentions / mentions
        estimate = _estimate(stratum)
        centre, spread = _interval(stratum, weight)
        point += weight * estimate
        middle += weight * centre
        moved += weight * (estimate - _within(stratum.accuracy.corrected(stratum.counted)))
        variance += weight**2 * spread
    least = sum(each.called_negative.negative + each.called_other.negative for each in strata) / mentions
    most = 1 - (unread + sum(each.called_negative.other + each.called_other.other for each in strata)) / mentions
    corrected, margin = _within(point, least, most), Z * math.sqrt(variance)
    low, high = middle - margin, middle + margin
    if high < 0 or low > 1:
        least_called, most_called = wilson(sum(each.called_negative.mentions for each in strata), mentions)
        low, high = min(low, least_called), max(high, most_called)
    return msgspec.structs.replace(
        counted,
        corrected=corrected,
        low=min(corrected, _within(low + moved, least, most)),
        high=max(corrected, _within(high + moved, least, most)),
        doubt="",
    )


def accuracy_of_mix(counts: Iterable[LabelCount], known: KnownError) -> Accuracy | None:
    """Sensitivity and specificity of labels as they stand, for a mix of languages as a whole; None if unknown.

    With them a share of negative can be turned into the share of labels that would say so, and back. Where people
    reviewed some of the labels of one kind, so much of the model's error in that kind is gone: this takes the reviewed
    for a sample of their kind.
    """
    every = list(counts)
    strata, unread, _ = _strata(every, known)
    mentions = sum(one.mentions for one in every)
    if mentions == unread or not _mostly_known(strata):
        return None
    sensitivity, specificity = 0.0, float(unread)
    for stratum in strata:
        model = stratum.accuracy
        sensitivity += stratum.mentions * (1 - (1 - model.sensitivity) * (1 - stratum.called_other.reviewed))
        specificity += stratum.mentions * (1 - (1 - model.specificity) * (1 - stratum.called_negative.reviewed))
    return Accuracy(sensitivity / mentions, specificity / mentions)


def _strata(counts: Iterable[LabelCount], known: KnownError) -> tuple[list[_Stratum], int, bool]:
    """The strata, how many posts were not read, and whether a language has figures that say nothing."""
    usable = {language: confusion for language, confusion in known.items() if confusion.says_something}
    sums: dict[str, Counter[tuple[bool, bool | None]]] = defaultdict(Counter)
    unread, useless = 0, False
    for count in counts:
        if count.label not in LABELS:
            unread += count.mentions
            continue
        # A post that only a person could read has no error.
        by_model = count.given is None or count.given in LABELS
        language = count.language if count.language in usable and by_model else ""
        useless = useless or (count.given is None and count.language in known and not language)
        negative = count.label == Label.NEGATIVE
        called = count.given == Label.NEGATIVE if count.given in LABELS else negative
        sums[language][called, None if count.given is None else negative] += count.mentions
    strata = [
        _Stratum(_called_of(found, called=True), _called_of(found, called=False), usable.get(language))
        for language, found in sums.items()
        if found.total()
    ]
    return strata, unread, useless


def _called_of(found: Counter[tuple[bool, bool | None]], *, called: bool) -> _Called:
    negative, other = found[called, True], found[called, False]
    return _Called(found[called, None] + negative + other, negative, other)


def _mostly_known(strata: Collection[_Stratum]) -> bool:
    """Whether there are few posts whose label nobody reviewed and whose error isn't known."""
    unknown = sum(
        called.mentions - called.negative - called.other
        for each in strata
        if each.confusion is None
        for called in (each.called_negative, each.called_other)
    )
    return unknown <= _MOST_UNKNOWN * sum(each.mentions for each in strata)


def _estimate(stratum: _Stratum) -> float:
    """The share of negative, between 0 and 1.

    Of the posts called negative as many are so as the estimate of Rogan and Gladen expects, if reviews allow that, else
    as many as they allow. These are the share `sensitivity` of all that are negative; the others of these were missed,
    again as far as reviews allow. Without reviews this is the estimate of Rogan and Gladen, cut to between 0 and 1.
    """
    sensitivity = stratum.accuracy.sensitivity
    expected = stratum.mentions * stratum.accuracy.corrected(stratum.counted) * sensitivity
    rightly_called = stratum.called_negative.possible(expected)
    missed = stratum.called_other.possible(rightly_called / sensitivity * (1 - sensitivity))
    return (rightly_called + missed) / stratum.mentions


def _interval(stratum: _Stratum, weight: float) -> tuple[float, float]:
    """The middle of the interval, and the variance that makes its width; Lang and Reiczigel 2014.

    The posts that they add to those counted are shared out among the strata, so that a whole of many small ones isn't
    drawn further to the middle than one of a single language.
    """
    mentions = stratum.mentions + weight * Z**2
    counted = (stratum.called_negative.mentions + weight * Z**2 / 2) / mentions
    chance = counted * (1 - counted) / mentions
    if stratum.confusion is None:
        return counted, chance
    sensitivity, sensitivity_spread = stratum.confusion.sensitivity.shrunk()
    specificity, specificity_spread = stratum.confusion.specificity.shrunk()
    accuracy = Accuracy(sensitivity, specificity)
    share = accuracy.corrected(counted)
    shift = 2 * Z**2 * (share * sensitivity_spread - (1 - share) * specificity_spread)
    errors = share**2 * sensitivity_spread + (1 - share) ** 2 * specificity_spread
    return share + shift, (chance + errors) / accuracy.youden**2


def _within(share: float, least: float = 0.0, most: float = 1.0) -> float:
    return min(most, max(least, share))
