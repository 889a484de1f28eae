import pytest

from core.case import Grade
from core.language import LANGUAGES
from core.mention import Label, Mention, Reading, Score, ScoredMention
from responding.grading import grade, needs_answer
from responding.settings import RespondingSettings
from tests.fakes import MONDAY

SETTINGS = RespondingSettings()


@pytest.mark.parametrize(
    ("sensitive", "themes", "p_negative", "followers", "expected"),
    [
        (("safety",), (), 0.1, None, Grade.URGENT),
        (("injury",), (), None, 10_000_000, Grade.URGENT),
        (("legal",), (), 0.9, None, Grade.URGENT),
        (("media",), (), 0.9, None, Grade.URGENT),
        (("regulator",), (), 0.9, None, Grade.URGENT),
        (("data_leak",), (), 0.9, None, Grade.URGENT),
        (("boycott",), (), 0.9, None, Grade.HIGH),
        (("boycott", "safety"), (), 0.9, None, Grade.URGENT),
        (("something_new",), (), 0.9, None, Grade.STANDARD),
        ((), ("delivery",), 0.9, 100_000, Grade.HIGH),
        ((), ("delivery",), 0.9, 99_999, Grade.STANDARD),
        ((), ("delivery", "refund"), 0.95, 3, Grade.HIGH),
        ((), ("delivery", "refund"), 0.85, 3, Grade.STANDARD),
        ((), ("delivery", "price"), 0.95, 3, Grade.STANDARD),
        ((), ("delivery",), 0.95, None, Grade.STANDARD),
        ((), ("delivery",), 0.6, None, Grade.MINOR),
        ((), ("delivery",), None, None, Grade.STANDARD),
        ((), ("information",), None, None, Grade.MINOR),
        ((), ("information", "delivery"), None, None, Grade.STANDARD),
        ((), ("information",), 0.9, None, Grade.STANDARD),
        ((), (), None, None, Grade.STANDARD),
    ],
)
def test_the_grade(
    sensitive: tuple[str, ...],
    themes: tuple[str, ...],
    p_negative: float | None,
    followers: int | None,
    expected: Grade,
) -> None:
    found, why = grade(Reading(language="en", themes=themes, sensitive=sensitive), p_negative, followers, SETTINGS)
    assert found is expected
    assert set(why) == set(LANGUAGES)
    assert all(why.values())


def test_the_reason_names_what_was_found_in_each_language() -> None:
    _, why = grade(Reading(language="en", sensitive=("legal", "safety")), 0.9, None, SETTINGS)
    assert "legal threat" in why["en"]
    assert "product safety" in why["en"]
    assert "提告" in why["zh-Hant"]
    assert "起诉" in why["zh-Hans"]


@pytest.mark.parametrize(
    ("label", "p_negative", "language", "sensitive", "needed"),
    [
        (Label.NEGATIVE, 0.9, "en", (), True),
        (Label.NEGATIVE, 0.5, "zh-Hant", (), True),
        (Label.NEGATIVE, 0.45, "zh-Hans", (), False),
        (Label.NEUTRAL, 0.3, "en", (), False),
        (Label.POSITIVE, 0.02, "en", (), False),
        (Label.POSITIVE, 0.02, "en", ("safety",), True),
        (Label.UNKNOWN, 1 / 3, "de", (), False),
        (Label.UNKNOWN, 1 / 3, "de", ("injury",), True),
    ],
)
def test_what_becomes_a_case(
    label: Label, p_negative: float, language: str, sensitive: tuple[str, ...], needed: bool
) -> None:
    mention = Mention(
        id="m-1",
        brand="Acme",
        source="x",
        network_id="1",
        created_at=MONDAY,
        ingested_at=MONDAY,
        text="a text",
    )
    score = Score(
        label=label,
        p_negative=p_negative,
        p_neutral=1 - p_negative,
        p_positive=0.0,
        reading=Reading(language=language, sensitive=sensitive),
        model="words",
        scored_at=MONDAY,
    )
    assert needs_answer(ScoredMention(mention=mention, score=score), SETTINGS) is needed
