"""The share of negative mentions of one brand, corrected for the model's known error: told beside alerts, or judged.

Languages are corrected one by one, and the counts of the alarm have none: mentions are asked for by language when they
are needed. Pure but for that question.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from alerting import wording
from alerting.series import hour_of, moment_of
from alerting.settings import AlertingSettings
from alerting.signals import Corrected
from core.corrected_share import LabelCount, accuracy_of_mix, negative_share
from core.language import Words
from core.model_error import Accuracy, KnownError

Counting = Callable[[str, datetime, datetime], Sequence[LabelCount]]
"""Counts the mentions of a brand that were posted in a range (end exclusive), by language and label."""

_HISTORY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


class Shares:
    """Corrected shares of one brand's windows.

    Args:
        brand: name of the brand.
        known: what is known of the model's error.
        counting: counts mentions by language and label.
        settings: the settings.
    """

    def __init__(self, brand: str, known: KnownError, counting: Counting, settings: AlertingSettings) -> None:
        self._brand = brand
        self._known = known
        self._counting = counting
        self._window = timedelta(minutes=settings.window_minutes)
        self._judged: tuple[int, float, Corrected | None] | None = None
        self._accuracy: tuple[int, Accuracy | None] | None = None

    def told(self, at: datetime, minute: int, *, counted_too: bool) -> Words | None:
        """The corrected share in words, of the window whose last minute is `minute`, as far as it has come at `at`.

        `counted_too`: the share as counted is told as well. None where nothing can be corrected.
        """
        end = moment_of(minute + 1)
        share = negative_share(self._counting(self._brand, end - self._window, min(at + _INSTANT, end)), self._known)
        if share.share is None or share.corrected is None or share.low is None or share.high is None:
            return None
        return wording.share_told(share.share if counted_too else None, (share.corrected, share.low, share.high))

    def judged(self, minute: int, usual: float) -> Corrected | None:
        """What the share rule judges by at a minute, of the window that ends where the minute begins.

        It holds for the whole minute, so that it follows from what was posted before and not from when it is asked
        for. `usual` is the usual share as counted. None where nothing can be corrected.
        """
        if self._judged is None or self._judged[:2] != (minute, usual):
            self._judged = minute, usual, self._judge(moment_of(minute), usual)
        return self._judged[2]

    def _judge(self, until: datetime, usual: float) -> Corrected | None:
        counts = self._counting(self._brand, until - self._window, until)
        share, accuracy = negative_share(counts, self._known), accuracy_of_mix(counts, self._known)
        if share.corrected is None or share.low is None or share.high is None or accuracy is None:
            return None
        before = self._accuracy_before(hour_of(until - self._window)) or accuracy
        truly = min(1.0, max(0.0, before.corrected(usual)))
        return Corrected(
            share=share.corrected,
            low=share.low,
            high=share.high,
            usual=truly,
            counted=accuracy.counted(truly),
        )

    def _accuracy_before(self, hour: int) -> Accuracy | None:
        """That of labels in the mix of languages of the day before an hour, in which usual was learned."""
        if self._accuracy is None or self._accuracy[0] != hour:
            until = moment_of(60 * hour)
            self._accuracy = hour, accuracy_of_mix(self._counting(self._brand, until - _HISTORY, until), self._known)
        return self._accuracy[1]
