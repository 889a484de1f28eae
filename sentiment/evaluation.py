"""Measures of a classifier on texts with known labels."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from core import mention
from core.errors import InputError
from core.mention import Judgement
from core.ports.classifier import Classifier

LABELS = mention.LABELS
BINS = 10
_AT_ONCE = 256


class Judged(NamedTuple):
    """A text with the label that it should get, the three probabilities that it got, and its language."""

    text: str
    wanted: str
    probabilities: tuple[float, float, float]
    language: str

    @property
    def given(self) -> str:
        """The label that it got."""
        return Judgement(*self.probabilities).label.value

    @property
    def confidence(self) -> float:
        """The probability of that label."""
        return max(self.probabilities)


class Bin(Struct, frozen=True):
    """Texts whose label was given with about the same probability: how many, that probability, the share of hits."""

    texts: int
    confidence: float
    hits: float


class Evaluation(Struct, frozen=True, kw_only=True):
    """What a classifier is worth on a set of texts.

    `macro_recall`, `macro_recall_offered`, `macro_f1` and `accuracy` in percent; `recalls`, `precisions` and `f1`
    between 0 and 1, for the labels that occur. `macro_recall_offered` is what the recall would be if the classifier
    had to choose among the labels that occur: the fairer figure for a set of two labels. `confusion` holds for each
    wanted label how often each label was given. `calibration_error` is between 0 (a probability means what it says)
    and 1; `bins` are what it is made of, by rising probability, the empty ones included.
    """

    texts: int
    macro_recall: float
    macro_recall_offered: float
    macro_f1: float
    accuracy: float
    recalls: dict[str, float]
    precisions: dict[str, float]
    f1: dict[str, float]
    confusion: dict[str, dict[str, int]]
    calibration_error: float
    bins: tuple[Bin, ...]


def judge(
    classifier: Classifier,
    examples: Sequence[tuple[str, str]],
    language_of: Callable[[str], str],
    progress: Callable[[int], None] = lambda _: None,
) -> list[Judged]:
    """Classify (text, label) pairs; `progress` hears how many are done.

    Raises:
        InputError: there are no examples, or a label is none of negative, neutral and positive.
    """
    if not examples or not {label for _, label in examples} <= set(LABELS):
        raise InputError("Evaluating needs texts labelled negative, neutral or positive: check the label column.")
    judged: list[Judged] = []
    for start in range(0, len(examples), _AT_ONCE):
        some = examples[start : start + _AT_ONCE]
        answers = classifier.classify([text for text, _ in some])
        judged.extend(
            Judged(text, label, answer.probabilities, language_of(text))
            for (text, label), answer in zip(some, answers, strict=True)
        )
        progress(len(judged))
    return judged


def measured(judged: Sequence[Judged]) -> Evaluation:
    """The figures of texts that were judged; there must be one at least."""
    wanted = [each.wanted for each in judged]
    given = [each.given for each in judged]
    hits = [right == said for right, said in zip(wanted, given, strict=True)]
    table = confusion(wanted, given)
    by_recall = recalls(wanted, given)
    said = {label: sum(row[label] for row in table.values()) for label in by_recall}
    precisions = {label: table[label][label] / said[label] if said[label] else 0.0 for label in by_recall}
    f1 = {label: _harmonic_mean(by_recall[label], precisions[label]) for label in by_recall}
    bins = reliability([each.confidence for each in judged], hits)
    return Evaluation(
        texts=len(judged),
        macro_recall=macro_recall(wanted, given),
        macro_recall_offered=macro_recall(wanted, [_among(each, set(wanted)) for each in judged]),
        macro_f1=100 * sum(f1.values()) / len(f1),
        accuracy=100 * sum(hits) / len(hits),
        recalls=by_recall,
        precisions=precisions,
        f1=f1,
        confusion=table,
        calibration_error=calibration_error(bins),
        bins=bins,
    )


def by_language(judged: Sequence[Judged]) -> dict[str, Evaluation]:
    """The figures of each language, the one with most texts first."""
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        groups[each.language].append(each)
    return {name: measured(groups[name]) for name in sorted(groups, key=lambda name: (-len(groups[name]), name))}


def hardest(judged: Sequence[Judged], most: int) -> list[Judged]:
    """Mistakes that were made with the greatest confidence, each text once, the worst first."""
    mistakes = {each.text: each for each in judged if each.given != each.wanted}
    return sorted(mistakes.values(), key=lambda each: (-each.confidence, each.text))[:most]


def recalls(wanted: Sequence[str], given: Sequence[str]) -> dict[str, float]:
    """Recall of each label that occurs among the wanted ones, between 0 and 1."""
    return {
        label: row[label] / total for label, row in confusion(wanted, given).items() if (total := sum(row.values()))
    }


def macro_recall(wanted: Sequence[str], given: Sequence[str]) -> float:
    """Macro-averaged recall in percent, the measure of SemEval-2017 task 4A (Rosenthal et al. 2017)."""
    by_label = recalls(wanted, given)
    return 100 * sum(by_label.values()) / len(by_label)


def confusion(wanted: Sequence[str], given: Sequence[str]) -> dict[str, dict[str, int]]:
    """For each wanted label, how often each label was given."""
    table = {str(right): {str(said): 0 for said in LABELS} for right in LABELS}
    for right, said in zip(wanted, given, strict=True):
        table[right][said] += 1
    return table


def reliability(confidences: Sequence[float], hits: Sequence[bool]) -> tuple[Bin, ...]:
    """Ten bins of equal width (Guo et al., "On Calibration of Modern Networks", 2017).

    Args:
        confidences: the probability of the label given, for each text.
        hits: whether that label was right.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, hit in zip(confidences, hits, strict=True):
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, hit))
    return tuple(
        Bin(len(some), sum(c for c, _ in some) / (len(some) or 1), sum(h for _, h in some) / (len(some) or 1))
        for some in bins
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: how far hits are from probabilities, over all texts (Guo et al. 2017)."""
    return sum(each.texts * abs(each.confidence - each.hits) for each in bins) / sum(each.texts for each in bins)


def _among(judged: Judged, offered: set[str]) -> str:
    shares = {str(label): share for label, share in zip(LABELS, judged.probabilities, strict=True) if label in offered}
    return max(shares, key=lambda label: shares[label])


def _harmonic_mean(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
