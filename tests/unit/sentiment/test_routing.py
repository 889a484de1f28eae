"""Which model judges which language, with small real checkpoints."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError, ModelError
from core.mention import Label, Score
from runtime.settings import Settings
from runtime.wiring import judging
from sentiment.routing import LanguageRouter
from sentiment.scorer import Scorer
from tests.fakes import MONDAY, WordClassifier
from tests.unit.sentiment import checkpoints

NEGATIVE, POSITIVE = [9.0, 0.0, 0.0], [0.0, 0.0, 9.0]
TEXTS = [
    ("my parcel is late", ""),
    ("el servicio es muy malo", ""),
    ("買了三天就壞了", ""),
    ("サービスが悪い", ""),
    ("😡", ""),
    ("", ""),
]


@pytest.fixture(scope="module")
def gloomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Says negative to everything."""
    return checkpoints.bert(tmp_path_factory.mktemp("models") / "gloomy", ["neg", "neu", "pos"], bias=NEGATIVE)


@pytest.fixture(scope="module")
def cheerful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Says positive to everything, in labels of its own."""
    labels = ["1 star", "3 stars", "5 stars"]
    return checkpoints.bert(tmp_path_factory.mktemp("models") / "cheerful", labels, bias=POSITIVE)


def scored(settings: Settings) -> list[Score]:
    scores = judging.scorer(settings, judging.classifier(settings)).scores(TEXTS, MONDAY)
    assert all(isinstance(score, Score) for score in scores)
    return [score for score in scores if isinstance(score, Score)]


def test_without_another_model_other_languages_are_unknown(gloomy: Path) -> None:
    scores = scored(Settings(model=str(gloomy), precision="fp32"))
    assert [score.label for score in scores] == [
        Label.NEGATIVE, Label.UNKNOWN, Label.NEGATIVE, Label.UNKNOWN, Label.NEGATIVE, Label.UNKNOWN,
    ]  # fmt: skip
    assert {score.model.partition("@")[0] for score in scores} == {"gloomy"}


def test_another_model_judges_other_languages_and_the_score_names_it(gloomy: Path, cheerful: Path) -> None:
    scores = scored(Settings(model=str(gloomy), model_other=str(cheerful), precision="fp32"))
    assert [score.label for score in scores[:5]] == [
        Label.NEGATIVE, Label.POSITIVE, Label.NEGATIVE, Label.POSITIVE, Label.NEGATIVE,
    ]  # fmt: skip
    names = [score.model.partition("@")[0] for score in scores[:5]]
    assert names == ["gloomy", "cheerful", "gloomy", "cheerful", "gloomy"]
    assert scores[5].label is Label.UNKNOWN


def test_the_languages_of_the_product_are_a_setting(gloomy: Path, cheerful: Path) -> None:
    settings = Settings(model=str(gloomy), model_other=str(cheerful), languages=("es", "zh-Hant"), precision="fp32")
    names = [score.model.partition("@")[0] for score in scored(settings)[:5]]
    assert names == ["cheerful", "gloomy", "gloomy", "cheerful", "gloomy"]


def test_a_fault_of_the_other_model_names_its_setting(gloomy: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="SIXMINUTE_MODEL_OTHER"):
        judging.classifier(Settings(model=str(gloomy), model_other=str(tmp_path / "nowhere")))
    moody = checkpoints.bert(tmp_path, ["joy", "anger"])
    with pytest.raises(ConfigurationError, match="SIXMINUTE_MODEL_OTHER"):
        judging.classifier(Settings(model=str(gloomy), model_other=str(moody)))


def test_a_model_that_fails_does_not_hide_behind_the_one_that_works() -> None:
    class Broken(WordClassifier):
        name = "broken"

        def classify(self, texts):
            raise RuntimeError("no")

    scorer = Scorer(LanguageRouter(WordClassifier(), other=Broken()))
    assert isinstance(scorer.scores([("bad", "")], MONDAY)[0], Score)
    with pytest.raises(ModelError, match="broken fails on every text"):
        scorer.scores([("bad", ""), ("el servicio es muy malo", "")], MONDAY)


def test_a_router_is_a_classifier_for_texts_of_which_no_language_is_known() -> None:
    router = LanguageRouter(WordClassifier())
    assert router.classify(["bad"]) == WordClassifier().classify(["bad"])
    assert router.name == "words"
    assert "words" in LanguageRouter(WordClassifier(), other=WordClassifier()).name
    assert router.for_language("es") is None
