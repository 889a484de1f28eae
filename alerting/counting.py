"""How a scored mention counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from alerting.series import Counts, minute_of, moment_of, tallied
from alerting.settings import AlertingSettings
from core.alert import Tally, TallyEntry
from core.mention import MOST_FOLLOWERS, Label, Mention, Score
from core.segment import WHOLE, segments_of


class Change(NamedTuple):
    """A change of a brand's counts at a moment of event time, and of those of its segments."""

    at: datetime
    counts: Counts
    segments: Mapping[str, Counts] = {}


def entry_of(mention: Mention, score: Score, settings: AlertingSettings) -> TallyEntry:
    """What a mention adds to the counts of its brand and of segments of it."""
    kinds = settings.sensitive_kinds if score.label != Label.POSITIVE else settings.sensitive_any_tone
    negative = score.label == Label.NEGATIVE
    return TallyEntry(
        mention=mention.id,
        at=mention.created_at,
        negative=negative,
        sensitive=not kinds.isdisjoint(score.reading.sensitive),
        reach=min(max(0, mention.followers or 0), MOST_FOLLOWERS) if negative else 0,
        segments=segments_of(mention, score),
    )


def change_of(entry: TallyEntry, *, back: bool = False) -> Change:
    """What an entry changes; `back`: what takes it back."""
    counts = Counts(1, int(entry.negative), int(entry.sensitive), entry.reach)
    counts = counts.negated() if back else counts
    return Change(entry.at, counts, dict.fromkeys(entry.segments, counts))


def in_order(entries: Sequence[TallyEntry], changes: Sequence[Tally]) -> list[Change]:
    """The changes really made to the counts, in the order in which the mentions came in.

    Usually every entry is new and counts for itself, which makes the alerts independent of how the stream was cut into
    batches. Where some were counted before or have moved, only the sums for each minute are known.
    """
    made = [change_of(entry) for entry in entries]
    if list(changes) == _sums(made):
        return made
    last = {minute_of(entry.at): entry.at for entry in entries}
    return [change._replace(at=last.get(minute_of(change.at), change.at)) for change in by_minute(changes)]


def by_minute(tallies: Sequence[Tally]) -> list[Change]:
    """What was counted, a change for each minute, in order of time."""
    minutes: dict[datetime, dict[str, Counts]] = {}
    for tally in tallies:
        minutes.setdefault(tally.minute, {})[tally.segment] = tallied(tally)
    return [Change(minute, counts.pop(WHOLE, Counts()), counts) for minute, counts in sorted(minutes.items())]


def _sums(changes: Sequence[Change]) -> list[Tally]:
    """What changes come to, in order of time; the whole before its segments."""
    sums: dict[tuple[int, str], Counts] = {}
    for change in changes:
        minute = minute_of(change.at)
        for segment, counts in ((WHOLE, change.counts), *change.segments.items()):
            sums[minute, segment] = sums.get((minute, segment), Counts()).plus(counts)
    return [
        Tally(minute=moment_of(minute), segment=segment, **counts._asdict())
        for (minute, segment), counts in sorted(sums.items())
    ]
