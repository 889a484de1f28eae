import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.brand import Brand
from core.case import Grade
from core.language import LANGUAGES, Language
from core.lengths import Length, measure
from core.mention import Label, Mention, Reading, Score, StoredMention, TimeBudget
from core.shapes import findings_json, suggestion_json
from responding.advisor import Advisor, Plan, Planner
from responding.phrases import read_phrases
from responding.settings import Calendar, RespondingSettings
from tests.fakes import MONDAY

SETTINGS = RespondingSettings(calendar=Calendar(zone="Asia/Taipei"))
PLANNER = Planner(SETTINGS, list)
CHANNELS = ("x", "bluesky", "mastodon", "threads", "plurk", "reddit", "weibo", "email", "form", "voice", "in_person")
THEMES = ("delivery", "quality", "service", "refund", "price", "account", "information", "technical", "safety", "new")
COMPLAINTS: dict[Language, str] = {
    "en": "My order is late again and the charger started to smoke, terrible",
    "zh-Hant": "訂單又遲到了，充電器還冒煙，真的很差",
    "zh-Hans": "订单又迟到了，充电器还冒烟，真的很差",
}
PRIVATE_MESSAGE = {"en": ("message",), "zh-Hant": ("私訊",), "zh-Hans": ("私信",)}
SAFE = {"en": ("stop using", "don't use"), "zh-Hant": ("停用", "不要再用"), "zh-Hans": ("停用", "不要再用")}
SOON = {"en": "within the hour", "zh-Hant": "一小時內", "zh-Hans": "一小时内"}


def plan(
    language: str = "en",
    channel: str = "x",
    themes: tuple[str, ...] = (),
    sensitive: tuple[str, ...] = (),
    *,
    text: str | None = None,
    seed: str = "m-1",
    p_negative: float | None = None,
    planner: Planner = PLANNER,
    brand: str = "Lumora",
) -> Plan:
    return planner.plan(
        channel=channel,
        text=COMPLAINTS.get(language, "") if text is None else text,  # type: ignore[call-overload]
        reading=Reading(language=language, themes=themes, sensitive=sensitive),
        created_at=MONDAY,
        brand=brand,
        seed=seed,
        p_negative=p_negative,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_every_draft_fits_its_network_and_passes_our_own_linter_without_a_finding(
    language: Language, channel: str
) -> None:
    length = SETTINGS.length(channel)
    for theme, sensitive, seed in itertools.product(THEMES, ((), ("safety",), ("legal",)), ("1", "2", "3")):
        found = plan(language, channel, (theme,), sensitive, seed=seed)
        assert 2 <= len(found.drafts) <= 3
        assert len({draft.text for draft in found.drafts}) == len({draft.approach for draft in found.drafts})
        for draft in found.drafts:
            assert draft.language == language
            assert draft.findings == ()
            assert measure(draft.text, length) <= length.limit
            assert "{" not in draft.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_public_drafts_promise_a_time_and_show_the_way_to_a_person(language: Language) -> None:
    hours = {"en": "within 24 hours", "zh-Hant": "24 小時內", "zh-Hans": "24 小时内"}[language]
    for theme, seed in itertools.product(THEMES[:-2], "123456"):
        for draft in plan(language, "x", (theme,), seed=seed, p_negative=0.9).drafts:
            assert hours in draft.text
            assert any(word in draft.text.lower() for word in PRIVATE_MESSAGE[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_safety_comes_first_the_person_then_stop_using_it_then_a_human(language: Language) -> None:
    for seed in "123456":
        found = plan(language, "x", ("delivery", "safety"), ("safety",), seed=seed)
        assert found.grade is Grade.URGENT
        assert found.drafts[0].approach == "care"
        for draft in found.drafts:
            assert any(word in draft.text for word in SAFE[language])
            assert any(word in draft.text.lower() for word in PRIVATE_MESSAGE[language])
            assert SOON[language] in draft.text


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "smoke on my flight"), ("zh-Hant", "航班上有煙味"), ("zh-Hans", "航班上有烟味")],
)
def test_nobody_is_asked_to_stop_using_a_flight(language: Language, text: str) -> None:
    for draft in plan(language, "x", (), ("safety",), text=text).drafts:
        assert not any(word in draft.text for word in SAFE[language])


