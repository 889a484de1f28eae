"""How often the model was wrong where people looked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.error_rates import ReviewCount, error_rates, wilson
from core.mention import Label


@pytest.mark.parametrize(
    ("hits", "of", "interval"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998, table 1
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_the_interval_is_that_of_wilson(hits: int, of: int, interval: tuple[float, float]) -> None:
    assert wilson(hits, of) == pytest.approx(interval, abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(0, 0) == (0, 1)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_share_lies_within_its_interval(hits: int, misses: int) -> None:
    low, high = wilson(hits, hits + misses)
    assert 0 <= low <= (hits / (hits + misses) if hits + misses else 0) <= high <= 1
    assert wilson(misses, hits + misses) == pytest.approx((1 - high, 1 - low))


def review(given_label: Label, label: Label, mentions: int, brand: str = "Acme", language: str = "en") -> ReviewCount:
    return ReviewCount(brand=brand, language=language, given=given_label, label=label, mentions=mentions)


def test_rates_are_told_by_brand_and_language_and_by_the_label_given() -> None:
    found = error_rates(
        [
            review(Label.NEGATIVE, Label.NEGATIVE, 6),
            review(Label.NEGATIVE, Label.NEUTRAL, 1),
            review(Label.NEGATIVE, Label.POSITIVE, 1),
            review(Label.POSITIVE, Label.NEGATIVE, 2),
            review(Label.UNKNOWN, Label.NEGATIVE, 9),
            review(Label.NEUTRAL, Label.NEUTRAL, 3, language="zh-Hant"),
            review(Label.NEUTRAL, Label.NEUTRAL, 5, brand="A"),
            review(Label.UNKNOWN, Label.NEGATIVE, 9, brand="Zeta", language="th"),
        ]
    )
    assert [(each.brand, each.language, each.overall.wrong, each.overall.reviewed) for each in found] == [
        ("A", "en", 0, 5),
        ("Acme", "en", 4, 10),
        ("Acme", "zh-Hant", 0, 3),
    ]
    english = found[1]
    assert {label: (rate.wrong, rate.reviewed) for label, rate in english.by_label.items()} == {
        Label.NEGATIVE: (2, 8),
        Label.NEUTRAL: (0, 0),
        Label.POSITIVE: (2, 2),
    }
    assert english.overall.share == 0.4
    assert (english.overall.low, english.overall.high) == wilson(4, 10)
    assert (english.by_label[Label.NEUTRAL].low, english.by_label[Label.NEUTRAL].high) == (0, 1)
