"""What the alarm says of counts, in every language."""

from datetime import timedelta

import pytest

from alerting import wording
from alerting.names import listed, subject
from core.alert import Level
from core.language import Language

ONE = [
    pytest.param("en", "usually there are none at this time.", id="en"),
    pytest.param("zh-Hant", "平常這個時段沒有負面貼文。", id="zh-Hant"),
    pytest.param("zh-Hans", "平时这个时段没有负面帖子。", id="zh-Hans"),
]


@pytest.mark.parametrize(("language", "end"), ONE)
@pytest.mark.parametrize("before", [pytest.param(0, id="rises"), pytest.param(9, id="stays-high")])
def test_a_band_from_0_to_0_says_that_none_are_usual(language: Language, end: str, before: int) -> None:
    said = wording.risen(subject("Lumenbread", ""), before, 9, (0, 0), 60)[language]
    assert said.endswith(end)
    assert "0 to 0" not in said


@pytest.mark.parametrize(
    ("language", "end"),
    [
        pytest.param("en", "usual at this time: 0 to 3.", id="en"),
        pytest.param("zh-Hant", "平常這個時段約 0 到 3 則。", id="zh-Hant"),
        pytest.param("zh-Hans", "平时这个时段为 0 至 3 条。", id="zh-Hans"),
    ],
)
def test_a_band_that_only_begins_at_0_is_told_whole(language: Language, end: str) -> None:
    assert wording.risen(subject("Lumenbread", ""), 0, 9, (0, 3), 60)[language].endswith(end)


@pytest.mark.parametrize(
    ("language", "none", "some"),
    [
        pytest.param("en", "usual: next to none.", "usual: about 1%.", id="en"),
        pytest.param("zh-Hant", "平常幾乎沒有。", "平常約 1%。", id="zh-Hant"),
        pytest.param("zh-Hans", "平时几乎没有。", "平时约 1%。", id="zh-Hans"),
    ],
)
def test_a_usual_share_that_rounds_to_nothing_is_no_number(language: Language, none: str, some: str) -> None:
    corrected = (0.6, 0.5, 0.7)
    assert wording.share_risen("Lumenbread", 12, 20, 0.004, 60)[language].endswith(none)
    assert wording.share_risen("Lumenbread", 12, 20, 0.01, 60)[language].endswith(some)
    assert wording.corrected_share_risen("Lumenbread", corrected, 0.004, 60)[language].endswith(none)
    assert wording.corrected_share_risen("Lumenbread", corrected, 0.01, 60)[language].endswith(some)


def test_a_part_of_a_brand_is_set_as_each_language_sets_brackets() -> None:
    part = subject("Lumenbread", "theme:delivery")
    for said in (wording.risen(part, 0, 9, (0, 3), 60), wording.risen(part, 9, 9, (0, 3), 120)):
        assert said["zh-Hant"].startswith("Lumenbread（物流）的負面貼文")
        assert said["zh-Hans"].startswith("Lumenbread（物流）的负面帖子")
        assert "， " not in said["zh-Hant"]
    assert wording.closed(part, timedelta(hours=1))["zh-Hant"].startswith("Lumenbread（物流）已有 60 分鐘")
    assert wording.lowered(part, Level.RED, Level.ORANGE, timedelta(hours=1))["zh-Hans"].startswith(
        "Lumenbread（物流）已连续 60 分钟"
    )
    assert wording.closed(subject("Lumenbread", ""), timedelta(hours=1))["zh-Hant"].startswith("Lumenbread 已有 60 ")


def test_several_sources_are_counted_together_and_no_others() -> None:
    said = wording.risen_in_several("Lumenbread", listed(["x", "weibo"]), 24, (0, 3), 360)
    assert said["en"].startswith(
        "Negative posts about Lumenbread rise on X and Weibo at once, to 24 in 6 hours together;"
    )
    assert said["zh-Hant"].startswith(
        "Lumenbread 的負面貼文在多個來源同時增加（X、微博），這些來源 6 小時內合計 24 則；"
    )
    assert said["zh-Hans"].startswith(
        "Lumenbread 的负面帖子在多个来源同时增多（X、微博），这些来源 6 小时内合计 24 条，"
    )


@pytest.mark.parametrize(
    ("negative", "usual", "begin", "end"),
    [
        pytest.param(
            1, 0, "1 negative post about Lumenbread in", "is by an account with 1.2 million followers", id="one"
        ),
        pytest.param(
            3, 2_000, "3 negative posts about Lumenbread in", "are by accounts with 1.2 million followers", id="three"
        ),
    ],
)
def test_reach_is_told_of_one_account_or_of_several(negative: int, usual: int, begin: str, end: str) -> None:
    said = wording.reached("Lumenbread", 1_200_000, negative, usual, 60)
    assert said["en"].startswith(begin)
    assert end in said["en"]
    assert "120 萬" in said["zh-Hant"]
    assert ("平常幾乎沒有" in said["zh-Hant"], "平时几乎没有" in said["zh-Hans"]) == (not usual, not usual)
    assert said["en"].endswith("usual: 2,000." if usual else "usual: next to none.")
