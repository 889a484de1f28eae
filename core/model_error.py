"""What is known of a model's error: how often it was right about texts that it was not trained on. Pure."""

import math
from collections.abc import Mapping
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

Z = 1.959964
"""Of the normal distribution, for intervals of 95 %."""


class Proportion(NamedTuple):
    """So many `hits` of so many."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """Between 0 and 1; there must be some."""
        return self.hits / self.of

    def shrunk(self) -> tuple[float, float]:
        """The share with one hit and one miss added, and its variance."""
        of = self.of + 2
        share = (self.hits + 1) / of
        return share, share * (1 - share) / of


class Accuracy(NamedTuple):
    """Sensitivity and specificity for negative: the chances that a negative, and any other text, is told as such."""

    sensitivity: float
    specificity: float

    @property
    def youden(self) -> float:
        """How much better than a guess; Youden, "Index for rating diagnostic tests", Cancer 3, 1950."""
        return self.sensitivity + self.specificity - 1

    def counted(self, share: float) -> float:
        """The share that is called negative where `share` is negative."""
        return 1 - self.specificity + self.youden * share

    def corrected(self, counted: float) -> float:
        """The share that is negative where `counted` is called so; chance may take it below 0 or above 1.

        Rogan and Gladen, "Estimating prevalence from the results of a screening test", American Journal of Epidemiology
        107, 1978; for classifiers known as adjusted classify and count (Forman, "Quantifying counts and costs via
        classification", Data Mining and Knowledge Discovery 17, 2008).
        """
        return (counted + self.specificity - 1) / self.youden


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

    @property
    def accuracy(self) -> Accuracy:
        """Sensitivity and specificity as shares; there must be texts of both kinds."""
        return Accuracy(self.sensitivity.share, self.specificity.share)

    @property
    def says_something(self) -> bool:
        """Whether a model that was tried so is surely better than one that guesses."""
        if not (self.sensitivity.of and self.specificity.of):
            return False
        (sensitivity, sensitivity_spread), (specificity, specificity_spread) = (
            self.sensitivity.shrunk(),
            self.specificity.shrunk(),
        )
        surely = sensitivity + specificity - 1 > Z * math.sqrt(sensitivity_spread + specificity_spread)
        return surely and self.accuracy.youden > 0


KnownError = Mapping[str, Confusion]
"""By language: what is known of a model's error; empty where nothing is."""