def test_the_thing_is_named_in_our_own_words_only_where_it_fits_the_theme() -> None:
    named = {draft.text for seed in "12345678" for draft in plan("en", "x", ("delivery",), seed=seed).drafts}
    assert any("your order" in text for text in named)
    not_named = {
        draft.text
        for seed in "12345678"
        for draft in plan("en", "x", ("delivery",), text="the app is late", seed=seed).drafts
    }
    assert not any("the app" in text for text in not_named)


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_nothing_of_a_hostile_text_is_copied(text: str) -> None:
    ours = {draft.text for draft in plan("en", "x", ("service",), text="").drafts}
    assert {draft.text for draft in plan("en", "x", ("service",), text=text).drafts} == ours


def test_the_same_seed_gives_the_same_drafts_and_others_vary() -> None:
    assert plan(seed="m-7") == plan(seed="m-7")
    assert len({plan("zh-Hant", "x", ("delivery",), seed=str(seed)).drafts[0].text for seed in range(30)}) > 3


@pytest.mark.parametrize(
    ("language", "at"),
    [
        ("en", "by 17:00 on Wednesday 4 March (UTC+8)"),
        ("zh-Hant", "3 月 4 日（週三）17:00 前（UTC+8）"),
        ("zh-Hans", "3 月 4 日（周三）17:00 前（UTC+8）"),
    ],
)
def test_where_the_clock_pauses_the_promise_is_a_local_time(language: Language, at: str) -> None:
    for draft in plan(language, "email", ("refund",), p_negative=0.9).drafts:
        assert at in draft.text
        assert draft.text.count("\n\n") == 4


def test_letters_and_calls_name_the_brand_where_there_is_one() -> None:
    assert "Lumora customer care" in plan("en", "email").drafts[0].text
    assert "Customer care" in plan("en", "email", brand="").drafts[0].text
    assert "this is customer care" in plan("en", "voice", brand="").drafts[0].text


def test_a_mild_remark_is_thanked_for() -> None:
    for channel in ("x", "email"):
        approaches = [draft.approach for draft in plan("en", channel, p_negative=0.55).drafts]
        assert approaches == ["thank", "help"]


def test_another_language_is_answered_in_english_and_says_so() -> None:
    found = plan("de", "x", text="Mein Paket ist weg")
    assert found.language == "en"
    for draft in found.drafts:
        assert [finding.rule for finding in draft.findings] == ["fallback_language"]
    assert plan("und", "x", text="???").drafts[0].findings == ()


@pytest.mark.parametrize(
    ("spoken", "language", "answered"),
    [
        (("zh-Hant",), "zh-Hans", "zh-Hant"),
        (("en", "zh-Hant"), "en", "en"),
        (("en",), "zh-Hans", "en"),
        (("zh-Hans",), "en", "zh-Hans"),
        ((), "zh-Hans", "zh-Hans"),
    ],
)
def test_a_brand_answers_in_the_languages_that_it_has(
    spoken: tuple[Language, ...], language: Language, answered: Language
) -> None:
    planner = Planner(SETTINGS, lambda: [Brand(name="Other"), Brand(name="Lumora", languages=spoken)])
    found = plan(language, planner=planner)
    assert found.language == answered
    assert all(draft.language == answered for draft in found.drafts)


def test_a_network_with_little_room_gets_fewer_sentences_and_one_with_none_gets_no_draft() -> None:
    narrow = Planner(RespondingSettings(lengths={"sms": Length(90), "dot": Length(3)}), list)
    for draft in plan("en", "sms", ("service",), planner=narrow).drafts:
        assert len(draft.text) <= 90
    assert plan("en", "dot", planner=narrow).drafts == ()


