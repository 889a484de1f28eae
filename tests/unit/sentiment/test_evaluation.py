import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from sentiment.evaluation import LABELS, as_table, calibration_error, confusion, evaluate, macro_recall, recalls
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
    assert calibration_error(confidences, hits) == pytest.approx(error)


def test_a_classifier_is_evaluated_and_shown() -> None:
    examples = [("bad", "negative"), ("terrible", "negative"), ("good", "positive"), ("good", "negative")] * 100
    evaluation = evaluate(WordClassifier(), examples)
    assert evaluation.texts == 400
    assert evaluation.accuracy == 75.0
    assert evaluation.macro_recall == pytest.approx(100 * (2 / 3 + 1) / 2)
    assert evaluation.confusion["negative"] == {"negative": 200, "neutral": 0, "positive": 100}
    assert evaluation.calibration_error == pytest.approx(0.15)
    table = as_table(evaluation)
    assert "macro recall 83.3 %" in table
    assert table.splitlines()[-2].split() == ["neutral", "0", "0", "0", "-"]
    assert table.splitlines()[-1].split() == ["positive", "0", "0", "100", "1.000"]


@pytest.mark.parametrize("examples", [[], [("a", "angry")]])
def test_labels_that_arent_known_are_refused(examples: list[tuple[str, str]]) -> None:
    with pytest.raises(InputError, match="label column"):
        evaluate(WordClassifier(), examples)
