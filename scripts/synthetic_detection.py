"""False alarms and delays of the alarm on made-up brands of every size whose labels are wrong for three in ten.

Usage: synthetic_detection.py [--weeks 8] [--seeds 3] [--rates 1,10,100,1000] [--one-theme] [--without-segments]

Each brand has a rhythm of the day, a fifth of its mentions is negative, and each label is wrong with probability 0.3.
Three in ten mentions come from a second source, half of them are about one of seven themes, the last of which is one
in a hundred. In the quiet weeks nothing happens, so that every alarm is false. Then come crises, ten days apart: for
two hours as many mentions more as the brand has otherwise, at least 40 an hour, nine in ten of them negative. With
--one-theme they are 20 mentions an hour about the rarest theme, whatever the size of the brand.
"""

import argparse
import heapq
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import starmap
from statistics import median

from alerting.backtest import new_watch
from alerting.series import Counts
from alerting.settings import AlertingSettings
from core.alert import AlertEvent
from core.segment import source_segment, theme_segment

START = datetime(2026, 3, 2, tzinfo=UTC)
NOISE, SHARE, ANGRY = 0.3, 0.2, 0.9
CRISES, APART, LONG = 5, timedelta(days=10), timedelta(hours=2)
TOLD = {AlertEvent.OPENED, AlertEvent.RAISED}
THEMES = {"": 50, "delivery": 15, "quality": 12, "service": 10, "refund": 5, "account": 4, "technical": 3, "price": 1}
RAREST = "price"


def arrivals(dice: random.Random, rate: float, at: datetime, end: datetime, *, rhythm: bool) -> Iterator[datetime]:
    """Moments of a Poisson process, with three times as many in the afternoon as at night."""
    while (at := at + timedelta(hours=dice.expovariate(1.5 * rate if rhythm else rate))) < end:
        if not rhythm or dice.random() < (1 - 0.5 * math.cos(2 * math.pi * (at.hour - 3) / 24)) / 1.5:
            yield at


def one_brand(
    rate: float, weeks: int, seed: int, *, one_theme: bool, settings: AlertingSettings
) -> tuple[int, list[float | None]]:
    """False alarms in the quiet weeks, and the minutes that each crisis took to be seen (None: it wasn't)."""
    dice, extra = random.Random(seed), 20.0 if one_theme else max(rate, 40.0)
    quiet_end = START + timedelta(weeks=weeks)
    begins = [quiet_end + number * APART + timedelta(hours=dice.uniform(0, 24)) for number in range(1, CRISES + 1)]
    usual = ((at, SHARE, "") for at in arrivals(dice, rate, START, begins[-1] + LONG, rhythm=True))
    about = RAREST if one_theme else ""
    storms = ((at, ANGRY, about) for begin in begins for at in arrivals(dice, extra, begin, begin + LONG, rhythm=False))
    watch, told = new_watch("made up", settings), []
    for at, share, known in heapq.merge(usual, storms):
        negative = (dice.random() < share) != (dice.random() < NOISE)
        count = Counts(1, int(negative), 0)
        theme = known or dice.choices(list(THEMES), list(THEMES.values()))[0]
        segments = [source_segment("x" if dice.random() < 0.7 else "reddit")]
        segments += [theme_segment(theme)] if theme else []
        alerts = watch.observe(at, count, segments=dict.fromkeys(segments, count))
        told += [alert for alert in alerts if alert.event in TOLD]
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
    parser.add_argument("--rates", default="1,10,100,1000", help="mentions an hour, with commas between them")
    parser.add_argument("--one-theme", action="store_true")
    parser.add_argument("--without-segments", action="store_true")
    options = parser.parse_args()
    judged = partial(
        one_brand, one_theme=options.one_theme, settings=AlertingSettings(segment_rule=not options.without_segments)
    )
    print("| mentions an hour | false alarms a week | crises seen | median delay in minutes | slowest of ten |")
    print("|---|---|---|---|---|")
    for rate in map(float, options.rates.split(",")):
        found = list(starmap(judged, ((rate, options.weeks, seed) for seed in range(options.seeds))))
        delays = sorted(delay for _, each in found for delay in each if delay is not None)
        crises = sum(len(each) for _, each in found)
        often = sum(false for false, _ in found) / (options.weeks * options.seeds)
        soon = f"{median(delays):.0f} | {delays[round(0.9 * (len(delays) - 1))]:.0f}" if delays else " | "
        print(f"| {rate:.0f} | {often:.2f} | {len(delays)} of {crises} | {soon} |", flush=True)


if __name__ == "__main__":
    main()
