"""How a scored mention counts."""

from collections.abc import Sequence
from datetime import datetime

from alerting.series import Counts, minute_of, moment_of
from alerting.settings import AlertingSettings
from core.alert import Tally, TallyEntry
from core.mention import Label, Mention, Score


def entry_of(mention: Mention, score: Score, settings: AlertingSettings) -> TallyEntry:
    """What a mention adds to its brand's counts."""
    kinds = settings.sensitive_kinds if score.label != Label.POSITIVE else settings.sensitive_any_tone
    return TallyEntry(
        mention=mention.id,
        at=mention.created_at,
        negative=score.label == Label.NEGATIVE,
        sensitive=not kinds.isdisjoint(score.reading.sensitive),
    )


def counts_of(entry: TallyEntry) -> Counts:
    """The same as counts."""
    return Counts(1, int(entry.negative), int(entry.sensitive))


Change = tuple[datetime, Counts]
"""A change of counts at a moment of event time."""


def in_order(entries: Sequence[TallyEntry], changes: Sequence[Tally]) -> list[Change]:
    """The changes really made to the counts, in the order in which the mentions came in.

    Usually every entry is new and counts for itself, which makes the alerts independent of how the stream was cut into
    batches. Where some were counted before or have moved, only the sums for each minute are known.
    """
    if list(changes) == _sums(entries):
        return [(entry.at, counts_of(entry)) for entry in entries]
    last = {minute_of(entry.at): entry.at for entry in entries}
    return [
        (last.get(minute_of(tally.minute), tally.minute), Counts(tally.total, tally.negative, tally.sensitive))
        for tally in changes
    ]


def _sums(entries: Sequence[TallyEntry]) -> list[Tally]:
    sums: dict[int, Counts] = {}
    for entry in entries:
        minute = minute_of(entry.at)
        sums[minute] = sums.get(minute, Counts()).plus(counts_of(entry))
    return [
        Tally(minute=moment_of(minute), total=one.total, negative=one.negative, sensitive=one.sensitive)
        for minute, one in sorted(sums.items())
    ]
