"""The pure parts of the pages: clocks, lengths, underlines, the small chart, links."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.web.alarms import gravest
from api.web.chart import HEIGHT, WIDTH, held, nice_top, small_chart, thinned
from api.web.clocks import case_clock
from api.web.reader import cookie_value
from api.web.views import Status, safe_link, segments, steps
from core.alert import BandPoint, Incident, IncidentState, Level
from core.case import Case, CaseState, Finding, Grade
from core.mention import Label, Mention, Reading, Score, StoredMention, TimeBudget

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = {"en": "x", "zh-Hant": "x", "zh-Hans": "x"}


def case(golden: float, limit: float, state: CaseState = CaseState.OPEN) -> Case:
    return Case(
        id="c-1",
        mention="m-1",
        brand="B",
        channel="x",
        language="en",
        grade=Grade.HIGH,
        why_grade=WORDS,
        themes=(),
        opened_at=AT,
        golden_at=AT + timedelta(minutes=golden),
        limit_at=AT + timedelta(minutes=limit),
        state=state,
        updated_at=AT,
    )


@pytest.mark.parametrize(
    ("minutes", "state", "seconds", "left"),
    [
        (0, "golden", 360, 1.0),
        (3, "golden", 180, 0.5),
        (6, "late", 3240, 0.9),
        (60, "overdue", 0, 0.0),
        (70, "overdue", 600, 0.0),
    ],
)
def test_the_clock_goes_from_golden_to_late_to_overdue(minutes: float, state: str, seconds: float, left: float) -> None:
    clock = case_clock(case(6, 60), AT, AT + timedelta(minutes=minutes))
    assert (clock.state, clock.seconds, round(clock.left, 3)) == (state, seconds, left)


def test_a_limit_before_golden_wins_and_an_answered_case_has_stopped() -> None:
    assert case_clock(case(60, 30), AT, AT).seconds == 1800
    assert case_clock(case(6, 60, CaseState.ANSWERED), AT, AT + timedelta(hours=9)).state == "stopped"


def finding(start: int, end: int, severity: str = "warning") -> Finding:
    return Finding(rule="r", severity=severity, start=start, end=end, message=WORDS, fix=WORDS)  # type: ignore[arg-type]


def test_underlines_overlap_and_the_gravest_colours() -> None:
    pieces = segments("abcdef", [finding(0, 4, "hint"), finding(2, 6, "fail"), finding(0, 0)])
    assert [(piece.text, piece.findings, piece.severity) for piece in pieces] == [
        ("ab", (1,), "hint"),
        ("cd", (1, 2), "fail"),
        ("ef", (2,), "fail"),
    ]


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_the_pieces_of_a_text_are_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    assert "".join(piece.text for piece in segments(text, [finding(*span) for span in spans])) == text


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://x.example/1", True),
        ("http://x.example/1", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("//x.example", False),
        ("https://", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_links_of_the_web_are_kept(url: str, kept: bool) -> None:
    assert bool(safe_link(url)) is kept


def point(minute: int, observed: float) -> BandPoint:
    return BandPoint(
        at=AT + timedelta(minutes=minute), observed=observed, total=observed + 9, expected=4, low=1, high=8
    )


def test_the_small_chart_is_scaled_to_its_drawing() -> None:
    chart = small_chart([point(0, 0), point(60, 20)], AT, AT + timedelta(minutes=60))
    assert chart is not None
    assert chart.line == f"0.0,{HEIGHT:.1f} {WIDTH:.1f},0.0"
    assert chart.top == 20
    assert (chart.x, chart.y) == (100.0, 0.0)
    assert small_chart([point(0, 1)], AT, AT) is None


def test_a_narrow_band_is_drawn_so_high_that_it_can_be_seen() -> None:
    narrow = [
        BandPoint(at=AT + timedelta(minutes=minute), observed=500, total=600, expected=0, low=0, high=1)
        for minute in (0, 60)
    ]
    chart = small_chart(narrow, AT, AT + timedelta(minutes=60))
    assert chart is not None
    heights = [float(corner.split(",")[1]) for corner in chart.bands[0].outline.split()]
    assert heights[2] - heights[1] >= 3


def test_what_is_not_known_yet_is_a_band_of_its_own_up_to_where_it_is_known() -> None:
    points = [
        replace(point(minute, 3), learning=minute < 30, high=9 if minute < 30 else 4) for minute in (0, 15, 30, 60)
    ]
    chart = small_chart(points, AT, AT + timedelta(minutes=60))
    assert chart is not None
    learning, known = chart.bands
    assert (learning.learning, known.learning) == (True, False)
    corners = [[corner.split(",") for corner in band.outline.split()] for band in chart.bands]
    assert [[float(x) for x, _ in each[: len(each) // 2]] for each in corners] == [
        [0, WIDTH / 4, WIDTH / 2],
        [WIDTH / 2, WIDTH],
    ]
    assert {y for _, y in corners[0][:3]} == {f"{HEIGHT * 0.1:.1f}"}


def at_minutes(points: list[BandPoint]) -> list[tuple[float, float]]:
    return [((item.at - AT) / timedelta(minutes=1), item.observed) for item in points]


def test_what_was_last_seen_holds_until_the_next_point_and_to_the_end() -> None:
    shown = held([point(0, 4), point(1, 5), point(30, 7)], AT, AT + timedelta(minutes=50), HOUR)
    assert at_minutes(shown) == [(0, 4), (1, 5), (29, 5), (30, 7), (50, 7)]


def test_the_point_of_the_running_minute_is_drawn_at_the_end() -> None:
    shown = held([point(0, 4), point(1, 9)], AT, AT + timedelta(seconds=30), HOUR)
    assert at_minutes(shown) == [(0, 4), (0.5, 9)]


def test_a_window_without_mentions_holds_none() -> None:
    shown = held([point(0, 4), point(200, 1)], AT, AT + timedelta(minutes=300), HOUR)
    assert at_minutes(shown) == [(0, 4), (60, 4), (60, 0), (199, 0), (200, 1), (260, 1), (260, 0), (300, 0)]
    assert {item.high for item in shown} == {8}


def test_a_range_begins_with_what_held_before_it() -> None:
    shown = held([point(-40, 3), point(-1, 6), point(10, 7)], AT, AT + timedelta(minutes=10), HOUR)
    assert at_minutes(shown) == [(0, 6), (9, 6), (10, 7)]
    assert held([], AT, AT + timedelta(minutes=10), HOUR) == []


@given(
    st.lists(st.integers(-60, 600), unique=True).map(sorted),
    st.integers(0, 600),
)
def test_held_points_are_in_order_and_none_is_lost(minutes: list[int], end: int) -> None:
    until = AT + timedelta(minutes=end)
    points = [point(minute, 1) for minute in minutes if minute <= end + 1]
    shown = held(points, AT, until, HOUR)
    assert shown == sorted(shown, key=lambda item: item.at)
    assert all(AT <= item.at <= until for item in shown)
    assert {min(item.at, until) for item in points if item.at >= AT} <= {item.at for item in shown}


def test_thinning_keeps_peaks_and_the_end() -> None:
    points = [point(minute, 99 if minute == 501 else 1) for minute in range(1000)]
    kept = thinned(points, 100)
    assert len(kept) <= 101
    assert max(item.observed for item in kept) == 99
    assert kept[-1] is points[-1]
    assert thinned(points[:50], 100) == points[:50]


@given(st.floats(0, 1e9))
def test_the_scale_is_never_below_its_value(value: float) -> None:
    assert nice_top(value) >= value
    assert str(nice_top(value)).rstrip("0") in {"1", "2", "5"}


def test_the_time_budget_is_in_the_order_in_which_it_happened() -> None:
    mention = Mention(id="m", brand="B", source="x", network_id="1", created_at=AT, ingested_at=AT, text="t")
    score = Score(
        label=Label.NEGATIVE,
        p_negative=1,
        p_neutral=0,
        p_positive=0,
        reading=Reading(language="en"),
        model="m",
        scored_at=AT,
    )
    budget = TimeBudget(
        posted=AT, ingested=AT + timedelta(seconds=4), seen=AT + timedelta(seconds=9), scored=AT + timedelta(seconds=6)
    )
    found = steps(StoredMention(mention=mention, score=score, budget=budget))
    assert [(step.name, step.took) for step in found] == [
        ("posted", None),
        ("ingested", timedelta(seconds=4)),
        ("scored", timedelta(seconds=2)),
        ("seen", timedelta(seconds=3)),
    ]


def incident(name: str, level: Level, state: IncidentState, minute: int) -> Incident:
    return Incident(
        id=name,
        brand="B",
        state=state,
        level=level,
        peak=level,
        rule="r",
        reason=WORDS,
        observed=1,
        expected_low=0,
        expected_high=1,
        opened_at=AT + timedelta(minutes=minute),
        updated_at=AT,
    )


def test_the_gravest_open_incident_else_the_latest() -> None:
    closed = incident("old", Level.RED, IncidentState.CLOSED, 0)
    later = incident("later", Level.BLUE, IncidentState.CLOSED, 5)
    still = incident("open", Level.BLUE, IncidentState.CALM, 1)
    assert gravest([closed, later, still], [still]) is still
    assert gravest([closed, later], []) is later
    assert gravest([], []) is None


def test_a_cookie_carries_every_name() -> None:
    assert cookie_value("陳 小美;") == "%E9%99%B3%20%E5%B0%8F%E7%BE%8E%3B"


@pytest.mark.parametrize(
    ("starting", "urgent", "overdue", "troubles", "said"),
    [
        ((), 0, 0, {}, "calm"),
        (("bus",), 0, 0, {}, "calm"),
        ((), 0, 0, {"store": "it is full"}, "troubled"),
        ((), 0, 1, {"store": "it is full"}, "overdue"),
        ((), 1, 1, {}, "urgent"),
        (("model",), 1, 1, {}, "starting"),
    ],
)
def test_all_is_calm_only_where_nothing_waits_that_should_not(
    starting: tuple[str, ...], urgent: int, overdue: int, troubles: dict[str, str], said: str
) -> None:
    status = Status(
        incident=None, incidents=0, open=3, soon=1, overdue=overdue, urgent=urgent, sources=(), starting=starting,
        missing={}, troubles=troubles,
    )  # fmt: skip
    assert status.verdict == said
    unwatched = Status(
        incident=None, incidents=0, open=0, soon=0, overdue=0, urgent=0, sources=(), starting=(),
        missing={"scoring": "nobody runs it"}, troubles={},
    )  # fmt: skip
    assert unwatched.verdict == "troubled"
