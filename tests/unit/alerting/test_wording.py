"""What the alarm says of counts, in every language."""

import pytest

from alerting import wording
from alerting.names import subject
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
