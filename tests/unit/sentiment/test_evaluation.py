import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from sentiment.evaluation import (
    BINS,
    LABELS,
    Judged,
    by_language,
    calibration_error,
    confusion,
    hardest,
    judge,
    macro_recall,
    measured,
    recalls,
    reliability,
)
from tests.fakes import WordClassifier

PAIRS = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1)


def test_macro_recall_is_the_mean_over_the_labels_that_occur() -> None:
    wanted = ["negative", "negative", "positive"]
    given_labels = ["negative", "positive", "positive"]
    assert recalls(wanted, given_labels) == {"negative": 0.5, "positive": 1.0}
    assert macro_recall(wanted, given_labels) == 75.0


@given(PAIRS)
def test_the_confusion_table_counts_every_text_once(pairs: list[tuple[str, str]]) -> None:
    table = confusion([right for right, _ in pairs], [said for _, said in pairs])
    assert sum(sum(row.values()) for row in table.values()) == len(pairs)
    assert 0 <= macro_recall([right for right, _ in pairs], [said for _, said in pairs]) <= 100


@pytest.mark.parametrize(
    ("confidences", "hits", "error"),
    [([1.0, 1.0], [True, True], 0.0), ([1.0, 1.0], [False, False], 1.0), ([0.75, 0.75, 0.75, 0.75], [1, 1, 1, 0], 0.0)],
)
def test_calibration_error(confidences: list[float], hits: list[bool], error: float) -> None:
    bins = reliability(confidences, hits)
    assert len(bins) == BINS
    assert sum(each.texts for each in bins) == len(hits)
    assert calibration_error(bins) == pytest.approx(error)


def judged(text: str, wanted: str, *probabilities: float, language: str = "en") -> Judged:
    negative, neutral, positive = probabilities
    return Judged(text, wanted, (negative, neutral, positive), language)


def test_a_classifier_is_judged_and_measured() -> None:
    heard: list[int] = []
    examples = [("bad", "negative"), ("terrible", "negative"), ("good", "positive"), ("good", "negative")] * 100
    found = judge(WordClassifier(), examples, lambda text: "en" if text == "bad" else "und", heard.append)
    assert heard == [256, 400]
    evaluation = measured(found)
    assert evaluation.texts == 400
    assert evaluation.accuracy == 75.0
    assert evaluation.macro_recall == evaluation.macro_recall_offered == pytest.approx(100 * (2 / 3 + 1) / 2)
    assert evaluation.precisions == {"negative": 1.0, "positive": 0.5}
    assert evaluation.f1 == {"negative": pytest.approx(0.8), "positive": pytest.approx(2 / 3)}
    assert evaluation.macro_f1 == pytest.approx(100 * (0.8 + 2 / 3) / 2)
    assert evaluation.confusion["negative"] == {"negative": 200, "neutral": 0, "positive": 100}
    assert evaluation.calibration_error == pytest.approx(0.15)
    assert {name: each.texts for name, each in by_language(found).items()} == {"und": 300, "en": 100}


def test_a_set_of_two_labels_is_also_measured_among_the_two() -> None:
    evaluation = measured([judged("a", "negative", 0.4, 0.5, 0.1), judged("b", "positive", 0.1, 0.2, 0.7)])
    assert evaluation.macro_recall == 50.0
    assert evaluation.macro_recall_offered == 100.0


def test_a_label_that_is_never_given_has_no_precision() -> None:
    evaluation = measured([judged("a", "negative", 0.1, 0.8, 0.1), judged("b", "neutral", 0.1, 0.8, 0.1)])
    assert evaluation.precisions == {"negative": 0.0, "neutral": 0.5}
    assert evaluation.f1["negative"] == 0.0


def test_the_hardest_mistakes_are_those_made_with_most_confidence_each_once() -> None:
    found = [
        judged("sure", "negative", 0.0, 0.1, 0.9),
        judged("sure", "negative", 0.0, 0.1, 0.9),
        judged("unsure", "neutral", 0.4, 0.3, 0.3),
        judged("right", "positive", 0.0, 0.0, 1.0),
    ]
    assert [each.text for each in hardest(found, 5)] == ["sure", "unsure"]
    assert [each.text for each in hardest(found, 1)] == ["sure"]


@pytest.mark.parametrize("examples", [[], [("a", "angry")]])
def test_labels_that_arent_known_are_refused(examples: list[tuple[str, str]]) -> None:
    with pytest.raises(InputError, match="label column"):
        judge(WordClassifier(), examples, lambda _: "en")
