"""How a scored mention counts."""

from datetime import datetime

from alerting.series import Counts
from alerting.settings import AlertingSettings
from core.alert import TallyEntry
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
