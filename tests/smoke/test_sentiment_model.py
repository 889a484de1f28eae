"""The checkpoint that comes with the program."""

import pytest

from sentiment.classifier import TransformerClassifier, bundled_model

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def classifier() -> TransformerClassifier:
    return TransformerClassifier(bundled_model())


def test_the_bundled_model_is_small_enough_to_ship() -> None:
    assert 1_000_000 < sum(path.stat().st_size for path in bundled_model().iterdir()) <= 40_000_000


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("This is the worst service I have ever had, never again", 0),
        ("My order arrived broken and nobody answers my mails", 0),
        ("I love this shop, thank you so much!", 2),
        ("Absolutely brilliant, made my day", 2),
        ("The shop opens at nine on Mondays", 1),
        ("客服態度超差，再也不會來買了", 0),
        ("等了三個禮拜還沒收到貨，氣死人", 0),
        ("真的很好用，大推！謝謝老闆", 2),
        ("垃圾质量，用两天就坏了，千万别买", 0),
        ("物流很快，质量很好，非常满意", 2),
    ],
)
def test_obvious_sentences_get_the_right_label(classifier: TransformerClassifier, text: str, place: int) -> None:
    [answer] = classifier.classify([text])
    assert answer.probabilities.index(max(answer.probabilities)) == place


def test_an_empty_or_huge_text_is_no_trouble(classifier: TransformerClassifier) -> None:
    answers = classifier.classify(["", "😡" * 10_000, "x" * 100_000, "差 " * 50_000, "\ud800"])
    assert all(sum(answer.probabilities) == pytest.approx(1) for answer in answers)
