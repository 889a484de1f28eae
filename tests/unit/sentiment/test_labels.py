import pytest

from core.errors import ModelError
from sentiment.labels import meaning


@pytest.mark.parametrize(
    ("labels", "places"),
    [
        (["negative", "neutral", "positive"], (0, 1, 2)),
        (["Positive", "NEGATIVE", "Neutral"], (2, 0, 1)),
        (["neg", "neu", "pos"], (0, 1, 2)),
        (["POSITIVE", "NEGATIVE"], (2, 0)),
        (["LABEL_0", "LABEL_1", "LABEL_2"], (0, 1, 2)),
        (["LABEL_0", "LABEL_1"], (0, 2)),
        (["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"], (0, 0, 1, 2, 2)),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], (0, 0, 1, 2, 2)),
        (["star 1", "star 2", "star 3", "star 4", "star 5"], (0, 0, 1, 2, 2)),
        (["negative (stars 1, 2 and 3)", "positive (stars 4 and 5)"], (0, 2)),
        (["负面", "中性", "正面"], (0, 1, 2)),
        (["正面", "負面"], (2, 0)),
        (["Very Negative", "Negative", "Neutral", "Positive", "Very Positive"], (0, 0, 1, 2, 2)),
    ],
)
def test_labels_of_known_families_are_understood(labels: list[str], places: tuple[int, ...]) -> None:
    assert meaning(dict(enumerate(labels))) == places


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (["negative", "joy", "positive"], "'joy'"),
        (["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"], "'LABEL_0', 'LABEL_1'"),
        (["positive", "neutral"], "only"),
        (["LABEL_7", "positive"], "'LABEL_7'"),
    ],
)
def test_unknown_labels_are_named(labels: list[str], named: str) -> None:
    with pytest.raises(ModelError, match=named):
        meaning(dict(enumerate(labels)))
