"""What is hidden goes, what people wrote stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.normalise import normalise, normalise_language, normalise_line


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Fish &amp; chips &#x1F41F; &lt;3", "Fish & chips 🐟 <3"),
        ("&amp;lt; once", "&lt; once"),
        ("https://x.example/?a=1&copy=2&amp;b=3", "https://x.example/?a=1&copy=2&b=3"),
        ("&#0; &#55357;", "\ufffd \ufffd"),
        ("a\u200bc\u2060m\ufeffe", "acme"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("x\u200dy", "xy"),
        ("a\x00b\x1bc\x85d", "abc\nd"),
        ("broken \ud83d surrogate", "broken surrogate"),
        ("  many \t blanks\u3000here\xa0 ", "many blanks here"),
        ("one\r\n\r\n\r\n\r\ntwo \r three", "one\n\ntwo\nthree"),
        ("KEEP Case, “quotes” … ＡＢＣ", "KEEP Case, “quotes” … ＡＢＣ"),
        ("👨\u200d👩\u200d👧 👍🏽 🏳️\u200d🌈 ❤️ 🧑🏿\u200d🚒", "👨\u200d👩\u200d👧 👍🏽 🏳️\u200d🌈 ❤️ 🧑🏿\u200d🚒"),
        ("🏴\U000e0067\U000e0062\U000e007f ok\U000e0067", "🏴\U000e0067\U000e0062\U000e007f ok"),
        ("👨\u200d\u200d👧 \u200d👍", "👨👧 👍"),
        ("\u3164\u200b", ""),
    ],
)
def test_texts(written: str, read: str) -> None:
    assert normalise(written) == read


def test_a_line_has_no_breaks_and_an_end() -> None:
    assert normalise_line("a\nb&amp;c" + "d" * 50, 6) == "a b&cd"


@given(st.text())
def test_the_result_can_always_be_written_and_normalising_again_changes_nothing(text: str) -> None:
    once = normalise(text.replace("&", ""))
    once.encode("utf-8")
    assert normalise(once) == once
    assert not any(character in once for character in "\0\r\u200b\u202e")


@pytest.mark.parametrize(
    ("hint", "language"),
    [
        ("zh-TW", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("cmn-Hans", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh", "zh"),
        ("zh-x", "zh"),
        ("yue", "zh-Hant"),
        ("yue-Hans", "zh-Hans"),
        ("en-US", "en"),
        ("EN", "en"),
        ("in", "id"),
        ("qme", ""),
        ("und", ""),
        ("", ""),
        ("english, mostly", ""),
    ],
)
def test_language_hints(hint: str, language: str) -> None:
    assert normalise_language(hint) == language
