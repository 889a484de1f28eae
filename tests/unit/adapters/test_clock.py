from datetime import UTC, timedelta

from adapters.clock import SystemClock


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_the_system_clock_moves_on_by_at_least_what_was_slept() -> None:
    clock = SystemClock()
    before, then = clock.monotonic(), clock.now()
    clock.sleep(0.001)
    assert clock.monotonic() - before >= 0.001
    assert clock.now() - then > timedelta(0)
