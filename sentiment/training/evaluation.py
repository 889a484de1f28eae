"""Measures on texts with known labels."""

from collections.abc import Sequence

from sentiment.training.corpus import LABELS


def recalls(wanted: Sequence[str], given: Sequence[str]) -> dict[str, float]:
    """Recall of each label that occurs among the wanted ones, between 0 and 1."""
    found = {}
    for label in LABELS:
        total = sum(1 for right in wanted if right == label)
        if total:
            hits = sum(1 for right, said in zip(wanted, given, strict=True) if right == label == said)
            found[label] = hits / total
    return found


def macro_recall(wanted: Sequence[str], given: Sequence[str]) -> float:
    """Macro-averaged recall in percent, the measure of SemEval-2017 task 4A (Rosenthal et al. 2017)."""
    by_label = recalls(wanted, given)
    return 100 * sum(by_label.values()) / len(by_label)
