"""Titles and texts of pages, in every language."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting import wording
from alerting.names import subject
from alerting.wording_pages import LONGEST_TEXT, LONGEST_TITLE, Facts, text_of, title_of
from core.alert import Level
from core.escalation import UrgentCases
from core.language import LANGUAGES, Language
from core.paging import ASKING, PageKind

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
URL, ACKNOWLEDGE = "https://watch.example/alarm/i-1", "https://watch.example/a/TOKEN"
EVERY = [pytest.param(kind, language, id=f"{kind}-{language}") for kind in PageKind for language in LANGUAGES]


def facts(kind: PageKind = PageKind.OPENED, brand: str = "Lumenbread", **changes: object) -> Facts:
    given = {
        "kind": kind,
        "level": Level.ORANGE,
        "subject": brand,
        "reason": wording.risen(subject(brand, ""), 12, 43, (8, 19), 60),
        "now": NOW,
        "act_by": NOW + timedelta(minutes=6),
        "zone": "Asia/Taipei",
        "by": "Mei-Ling",
        "channel": "chat",
        "fault": "It answers 500.",
        "url": URL,
        "acknowledge_url": ACKNOWLEDGE,
    }
    return Facts(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        pytest.param("en", "ORANGE · Negative posts about Lumenbread rose from 12 to 43 an hour", id="en"),
        pytest.param("zh-Hant", "橘色警戒 · Lumenbread 的負面貼文在一小時內從 12 則增加到 43 則", id="zh-Hant"),
        pytest.param(
            "zh-Hans",
            "橙色预警 · Lumenbread 的负面帖子一小时内由 12 条升至 43 条，平时这个时段为 8 至 19 条",
            id="zh-Hans",
        ),
    ],
)
def test_the_title_says_level_brand_and_numbers(language: Language, title: str) -> None:
    assert title_of(facts(), language) == title


def test_without_a_reason_the_title_names_the_brand() -> None:
    assert title_of(facts(reason=dict.fromkeys(LANGUAGES, "")), "en") == "ORANGE · Lumenbread"


def test_the_text_says_why_who_until_when_and_where() -> None:
    assert text_of(facts(), "en").split("\n") == [
        "Negative posts about Lumenbread rose from 12 to 43 an hour; usual at this time: 8 to 19.",
        "You must take it in hand by 14:06, or the next one is paged.",
        f"Take it in hand: {ACKNOWLEDGE}",
        f"More: {URL}",
    ]


ABOUT = {"en": "34 of 43 posts (79%) are about price.", "zh-Hant": "43 則中有 34 則談到價格。", "zh-Hans": "…"}


@pytest.mark.parametrize(
    ("reason", "language", "happened"),
    [
        pytest.param(
            "Negative posts about Dr. Oetker rose to 43 an hour; usual: 8. Corrected, 98%.",
            "en",
            "Negative posts about Dr. Oetker rose to 43 an hour; usual: 8. 34 of 43 posts (79%) are about price.",
            id="the-first-sentence",
        ),
        pytest.param(
            "Too much. Of Dr. Oetker, too.",
            "en",
            "Too much. 34 of 43 posts (79%) are about price.",
            id="before-the-name",
        ),
        pytest.param("Too much.", "en", "Too much. 34 of 43 posts (79%) are about price.", id="without-the-name"),
        pytest.param("增加了。修正後為 98%。", "zh-Hant", "增加了。43 則中有 34 則談到價格。", id="zh-Hant"),
    ],
)
def test_what_the_posts_are_about_is_said_in_the_place_of_further_numbers(
    reason: str, language: Language, happened: str
) -> None:
    told = facts(subject="Dr. Oetker", reason=dict.fromkeys(LANGUAGES, reason), about=ABOUT)
    assert text_of(told, language).split("\n")[0] == happened


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_kind_has_words_of_its_own(kind: PageKind, language: Language) -> None:
    title, text = title_of(facts(kind), language), text_of(facts(kind), language)
    assert len({title_of(facts(other), language) for other in PageKind}) == len(PageKind)
    assert len(title) <= LONGEST_TITLE
    assert len(text) <= LONGEST_TEXT
    assert text.endswith(URL)
    assert (ACKNOWLEDGE in text) == (kind in ASKING)
    assert "None" not in title + text
    without = facts(kind, act_by=None, url="", acknowledge_url="")
    bare = title_of(without, language) + text_of(without, language)
    assert "14:06" not in bare
    assert "http" not in bare
    assert "  " not in bare


@pytest.mark.parametrize("kind", [PageKind.DELEGATED, PageKind.ACKNOWLEDGED, PageKind.UPDATE_DUE])
def test_whoever_it_is_about_is_named(kind: PageKind) -> None:
    for language in LANGUAGES:
        assert "Mei-Ling" in title_of(facts(kind), language) + text_of(facts(kind), language)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        pytest.param("en", "Reason: answered 503: ‹b›see …", id="en"),
        pytest.param("zh-Hant", "原因：answered 503: ‹b›see …", id="zh-Hant"),
        pytest.param("zh-Hans", "原因：answered 503: ‹b›see …", id="zh-Hans"),
    ],
)
def test_a_channel_that_fails_is_told_with_why_in_one_short_line(language: Language, said: str) -> None:
    told = facts(PageKind.CHANNEL_FAILED, fault="chat: answered 503: <b>see https://evil.example/x\u202e")
    assert text_of(told, language).split("\n")[0] == said
    long = facts(PageKind.CHANNEL_FAILED, fault="x" * 900)
    assert len(text_of(long, language).split("\n")[0]) < 150
    assert "Reason" not in text_of(facts(PageKind.CHANNEL_FAILED, fault=""), "en")


@pytest.mark.parametrize(
    ("zone", "act_by", "said"),
    [
        pytest.param("", NOW + timedelta(minutes=6), "06:06 UTC", id="no-zone"),
        pytest.param("Europe/London", NOW + timedelta(minutes=6), "06:06", id="london"),
        pytest.param("Asia/Taipei", NOW + timedelta(hours=11), "03 Mar 01:00", id="tomorrow"),
        pytest.param("Europe/Berlin", datetime(2026, 7, 1, 6, 0, tzinfo=UTC), "01 Jul 08:00", id="summer"),
    ],
)
def test_moments_are_told_on_the_readers_clock(zone: str, act_by: datetime, said: str) -> None:
    assert f"by {said}, or" in text_of(facts(zone=zone, act_by=act_by), "en")


def test_a_day_that_is_not_today_is_named_in_chinese_too() -> None:
    tomorrow = facts(act_by=NOW + timedelta(hours=11))
    assert "3 月 3 日 01:00" in text_of(tomorrow, "zh-Hant")
    assert "3月3日 01:00" in text_of(tomorrow, "zh-Hans")


def test_a_full_stop_in_a_name_ends_no_sentence() -> None:
    assert title_of(facts(brand="Dr. Oetker; Inc"), "en") == (
        "ORANGE · Negative posts about Dr. Oetker; Inc rose from 12 to 43 an hour"
    )


def test_a_reason_that_does_not_name_the_subject_is_told_behind_it() -> None:
    reason = dict.fromkeys(LANGUAGES, "Nothing comes in. Look at it.")
    assert title_of(facts(brand="bluesky", reason=reason), "en") == "ORANGE · bluesky: Nothing comes in"


def test_a_name_late_in_the_reason_does_not_make_the_title_longer() -> None:
    reason = dict.fromkeys(LANGUAGES, "It is bad. Lumenbread is in the news.")
    assert title_of(facts(reason=reason), "en") == "ORANGE · It is bad"


@given(st.sampled_from(PageKind), st.sampled_from(LANGUAGES), st.text(max_size=2_000), st.text(max_size=300))
def test_no_name_and_no_fault_breaks_the_form(kind: PageKind, language: Language, brand: str, other: str) -> None:
    told = facts(kind, brand, by=other, channel=other, fault=brand)
    title, text = title_of(told, language), text_of(told, language)
    assert len(title) <= LONGEST_TITLE
    assert "\n" not in title
    assert len(text) <= LONGEST_TEXT
    assert text.endswith(URL)
    assert (ACKNOWLEDGE in text) == (kind in ASKING)
    assert len(text.split("\n")) <= 4
    assert not set("<>@`*_\u202e") & set(title + text)


def urgent(kind: PageKind, count: int = 1, due: timedelta = timedelta(minutes=40), **changes: object) -> Facts:
    reason = {
        "en": "It speaks of an injury, a legal threat.",
        "zh-Hant": "內容提到有人受傷、揚言提告。",
        "zh-Hans": "内容提到有人受伤、扬言起诉。",
    }
    cases = UrgentCases(count=count, case="c-1", answer_by=NOW + due, why=reason, since=NOW)
    return facts(kind, reason=reason, cases=cases, **changes)


@pytest.mark.parametrize(
    ("language", "title", "happened"),
    [
        pytest.param(
            "en",
            "URGENT CASE · Lumenbread, answer by 14:40 · It speaks of an injury, a legal threat",
            "An urgent case of Lumenbread must be answered; the first answer is due by 14:40. "
            "It speaks of an injury, a legal threat.",
            id="en",
        ),
        pytest.param(
            "zh-Hant",
            "緊急案件 · Lumenbread，14:40 前要回覆 · 內容提到有人受傷、揚言提告",
            "Lumenbread 有 1 件緊急案件等待回覆，最早的一件要在 14:40 前回覆。內容提到有人受傷、揚言提告。",
            id="zh-Hant",
        ),
        pytest.param(
            "zh-Hans",
            "紧急工单 · Lumenbread，须在 14:40 前回复 · 内容提到有人受伤、扬言起诉",
            "Lumenbread 有 1 起紧急工单待回复，最早一起须在 14:40 前首次回复。内容提到有人受伤、扬言起诉。",
            id="zh-Hans",
        ),
    ],
)
def test_an_urgent_case_says_until_when_and_why(language: Language, title: str, happened: str) -> None:
    made = urgent(PageKind.OPENED)
    assert title_of(made, language) == title
    assert text_of(made, language).splitlines()[0] == happened


def test_several_urgent_cases_are_counted_and_what_is_late_is_said_to_be() -> None:
    made = urgent(PageKind.OPENED, count=3, due=timedelta(minutes=-5))
    assert title_of(made, "en").startswith("3 URGENT CASES · Lumenbread, answer was due at 13:55 · ")
    assert "3 urgent cases of Lumenbread must be answered; the first answer was due at 13:55." in text_of(made, "en")
    assert title_of(made, "zh-Hant").startswith("3 件緊急案件 · Lumenbread，已超過回覆期限 13:55")
    assert title_of(made, "zh-Hans").startswith("3 起紧急工单 · Lumenbread，已超过回复时限 13:55")


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_all_that_is_told_of_urgent_cases_fits_and_says_what_it_is_about(kind: PageKind, language: Language) -> None:
    for count in (1, 3):
        made = urgent(kind, count=count, brand="Lumenbread" * 20)
        title, text = title_of(made, language), text_of(made, language)
        assert len(title) <= LONGEST_TITLE
        assert len(text) <= LONGEST_TEXT
        assert "  " not in title
        assert text.endswith(URL)
    assert "incident" not in title_of(urgent(kind), "en") + text_of(urgent(kind), "en")
