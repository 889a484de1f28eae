"""What one evaluation of the alarm costs, and what a brand costs in memory, with many brands on one core.

Usage: alarm_speed.py [--brands 10000]

Each brand has four weeks of history. Brands differ in size as in life: the busiest has 300 negative mentions an hour,
and the hundredth a hundredth of that, at least one a day. Every brand gets one negative mention: the first makes it
learn what is usual, once an hour; the following ones in the next minutes are evaluated only.
"""

import argparse
import random
import resource
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from alerting.series import BrandSeries, Counts, minute_of
from alerting.settings import AlertingSettings
from alerting.surprise import Peaks
from alerting.watch import Watch

NOW = datetime(2026, 3, 30, 12, 5, tzinfo=UTC)
MINUTES = 10
SEGMENTS = {
    "source:x": 0.7,
    "source:reddit": 0.3,
    **{f"theme:{name}": 0.1 for name in ("delivery", "quality", "service", "refund", "price", "account", "technical")},
}
"""Sources and themes of each brand, and their parts of what is said of it."""

ONE = Counts(1, 1, 0)
TOUCHED = {"source:x": ONE, "theme:delivery": ONE}


def main() -> None:
    """Print the figures as sentences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brands", type=int, default=10_000)
    options = parser.parse_args()
    dice, settings = random.Random(5), AlertingSettings()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    watches = []
    for rank in range(1, options.brands + 1):
        rate = max(300 / rank, 1 / 24)
        segments = {name: (_series(dice, part * rate), Peaks(settings.history_days)) for name, part in SEGMENTS.items()}
        watches.append(Watch(f"brand {rank}", settings, _series(dice, rate), (), NOW, segments=segments))
    learned, evaluated = [], []
    for watch in watches:
        begin = time.perf_counter()
        watch.observe(NOW, ONE, segments=TOUCHED)
        learned.append(time.perf_counter() - begin)
    for minute in range(1, MINUTES + 1):
        for watch in watches:
            begin = time.perf_counter()
            watch.observe(NOW + timedelta(minutes=minute), ONE, segments=TOUCHED)
            evaluated.append(time.perf_counter() - begin)
            watch.take_points()
            watch.take_peaks()
    kib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / options.brands
    once, each = 1e3 * sum(learned) / len(learned), 1e6 * sum(evaluated) / len(evaluated)
    print(f"{options.brands} brands: {kib:.0f} KiB each.")
    print(f"Learning what is usual, once an hour: {once:.2f} ms a brand (median {1e3 * median(learned):.2f}).")
    print(f"One evaluation: {each:.0f} µs (median {1e6 * median(evaluated):.0f}).")
    minute, hour = options.brands * each / 1e6, options.brands * once / 1e3
    print(f"All brands once a minute: {minute:.1f} s of each minute; learning: {hour:.0f} s of each hour.")


def _series(dice: random.Random, rate: float) -> BrandSeries:
    """Four weeks of about so many negative mentions an hour."""
    series = BrandSeries(AlertingSettings().history_days)
    for hour in range(28 * 24):
        if count := min(int(dice.expovariate(1 / rate) + 0.5), 3000):
            series.add(minute_of(NOW) - 60 * hour - 70, Counts(2 * count, count, 0))
    return series


if __name__ == "__main__":
    main()
