"""Measures of a classifier on texts with known labels."""

from collections.abc import Sequence

from msgspec import Struct

from core.errors import InputError
from core.mention import Label
from core.ports import Classifier

LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
_BINS = 10
_AT_ONCE = 256


class Evaluation(Struct, frozen=True, kw_only=True):
    """What a classifier is worth on a set of texts.

    `macro_recall` and `accuracy` in percent; `recalls` between 0 and 1, for the labels that occur. `confusion` holds
    for each wanted label how often each label was given. `calibration_error` is between 0 (a probability means what
    it says) and 1.
    """

    texts: int
    macro_recall: float
    accuracy: float
    recalls: dict[str, float]
    confusion: dict[str, dict[str, int]]
    calibration_error: float


def evaluate(classifier: Classifier, examples: Sequence[tuple[str, str]]) -> Evaluation:
    """Classify (text, label) pairs and compare.

    Raises:
        InputError: there are no examples, or a label is none of negative, neutral and positive.
    """
    wanted = [label for _, label in examples]
    if not wanted or not set(wanted) <= set(LABELS):
        raise InputError("Evaluating needs texts labelled negative, neutral or positive: check the label column.")
    rows: list[tuple[float, float, float]] = []
    for start in range(0, len(examples), _AT_ONCE):
        rows.extend(each[:3] for each in classifier.classify([text for text, _ in examples[start : start + _AT_ONCE]]))
    given = [str(LABELS[row.index(max(row))]) for row in rows]
    hits = [right == said for right, said in zip(wanted, given, strict=True)]
    return Evaluation(
        texts=len(examples),
        macro_recall=macro_recall(wanted, given),
        accuracy=100 * sum(hits) / len(hits),
        recalls=recalls(wanted, given),
        confusion=confusion(wanted, given),
        calibration_error=calibration_error([max(row) for row in rows], hits),
    )


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


def calibration_error(confidences: Sequence[float], hits: Sequence[bool]) -> float:
    """Expected calibration error in ten bins of equal width (Guo et al., "On Calibration of Modern Networks", 2017).

    Args:
        confidences: the probability of the label given, for each text.
        hits: whether that label was right.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for confidence, hit in zip(confidences, hits, strict=True):
        bins[min(int(confidence * _BINS), _BINS - 1)].append((confidence, hit))
    gaps = (abs(sum(confidence for confidence, _ in members) - sum(hit for _, hit in members)) for members in bins)
    return sum(gaps) / len(confidences)


def as_table(evaluation: Evaluation) -> str:
    """The figures as lines of plain text, for a terminal or a model card."""
    lines = [
        f"texts {evaluation.texts}",
        f"macro recall {evaluation.macro_recall:.1f} %, accuracy {evaluation.accuracy:.1f} %",
        f"expected calibration error {evaluation.calibration_error:.3f}",
        f"{'wanted':<10}" + "".join(f"{label:>10}" for label in LABELS) + f"{'recall':>10}",
    ]
    for right, row in evaluation.confusion.items():
        recall = f"{evaluation.recalls[right]:>10.3f}" if right in evaluation.recalls else f"{'-':>10}"
        lines.append(f"{right:<10}" + "".join(f"{row[label]:>10}" for label in LABELS) + recall)
    return "\n".join(lines)
