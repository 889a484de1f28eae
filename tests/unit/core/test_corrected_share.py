"""The share of negative posts, corrected for what is known of the model's error."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.corrected_share import LEAST_MENTIONS, LabelCount, NegativeShare, accuracy_of_mix, negative_share
from core.mention import Label
from core.model_error import Confusion, GivenCounts


def tried(found: int, missed: int, wrongly: int, spared: int) -> Confusion:
    """A model that found and missed so many of the negative texts, and called so many of the others negative or not."""
    half = wrongly // 2, spared // 2
    return Confusion(
        negative=GivenCounts(found, missed, 0),
        neutral=GivenCounts(half[0], half[1], 0),
        positive=GivenCounts(wrongly - half[0], 0, spared - half[1]),
    )


GOOD = tried(90, 10, 20, 180)
POOR = tried(60, 40, 60, 140)
GUESSING = tried(50, 50, 100, 100)


def count(label: Label, mentions: int, language: str = "en", **more: Any) -> LabelCount:
    return LabelCount(language=language, label=label, mentions=mentions, **more)


def hour(negative: int, others: int, language: str = "en") -> list[LabelCount]:
    return [count(Label.NEGATIVE, negative, language), count(Label.NEUTRAL, others, language)]


def reviewed(called: tuple[int, int], others: tuple[int, int] = (0, 0), language: str = "en") -> list[LabelCount]:
    """So many of those called negative that people found negative or not, and so many of the others."""
    return [
        count(Label.NEGATIVE if negative else Label.NEUTRAL, mentions, language, given=given_label)
        for given_label, found in ((Label.NEGATIVE, called), (Label.POSITIVE, others))
        for negative, mentions in zip((True, False), found, strict=True)
    ]


def close(share: NegativeShare) -> tuple[float, ...]:
    assert share.corrected is not None
    assert share.low is not None
    assert share.high is not None
    return tuple(round(each, 4) for each in (share.corrected, share.low, share.high))


def test_sensitivity_and_specificity_are_those_of_negative_against_the_rest() -> None:
    confusion = Confusion(negative=GivenCounts(7, 2, 1), neutral=GivenCounts(3, 20, 2), positive=GivenCounts(1, 4, 10))
    assert (confusion.sensitivity, confusion.specificity) == ((7, 10), (36, 40))


def test_the_estimate_is_that_of_rogan_and_gladen() -> None:
    share = negative_share(hour(34, 66), {"en": GOOD})
    assert (share.mentions, share.negative, share.share, share.doubt) == (100, 34, 0.34, "")
    assert share.corrected == pytest.approx((0.34 + 0.9 - 1) / (0.9 + 0.9 - 1))


@pytest.mark.parametrize(
    ("posts", "confusion", "interval"),
    [
        # Worked out from the formulas of Lang and Reiczigel (2014) by a program of its own, z = 1.959964.
        ((20, 80), GOOD, (0.125, 0.0236, 0.2441)),
        ((34, 66), GOOD, (0.3, 0.1827, 0.4308)),
        ((300, 700), POOR, (0.0, 0.0, 0.2229)),
        ((450, 550), POOR, (0.5, 0.2864, 0.725)),
    ],
)
def test_the_interval_is_that_of_lang_and_reiczigel(
    posts: tuple[int, int], confusion: Confusion, interval: tuple[float, ...]
) -> None:
    assert close(negative_share(hour(*posts), {"en": confusion})) == interval


def test_languages_are_corrected_one_by_one() -> None:
    known = {"en": GOOD, "zh-Hant": POOR}
    share = negative_share([*hour(34, 66), *hour(45, 55, "zh-Hant")], known)
    assert share.corrected == pytest.approx(0.5 * 0.3 + 0.5 * (0.45 + 0.7 - 1) / (0.6 + 0.7 - 1))
    together = negative_share(hour(79, 121), {"en": tried(150, 50, 80, 320)})
    assert together.corrected != pytest.approx(share.corrected)


def test_what_everybody_looked_at_is_known() -> None:
    assert close(negative_share(reviewed((40, 10), (5, 45)), {"en": GOOD})) == (0.45, 0.45, 0.45)
    assert close(negative_share(reviewed((40, 10), (5, 45)), {})) == (0.45, 0.45, 0.45)


@pytest.mark.parametrize(
    ("called", "others"),
    [((14, 3), (0, 0)), ((0, 7), (0, 0)), ((20, 1), (0, 0)), ((27, 7), (3, 63)), ((0, 0), (1, 30))],
)
def test_reviews_that_agree_with_the_models_figures_change_nothing(
    called: tuple[int, int], others: tuple[int, int]
) -> None:
    """Of 34 called negative the figures expect 27 to be so, and that 3 were missed."""
    share = negative_share([*hour(34 - sum(called), 66 - sum(others)), *reviewed(called, others)], {"en": GOOD})
    assert share.corrected == pytest.approx(negative_share(hour(34, 66), {"en": GOOD}).corrected)
    assert share.share == pytest.approx((34 - called[1] + others[0]) / 100)


def test_confirming_a_crisis_does_not_damp_it() -> None:
    """All 40 are known to be negative, and a tenth of the negative posts was missed besides."""
    before = close(negative_share(hour(40, 60), {"en": GOOD}))
    after = close(negative_share([*reviewed((40, 0)), *hour(0, 60)], {"en": GOOD}))
    assert before == (0.375, 0.2533, 0.5084)
    assert after == (0.4444, 0.4, 0.5779)


def test_putting_a_false_alarm_right_calms_it() -> None:
    share = negative_share([*reviewed((0, 40)), *hour(0, 60)], {"en": GOOD})
    assert (share.share, *close(share)) == (0, 0, 0, 0.1334)


def test_more_than_was_expected_of_the_others_counts_as_it_is() -> None:
    share = negative_share([*hour(34, 46), *reviewed((0, 0), (20, 0))], {"en": GOOD})
    assert share.corrected == pytest.approx(0.27 + 0.2)


def test_a_post_that_only_a_person_could_read_has_no_error() -> None:
    read = count(Label.NEGATIVE, 100, "th", given=Label.UNKNOWN)
    share = negative_share([*hour(34, 66), read], {"en": GOOD, "th": POOR})
    assert (share.corrected, share.low) == (pytest.approx((30 + 100) / 200), pytest.approx(0.5836, abs=1e-4))


def test_what_could_not_be_read_is_part_of_the_whole() -> None:
    share = negative_share([*hour(34, 66), count(Label.UNKNOWN, 100, "th")], {"en": GOOD})
    assert (share.mentions, share.share) == (200, 0.17)
    assert share.corrected == pytest.approx(0.15)


def test_a_little_of_a_language_without_figures_counts_as_it_is() -> None:
    share = negative_share([*hour(34, 66), *hour(20, 0, "und")], {"en": GOOD})
    assert share.corrected == pytest.approx((100 * 0.3 + 20) / 120)


@pytest.mark.parametrize(
    ("counts", "known", "doubt"),
    [
        ([], {"en": GOOD}, "too_few"),
        ([count(Label.NEGATIVE, 0)], {"en": GOOD}, "too_few"),
        (hour(9, LEAST_MENTIONS - 10), {"en": GOOD}, "too_few"),
        ([*hour(5, 5), count(Label.UNKNOWN, 90, "th")], {"en": GOOD}, "too_few"),
        (hour(34, 66), {}, "no_figures"),
        ([*hour(34, 66), *hour(20, 20, "und")], {"en": GOOD}, "no_figures"),
        (hour(34, 66), {"en": tried(0, 0, 20, 180)}, "no_better_than_chance"),
        (hour(34, 66), {"en": tried(90, 10, 0, 0)}, "no_better_than_chance"),
        (hour(34, 66), {"en": GUESSING}, "no_better_than_chance"),
        (hour(34, 66), {"en": tried(2, 1, 2, 2)}, "no_better_than_chance"),
        ([*hour(34, 66), *hour(50, 50, "zh-Hans")], {"en": GOOD, "zh-Hans": GUESSING}, "no_better_than_chance"),
    ],
)
def test_it_says_why_it_cannot_correct(counts: list[LabelCount], known: dict[str, Confusion], doubt: str) -> None:
    share = negative_share(counts, known)
    assert (share.doubt, share.corrected, share.low, share.high) == (doubt, None, None, None)
    assert share.mentions == sum(each.mentions for each in counts)
    assert (share.share is None) == (share.mentions == 0)


tables = st.builds(tried, *(st.integers(0, 300) for _ in range(4)))
hours = st.lists(
    st.builds(
        LabelCount,
        language=st.sampled_from(["en", "zh-Hant", "zh-Hans", "und"]),
        label=st.sampled_from(list(Label)),
        given=st.none() | st.sampled_from(list(Label)),
        mentions=st.integers(0, 400),
    ),
    max_size=12,
)


@given(hours, st.dictionaries(st.sampled_from(["en", "zh-Hant", "zh-Hans"]), tables))
def test_a_corrected_share_lies_within_its_interval_and_that_within_nothing_and_everything(
    counts: list[LabelCount], known: dict[str, Confusion]
) -> None:
    share = negative_share(counts, known)
    if share.doubt:
        assert share.corrected is None
    else:
        assert share.corrected is not None
        assert share.low is not None
        assert share.high is not None
        assert 0 <= share.low <= share.corrected <= share.high <= 1


@given(st.integers(0, 200), st.integers(LEAST_MENTIONS, 200), tables)
def test_more_negative_posts_never_lower_the_corrected_share(negative: int, others: int, confusion: Confusion) -> None:
    fewer = negative_share(hour(negative, others + 1), {"en": confusion})
    more = negative_share(hour(negative + 1, others), {"en": confusion})
    if fewer.corrected is not None:
        assert more.corrected is not None
        assert more.corrected >= fewer.corrected


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """In small; `scripts/share_coverage.py` does it in earnest."""
    picker = random.Random(7)
    draws, held = 400, 0
    for _ in range(draws):
        found = sum(picker.random() < 0.75 for _ in range(150))
        wrongly = sum(picker.random() < 0.15 for _ in range(300))
        known = {"en": tried(found, 150 - found, wrongly, 300 - wrongly)}
        negative = sum(picker.random() < (0.75 if picker.random() < 0.3 else 0.15) for _ in range(100))
        share = negative_share(hour(negative, 100 - negative), known)
        assert share.low is not None
        assert share.high is not None
        held += share.low <= 0.3 <= share.high
    assert 0.92 <= held / draws <= 0.98


@pytest.mark.parametrize("negative", [0, 2, 10, 490, 498, 500])
def test_a_count_that_does_not_go_with_the_known_error_is_not_certain(negative: int) -> None:
    share = negative_share(hour(negative, 500 - negative), {"en": GOOD})
    assert share.corrected in {0.0, 1.0}
    assert share.low is not None
    assert share.high is not None
    assert share.low <= negative / 500 <= share.high
    assert share.high - share.low > 0.005


@given(
    st.lists(st.integers(0, 60), min_size=6, max_size=6).filter(lambda cells: sum(cells) >= LEAST_MENTIONS),
    st.sampled_from([GOOD, POOR]),
)
def test_a_review_never_moves_the_share_away_from_what_it_says(cells: list[int], confusion: Confusion) -> None:
    def ends(called: int, others: int, *found: int) -> tuple[float, float, float]:
        told = negative_share([*hour(called, others), *reviewed(found[:2], found[2:])], {"en": confusion})  # type: ignore[arg-type]
        assert told.corrected is not None
        assert told.low is not None
        assert told.high is not None
        known_negative, known_other = found[0] + found[2], found[1] + found[3]
        assert told.low >= known_negative / told.mentions - 1e-9
        assert told.high <= 1 - known_other / told.mentions + 1e-9
        return told.low, told.corrected, told.high

    called, others, *found = cells
    before = ends(called, others, *found)
    for kind, left in ((0, (called - 1, others)), (2, (called, others - 1))):
        if min(left) < 0:
            continue
        more, less = list(found), list(found)
        more[kind] += 1
        less[kind + 1] += 1
        assert all(now >= then - 1e-9 for now, then in zip(ends(*left, *more), before, strict=True))
        assert all(now <= then + 1e-9 for now, then in zip(ends(*left, *less), before, strict=True))


def test_a_mix_has_the_error_of_its_parts() -> None:
    known = {"en": GOOD, "zh-Hant": POOR}
    found = accuracy_of_mix([*hour(30, 70), *hour(150, 150, "zh-Hant")], known)
    assert found == pytest.approx(((100 * 0.9 + 300 * 0.6) / 400, (100 * 0.9 + 300 * 0.7) / 400))
    unread = accuracy_of_mix([*hour(30, 70), count(Label.UNKNOWN, 100, "th")], known)
    assert unread == pytest.approx((0.45, 0.95))


def test_reviewed_labels_of_a_mix_have_no_error() -> None:
    known = {"en": GOOD}
    assert accuracy_of_mix(reviewed((30, 0), (0, 70)), known) == (1, 1)
    every_negative = accuracy_of_mix([*reviewed((20, 10)), *hour(0, 70)], known)
    assert every_negative == pytest.approx((0.9, 1))
    assert every_negative is not None
    assert every_negative.corrected(0.2) == pytest.approx(0.2 / 0.9)
    half = accuracy_of_mix([*reviewed((10, 5)), *hour(15, 70)], known)
    assert half == pytest.approx((0.9, 0.95))


@pytest.mark.parametrize(
    "counts", [[], [count(Label.UNKNOWN, 100, "th")], hour(50, 50, "zh-Hans"), [*hour(7, 7), *hour(50, 50, "und")]]
)
def test_of_a_mix_without_figures_nothing_is_said(counts: list[LabelCount]) -> None:
    assert accuracy_of_mix(counts, {"en": GOOD}) is None
