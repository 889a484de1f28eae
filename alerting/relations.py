"""How what rises in segments of a brand hangs together at one moment; `alerting.causes` asks."""

from collections.abc import Collection, Mapping
from datetime import datetime

from alerting.gauge import Gauge
from alerting.settings import AlertingSettings
from alerting.signals import Signal
from alerting.voices import Listening
from core.segment import WHOLE


class Relations:
    """What the gauges of a brand show at a moment.

    Args:
        gauges: those of the segments, and that of the whole.
        listening: hears posts; None where they can't be looked at.
        settings: the settings.
        at: the moment (event time).
        minute: the last minute (since 1970) of the windows.
    """

    def __init__(
        self,
        gauges: Mapping[str, Gauge],
        listening: Listening | None,
        settings: AlertingSettings,
        *,
        at: datetime,
        minute: int,
    ) -> None:
        self._gauges = gauges
        self._listening = listening
        self._settings = settings
        self._at = at
        self._minute = minute

    def explained(self, segment: str, whole: Signal) -> float:
        """How much of what is more than usual in the whole a segment makes up."""
        return self._excess(segment, whole) / max(1.0, self._excess(WHOLE, whole))

    def shared(self, signal: Signal, segments: Collection[str]) -> float:
        """How much of the rise that a finding is about may be posts that count in one of some segments as well."""
        if self._listening is None:
            # Where posts can't be looked at, what rises at one time is taken for one cause.
            return 1.0
        common = self._listening.heard(signal, self._at).share_in(segments) * signal.observed
        risen = sum(self._excess(segment, signal) for segment in segments)
        return min(common, risen) / max(1.0, self._excess(signal.segment, signal))

    def _excess(self, segment: str, signal: Signal) -> float:
        """By how many a segment exceeds what is expected, in the window of a finding."""
        gauge = self._gauges.get(segment)
        minutes = signal.minutes or self._settings.window_minutes
        return gauge.excess(self._minute, minutes) if gauge is not None else 0.0
