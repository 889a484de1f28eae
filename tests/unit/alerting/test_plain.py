"""Whatever strangers write stands in a message as words, and as nothing else."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.plain import cut, plain

HARMFUL = set("<>@`*_~[]|\\\n\r\t\u202e\u2066\u200b\ufeff\x1b")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param("AT&T 100% (really)", "AT&T 100% (really)", id="ordinary"),
        pytest.param("<b>Sale</b> <!channel>", "‹b›Sale‹/b› ‹!channel›", id="tags"),
        pytest.param("@everyone @here", "＠everyone ＠here", id="mentions"),
        pytest.param("*bold* _it_ `code` ~no~", "＊bold＊ ＿it＿ 'code' ～no～", id="mark-up"),
        pytest.param("[here](https://evil.example/x) now", "［here］(… now", id="link"),
        pytest.param("see www.evil.example，真的", "see …，真的", id="address-before-chinese"),
        pytest.param("slack://token/x javascript://%0aalert(1)", "… …", id="other-schemes"),
        pytest.param("a\r\nforged: line\x1b[2J", "a forged: line ［2J", id="controls"),
        pytest.param("a\u2028b\u2029c", "a b c", id="separators"),
        pytest.param("ab\u202edc\u2066x\u200b\ufeff\U000e0041", "abdcx", id="invisible"),
        pytest.param("\ud800x\ue000y", "xy", id="lone-and-private"),
        pytest.param("👨\u200d👩\u200d👧 好", "👨\u200d👩\u200d👧 好", id="family"),
        pytest.param("   ", "", id="nothing"),
    ],
)
def test_what_is_shown_of_what_is_written(written: str, shown: str) -> None:
    assert plain(written) == shown


@given(st.text(st.characters(codec=None), max_size=300), st.integers(1, 100))
def test_no_text_gets_further_than_its_line(text: str, most: int) -> None:
    shown = plain(text, most)
    assert len(shown) <= most
    assert not HARMFUL & set(shown)
    assert "://" not in shown
    assert all(unicodedata.category(letter) not in {"Cc", "Cs", "Zl", "Zp"} for letter in shown)


def test_a_cut_is_shown() -> None:
    assert (cut("abcdef", 6), cut("abcdef", 4), cut("ab cdef", 4)) == ("abcdef", "abc…", "ab…")
