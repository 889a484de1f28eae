import importlib
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lengths import Length, measure, position_over

X = Length(280, "x")


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("hello", 5),
        ("你好，世界", 10),
        ("cafe\u0301", 4),
        ("see https://example.com/a/long/path?b=1 ok", 30),
        ("see https://example.com.", 28),
        ("go to example.com now", 33),
        ("（https://example.com/a）好", 29),
        ("\U0001f468‍\U0001f469‍\U0001f467 hi", 5),
        ("\U0001f1f9\U0001f1fc", 2),
        ("1️⃣", 2),
        ("“quoted” – …", 13),
    ],
)
def test_x_counts_by_weight(text: str, weight: int) -> None:
    assert measure(text, X) == weight


def test_bluesky_counts_graphemes_and_others_characters() -> None:
    family = "\U0001f468‍\U0001f469‍\U0001f467"
    assert measure(family + "é好", Length(300, "graphemes")) == 3
    assert measure(family + "好", Length(500)) == 6


@settings(deadline=None)
@given(text=st.text(max_size=60), limit=st.integers(0, 40), unit=st.sampled_from(["graphemes", "characters"]))
def test_what_stands_before_the_position_fits(text: str, limit: int, unit: Any) -> None:
    length = Length(limit, unit)
    position = position_over(text, length)
    assert measure(text[:position], length) <= limit
    assert position == len(text) or measure(text[: position + 1], length) > limit


@pytest.fixture(scope="module")
def published() -> Callable[[str], int]:
    """X's counting as the library has it; it needs a part of setuptools that current versions lack."""
    stand_in = types.ModuleType("pkg_resources")
    stand_in.resource_string = lambda module, name: (  # type: ignore[attr-defined]
        Path(str(sys.modules[module].__file__)).parent / name
    ).read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pkg_resources", stand_in)
        library = importlib.import_module("twitter_text")
    return lambda text: int(library.parse_tweet(text).weightedLength)


WORDS = st.sampled_from(
    [
        *(
            "hello",
            "don't",
            "你好",
            "，",
            "。",
            "–",
            "“",
            "é",
            "ß",
            "\n",
            "Я",
            "ก",
            "ᄀ",
            "→",
            "①",
            "24 hours",
            "(UTC+8)",
        ),
        *(
            "😀",
            "👍🏽",
            "👨‍👩‍👧",
            "🇹🇼",
            "1️⃣",
            "☀️",
            "❤️",
            "https://example.com/a?b=1",
            "http://a.example.org/x.",
            "@name",
            "#tag",
        ),
    ]
)


@settings(deadline=None)
@given(words=st.lists(WORDS, max_size=12))
def test_the_count_agrees_with_the_published_library(words: list[str], published: Callable[[str], int]) -> None:
    text = " ".join(words)
    assert measure(text, X) == published(text)


def test_a_long_row_of_flags_counts_by_flag() -> None:
    flags = "\N{REGIONAL INDICATOR SYMBOL LETTER A}" * 25_000
    assert measure(flags, Length(280, "x")) == 25_000
    assert measure(flags, Length(300, "graphemes")) == 12_500
    assert position_over(flags, Length(280, "x")) == 280
