from datetime import UTC, datetime, timedelta

from core.sight import SourceGap, SourceState
from core.watched import watched

BEGUN = datetime(2026, 3, 2, 10, 20, tzinfo=UTC)
NOW = BEGUN + timedelta(days=3)
HOUR = int(BEGUN.timestamp()) // 3600


def source(name: str = "x", since: datetime = BEGUN - timedelta(days=9)) -> SourceState:
    return SourceState(name=name, watched_since=since)


def gap(hours: float, long: float, name: str = "x", *, lost: bool = True) -> SourceGap:
    since = BEGUN.replace(minute=0) + timedelta(hours=hours)
    return SourceGap(source=name, since=since, until=since + timedelta(hours=long), lost=lost)


def test_without_any_source_nothing_is_known() -> None:
    assert watched(BEGUN, [], [], NOW) is None


def test_a_brand_is_watched_from_the_first_whole_hour_after_it_was_configured_and_a_source_ran() -> None:
    assert watched(BEGUN, [source()], [], NOW) == watched(BEGUN, [source(), source("y")], [], NOW)
    seen = watched(BEGUN, [source()], [], NOW)
    assert seen
    assert (seen.since, seen.sees(HOUR), seen.sees(HOUR + 1)) == (HOUR + 1, False, True)
    late = watched(BEGUN, [source(since=BEGUN + timedelta(hours=5))], [], NOW)
    assert late
    assert late.since == HOUR + 6


def test_an_hour_is_blind_where_half_of_it_was_lost() -> None:
    seen = watched(BEGUN, [source()], [gap(5.25, 2.5), gap(20, 0.4)], NOW)
    assert seen
    assert seen.blind == {HOUR + 5, HOUR + 6, HOUR + 7}
    assert not seen.sees(HOUR + 6)


def test_what_came_later_after_all_was_not_lost() -> None:
    seen = watched(BEGUN, [source()], [gap(5, 3, lost=False)], NOW)
    assert seen
    assert seen.blind == frozenset()


def test_one_of_three_sources_blinds_nobody_and_two_do() -> None:
    three = [source("x"), source("y"), source("z")]
    one = watched(BEGUN, three, [gap(5, 3)], NOW)
    two = watched(BEGUN, three, [gap(5, 3), gap(6, 9, "y"), gap(6, 9, "gone")], NOW)
    assert one
    assert two
    assert one.blind == frozenset()
    assert two.blind == {HOUR + 6, HOUR + 7}
