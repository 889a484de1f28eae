"""What a watch is made of again from what a store kept."""

from collections import defaultdict
from collections.abc import Sequence

from alerting.series import BrandSeries
from alerting.settings import AlertingSettings
from alerting.surprise import Peaks
from core.alert import Peak, Tally
from core.segment import WHOLE

Restored = tuple[BrandSeries, Peaks, dict[str, tuple[BrandSeries, Peaks]]]


def restored(tallies: Sequence[Tally], peaks: Sequence[Peak], settings: AlertingSettings) -> Restored:
    """Counts and peaks of a brand as a whole, and those of each of its segments."""
    counts: dict[str, list[Tally]] = defaultdict(list)
    heights: dict[str, list[Peak]] = defaultdict(list)
    for tally in tallies:
        counts[tally.segment].append(tally)
    for peak in peaks:
        heights[peak.segment].append(peak)

    def both(segment: str) -> tuple[BrandSeries, Peaks]:
        series = BrandSeries(settings.history_days)
        series.load(counts[segment])
        return series, Peaks(settings.history_days, heights[segment])

    whole = both(WHOLE)
    names = sorted(set(counts) - {WHOLE}) if settings.segment_rule else []
    return (*whole, {segment: both(segment) for segment in names})
