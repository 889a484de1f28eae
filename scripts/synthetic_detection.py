"""False alarms and delays of the alarm on made-up brands of every size whose labels are wrong for three in ten.

Usage: synthetic_detection.py [--weeks 8] [--seeds 3]

Each brand has a rhythm of the day, a fifth of its mentions is negative, and each label is wrong with probability 0.3.
In the quiet weeks nothing happens, so that every alarm is false. Then come crises, ten days apart: for two hours as
many mentions more as the brand has otherwise, at least 40 an hour, nine in ten of them negative.
"""

import argparse
import heapq
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import starmap
from statistics import median

from alerting.backtest import new_watch
from alerting.series import Counts
from alerting.settings import AlertingSettings
from core.alert import AlertEvent

START = datetime(2026, 3, 2, tzinfo=UTC)
NOISE, SHARE, ANGRY = 0.3, 0.2, 0.9
CRISES, APART, LONG = 5, timedelta(days=10), timedelta(hours=2)
TOLD = {AlertEvent.OPENED, AlertEvent.RAISED}


def arrivals(dice: random.Random, rate: float, at: datetime, end: datetime, *, rhythm: bool) -> Iterator[datetime]:
    """Moments of a Poisson process, with three times as many in the afternoon as at night."""
    while (at := at + timedelta(hours=dice.expovariate(1.5 * rate if rhythm else rate))) < end:
        if not rhythm or dice.random() < (1 - 0.5 * math.cos(2 * math.pi * (at.hour - 3) / 24)) / 1.5:
            yield at


def one_brand(rate: float, weeks: int, seed: int) -> tuple[int, list[float | None]]:
    """False alarms in the quiet weeks, and the minutes that each crisis took to be seen (None: it wasn't)."""
    dice, extra = random.Random(seed), max(rate, 40.0)
    quiet_end = START + timedelta(weeks=weeks)
    begins = [quiet_end + number * APART + timedelta(hours=dice.uniform(0, 24)) for number in range(1, CRISES + 1)]
    usual = ((at, SHARE) for at in arrivals(dice, rate, START, begins[-1] + LONG, rhythm=True))
    storms = ((at, ANGRY) for begin in begins for at in arrivals(dice, extra, begin, begin + LONG, rhythm=False))
    watch, told = new_watch("made up", AlertingSettings()), []
    for at, share in heapq.merge(usual, storms):
        negative = (dice.random() < share) != (dice.random() < NOISE)
        told += [alert for alert in watch.observe(at, Counts(1, int(negative), 0)) if alert.event in TOLD]
        watch.take_points()
        watch.take_peaks()
    false = sum(alert.event == AlertEvent.OPENED and alert.at < quiet_end for alert in told)
    delays = [
        next(((alert.at - begin) / timedelta(minutes=1) for alert in told if begin <= alert.at < begin + LONG), None)
        for begin in begins
    ]
    return false, delays


def main() -> None:
    """Print a Markdown table, a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print("| mentions an hour | false alarms a week | crises seen | median delay in minutes | slowest of ten |")
    print("|---|---|---|---|---|")
    for rate in (1.0, 10.0, 100.0, 1000.0):
        found = list(starmap(one_brand, ((rate, options.weeks, seed) for seed in range(options.seeds))))
        delays = sorted(delay for _, each in found for delay in each if delay is not None)
        crises = sum(len(each) for _, each in found)
        often = sum(false for false, _ in found) / (options.weeks * options.seeds)
        slow = delays[round(0.9 * (len(delays) - 1))]
        print(
            f"| {rate:.0f} | {often:.2f} | {len(delays)} of {crises} | {median(delays):.0f} | {slow:.0f} |", flush=True
        )


if __name__ == "__main__":
    main()
