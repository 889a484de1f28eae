from collections.abc import Sequence

import pytest

from core.errors import ModelError
from core.mention import Judgement, Label, Reading, Score
from sentiment.reading import read
from sentiment.scorer import Scorer
from tests.fakes import MONDAY, WordClassifier


class Moody(WordClassifier):
    """Fails on texts that hold a word, or on everything, or forgets an answer."""

    def __init__(self, poison: str = "poison", *, short: bool = False) -> None:
        self.poison = poison
        self.short = short
        self.asked: list[str] = []

    def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
        self.asked.extend(texts)
        if any(self.poison in text for text in texts):
            raise RuntimeError("out of memory")
        return super().classify(texts)[1:] if self.short else super().classify(texts)


def test_scores_carry_label_probabilities_reading_and_model() -> None:
    [bad, good, plain] = Scorer(WordClassifier()).scores(
        [("bad parcel", ""), ("很好", "zh-CN"), ("it came", "")], MONDAY
    )
    assert isinstance(bad, Score)
    assert isinstance(good, Score)
    assert isinstance(plain, Score)
    assert (bad.label, good.label, plain.label) == (Label.NEGATIVE, Label.POSITIVE, Label.NEUTRAL)
    assert (bad.p_negative, bad.p_neutral, bad.p_positive) == (0.9, 0.07, 0.03)
    assert bad.reading == Reading(language="en", themes=("delivery",))
    assert good.reading.language == "zh-Hans"
    assert (bad.model, bad.scored_at) == ("words", MONDAY)


@pytest.mark.parametrize("text", ["el servicio es muy malo", "サービスが悪い", "", "  "])
def test_what_cant_be_read_is_unknown_and_not_classified(text: str) -> None:
    classifier = Moody()
    [score] = Scorer(classifier).scores([(text, "")], MONDAY)
    assert isinstance(score, Score)
    assert score.label is Label.UNKNOWN
    assert score.p_negative == score.p_neutral == score.p_positive == pytest.approx(1 / 3)
    assert classifier.asked == []


@pytest.mark.parametrize(
    ("text", "themes"), [("three weeks and nobody rang", ("refund",)), ("the parcel is not here", ("delivery",))]
)
def test_the_classifier_names_the_theme_only_where_no_word_does(text: str, themes: tuple[str, ...]) -> None:
    class Seeing(WordClassifier):
        def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
            return [each._replace(theme="refund") for each in super().classify(texts)]

    [score] = Scorer(Seeing()).scores([(text, "")], MONDAY)
    assert isinstance(score, Score)
    assert score.reading.themes == themes


def test_a_text_without_letters_is_classified() -> None:
    [score] = Scorer(WordClassifier()).scores([("😡😡", "")], MONDAY)
    assert isinstance(score, Score)
    assert score.label is Label.NEUTRAL
    assert score.reading.language == "und"


def test_only_the_poisonous_text_goes_without_a_score() -> None:
    first, second, third = Scorer(Moody()).scores([("bad", ""), ("poison", ""), ("good", "")], MONDAY)
    assert isinstance(first, Score)
    assert isinstance(third, Score)
    assert second == "the text could not be classified: RuntimeError('out of memory')"


def test_a_batch_that_only_fails_together_is_scored_one_by_one() -> None:
    class Small(WordClassifier):
        def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
            if len(texts) > 1:
                raise MemoryError
            return super().classify(texts)

    scores = Scorer(Small()).scores([("bad", ""), ("good", "")], MONDAY)
    assert all(isinstance(score, Score) for score in scores)


@pytest.mark.parametrize("classifier", [Moody(poison=""), Moody(short=True)])
def test_a_broken_classifier_blames_no_text(classifier: Moody) -> None:
    with pytest.raises(ModelError, match="fails on every text"):
        Scorer(classifier).scores([("bad", ""), ("good", "")], MONDAY)


def test_a_reader_that_fails_spoils_one_text_only() -> None:
    def picky(text: str, hint: str) -> Reading:
        if text == "odd":
            raise ValueError("no")
        return read(text, hint)

    odd, fine = Scorer(WordClassifier(), picky).scores([("odd", ""), ("fine", "")], MONDAY)
    assert odd == "the text could not be read: ValueError('no')"
    assert isinstance(fine, Score)


def test_the_score_of_nothing_is_unknown() -> None:
    assert Scorer(WordClassifier()).none(MONDAY).label is Label.UNKNOWN


def test_a_language_identifier_that_cant_be_loaded_blames_no_text() -> None:
    def unloadable(text: str, hint: str) -> Reading:
        raise ModelError("no room")

    with pytest.raises(ModelError, match="no room"):
        Scorer(WordClassifier(), unloadable).scores([("odd", "")], MONDAY)