def test_spans_and_moments_are_said_as_people_say_them() -> None:
    english, taiwan, mainland = (read_phrases()[language] for language in LANGUAGES)
    assert [english.within(timedelta(minutes=minutes)) for minutes in (0, 30, 60, 61, 240)] == [
        "within the hour",
        "within 30 minutes",
        "within the hour",
        "within 2 hours",
        "within 4 hours",
    ]
    assert taiwan.within(timedelta(minutes=30)).strip() == "30 分鐘內"
    assert mainland.within(timedelta(hours=4)).strip() == "4 小时内"
    moment = datetime(2026, 3, 2, 4, 5, 59, tzinfo=UTC)
    assert english.by(moment, "UTC") == "by 04:05 on Monday 2 March (UTC)"
    assert english.by(moment, "Asia/Kolkata") == "by 09:35 on Monday 2 March (UTC+5:30)"
    assert english.by(moment, "America/New_York") == "by 23:05 on Sunday 1 March (UTC-5)"


def read(text: str, _hint: str) -> Reading:
    sensitive = ("safety",) if "smoke" in text else ()
    return Reading(language="en", themes=("technical",), sensitive=sensitive)


ADVISOR = Advisor(read, SETTINGS, list)


def test_the_advisor_suggests_without_a_model_in_the_shape_that_scripts_rely_on() -> None:
    shape = suggestion_json(ADVISOR.suggest("x", "smoke from my charger", MONDAY, "Lumora"), "zh-Hans")
    assert (shape["language"], shape["grade"]) == ("en", "urgent")
    assert (shape["golden_at"], shape["limit_at"]) == ("2026-03-02T09:06:00Z", "2026-03-02T10:00:00Z")
    assert [set(draft) for draft in shape["drafts"]] == [{"text", "approach", "findings"}] * 2


def stored(language: str, followers: int | None) -> StoredMention:
    mention = Mention(
        id="m-1",
        brand="Lumora",
        source="x",
        network_id="1",
        created_at=MONDAY,
        ingested_at=MONDAY,
        text="OK",
        followers=followers,
    )
    score = Score(
        label=Label.NEGATIVE,
        p_negative=0.9,
        p_neutral=0.1,
        p_positive=0.0,
        reading=Reading(language=language, themes=("delivery",)),
        model="hand",
        scored_at=MONDAY,
    )
    return StoredMention(mention=mention, score=score, budget=TimeBudget(posted=MONDAY, ingested=MONDAY))


@pytest.mark.parametrize("language", LANGUAGES)
def test_drafts_made_anew_keep_the_language_that_was_stored_and_change_their_words(language: Language) -> None:
    versions = [ADVISOR.redraft(stored(language, None), version) for version in range(8)]
    assert versions[3] == ADVISOR.redraft(stored(language, None), 3)
    assert {draft.language for drafts in versions for draft in drafts} == {language}
    assert len({drafts[0].text for drafts in versions}) > 1


def test_drafts_made_anew_know_the_reach_of_the_author() -> None:
    few, many = (ADVISOR.redraft(stored("en", followers), 1) for followers in (10, 10_000_000))
    assert few != many


def test_the_advisor_is_stricter_with_answers_to_a_safety_complaint() -> None:
    joke = "Haha, sorry! We'll write to you."
    assert "crisis_tone" in {finding.rule for finding in ADVISOR.lint("x", joke, "smoke from my charger")}
    assert "crisis_tone" not in {finding.rule for finding in ADVISOR.lint("x", joke, "the app is slow")}
    assert "crisis_tone" not in {finding.rule for finding in ADVISOR.lint("x", joke)}


def test_findings_are_worded_in_one_language_and_ok_means_no_hard_fault() -> None:
    bad = findings_json(ADVISOR.lint("x", "Calm down, sorry, we'll write."), "zh-Hant")
    assert bad["ok"] is False
    assert bad["findings"] == [
        {
            "rule": "tone",
            "severity": "fail",
            "start": 0,
            "end": 9,
            "message": "語氣不耐煩，或是在責怪顧客。",
            "fix": "從顧客的感受說起，只問幫得上忙的問題。",
        }
    ]
    assert findings_json(ADVISOR.lint("x", "Sorry, rest assured, we'll write."))["ok"] is True


@settings(deadline=None)
@given(text=st.text(max_size=200), channel=st.sampled_from(CHANNELS))
def test_any_text_gets_suggestions(text: str, channel: str) -> None:
    assert ADVISOR.suggest(channel, text, MONDAY).drafts


def test_a_draft_that_must_not_be_sent_is_never_suggested() -> None:
    assert plan("en", "email", brand="Calm Down").drafts == ()
