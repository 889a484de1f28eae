"""What would have fired: recorded mentions, or ready-made counts, driven by their own time."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from alerting.counting import change_of, entry_of
from alerting.evidence import counts_in
from alerting.series import BrandSeries, Counts, minute_of
from alerting.settings import AlertingSettings
from alerting.shares import Shares
from alerting.voices import MOST_HEARD, Hearing, Voices, voices
from alerting.watch import Watch
from core.alert import Alert, AlertEvent, TallyEntry
from core.corrected_share import LabelCount
from core.mention import Label, ScoredMention
from core.model_error import KnownError
from core.watched import Watched

_INSTANT = timedelta(microseconds=1)


def backtest_mentions(
    mentions: Iterable[ScoredMention],
    settings: AlertingSettings,
    known_error: KnownError | None = None,
    watched: Watched | None = None,
) -> Iterator[Alert]:
    """The alerts that the service would have given for these mentions, in order of time.

    Mentions are best given in the order in which they came in; a later one with the same id replaces the earlier one.
    Event time goes on after the last mention until every incident is closed. `known_error` is that of the model that
    gave the labels; without it no share is corrected. `watched` says since when silence means that nobody spoke.
    """
    watches: dict[str, Watch] = {}
    posted = _Posted()
    counted: dict[str, TallyEntry] = {}
    minute = None
    for scored in mentions:
        entry = entry_of(scored.mention, scored.score, settings)
        brand = scored.mention.brand
        if minute != minute_of(entry.at):
            minute = minute_of(entry.at)
            yield from _pass_time(watches.values(), entry.at)
        before = counted.get(entry.mention)
        if before == entry:
            continue
        posted.add(scored)
        watch = watches.get(brand)
        if watch is None:
            shares = Shares(brand, known_error, posted.counts, settings) if known_error else None
            watch = watches[brand] = new_watch(brand, settings, shares, watched, posted.voices)
        changes = [change_of(before, back=True)] if before else []
        counted[entry.mention] = entry
        for change in (*changes, change_of(entry)):
            yield from watch.observe(change.at, change.counts, segments=change.segments)
        watch.take_points()
        watch.take_peaks()
    while still_open := [watch for watch in watches.values() if watch.open]:
        end = max(watch.watermark for watch in still_open if watch.watermark is not None)
        yield from _pass_time(still_open, end + timedelta(days=1))


def backtest_counts(
    rows: Iterable[tuple[str, datetime, float]], settings: AlertingSettings
) -> Iterator[tuple[str, datetime]]:
    """The moments at which ready-made counts leave their usual level upwards.

    Rows are (series, moment at which the step begins, count in it), each series in order of time and at any regular
    step. What is yielded are rows' own series and moments; the points that follow while a series stays high, or comes
    back within the time in which an incident is opened again, are not repeated. Windows shorter than the step, which
    would see nothing of the time between, are left out.
    """
    watches: dict[str, Watch] = {}
    first: dict[str, tuple[datetime, float]] = {}
    told: set[str] = set()

    def seen(series: str, moment: datetime, value: float) -> bool:
        count, watch = round(value), watches[series]
        alerts = watch.observe(moment, Counts(count, count, 0))
        watch.take_points()
        watch.take_peaks()
        new = {alert.incident for alert in alerts if alert.event == AlertEvent.OPENED} - told
        told.update(new)
        return bool(new)

    for series, moment, value in rows:
        if series not in watches:
            if series not in first:
                first[series] = moment, value
                continue
            watches[series] = new_watch(series, _for_step(settings, moment - first[series][0]))
            if seen(series, *first[series]):
                yield series, first[series][0]
        if seen(series, moment, value):
            yield series, moment


def _for_step(settings: AlertingSettings, step: timedelta) -> AlertingSettings:
    """The settings with no window shorter than the step of ready-made counts."""
    minutes = min(max(1, step // timedelta(minutes=1)), 24 * 60)
    return replace(
        settings,
        window_minutes=max(settings.window_minutes, minutes),
        windows=tuple(sorted({max(window, minutes) for window in settings.windows})),
    )


def alert_line(alert: Alert) -> dict[str, Any]:
    """An alert as a line of ``alerts.jsonl``: the reason in English, and in every language under ``reasons``."""
    return {
        "brand": alert.brand,
        "incident": alert.incident,
        "at": alert.at,
        "event": alert.event.value,
        "level": int(alert.level),
        "rule": alert.rule,
        "reason": alert.reason["en"],
        "reasons": alert.reason,
        "observed": alert.observed,
        "expected_low": alert.expected_low,
        "expected_high": alert.expected_high,
        "segment": alert.segment,
    }


def new_watch(
    brand: str,
    settings: AlertingSettings,
    shares: Shares | None = None,
    watched: Watched | None = None,
    hear: Hearing | None = None,
) -> Watch:
    """The watch of a brand that nothing is known of yet, or that was silent since it is `watched`."""
    return Watch(brand, settings, BrandSeries(settings.history_days), shares=shares, sight=lambda _: watched, hear=hear)


class _Posted:
    """What came so far, counted by language and by voices as the store does for the service."""

    def __init__(self) -> None:
        self._posted: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        self._known: dict[str, ScoredMention] = {}

    def add(self, scored: ScoredMention) -> None:
        """One more, or another one in the place of that with the same id."""
        mention = scored.mention
        posted = self._posted[mention.brand]
        before = self._known.get(mention.id)
        if before is not None:
            del posted[bisect_left(posted, (before.mention.created_at, mention.id))]
        insort(posted, (mention.created_at, mention.id))
        self._known[mention.id] = scored

    def counts(self, brand: str, since: datetime, until: datetime) -> list[LabelCount]:
        """Mentions of a brand posted in a range (end exclusive)."""
        posted = self._posted[brand]
        ids = [id_ for _, id_ in posted[bisect_left(posted, (since, "")) : bisect_left(posted, (until, ""))]]
        told = Counter((self._known[id_].score.reading.language, self._known[id_].score.label) for id_ in ids)
        return [LabelCount(language=language, label=label, mentions=count) for (language, label), count in told.items()]

    def voices(self, brand: str, segment: str, since: datetime, until: datetime) -> Voices:
        """Those of the latest negative mentions in a segment posted in a range (both ends included)."""
        posted = self._posted[brand]
        of_range = posted[bisect_left(posted, (since, "")) : bisect_left(posted, (until + _INSTANT, ""))]
        latest_first = (self._known[id_] for _, id_ in reversed(of_range))
        negative = (one for one in latest_first if one.score.label == Label.NEGATIVE)
        of_segment = (one for one in negative if counts_in(one, segment))
        return voices(islice(of_segment, MOST_HEARD))


def _pass_time(watches: Iterable[Watch], until: datetime) -> list[Alert]:
    alerts = [alert for watch in watches for alert in watch.tick(until)]
    for watch in watches:
        watch.take_points()
    return sorted(alerts, key=lambda alert: (alert.at, alert.brand))
