"""Stand-ins for what tests must control: the time, and the classifier where scores are not the point."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from core.mention import Judgement

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when told to; sleeping moves it on at once."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self.time = start

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def forward(self, **duration: float) -> None:
        """Move on, for example ``forward(minutes=5)``."""
        self.time += timedelta(**duration)


class WordClassifier:
    """Negative where a bad word stands, positive where a good one stands, else neutral."""

    name = "words"

    def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
        return [self._one(text.lower()) for text in texts]

    def _one(self, text: str) -> Judgement:
        if any(word in text for word in ("bad", "broken", "terrible", "fire", "差", "壞", "坏", "爛", "起火")):
            return Judgement(0.9, 0.07, 0.03)
        if any(word in text for word in ("good", "great", "love", "好", "讚", "赞", "棒")):
            return Judgement(0.03, 0.07, 0.9)
        return Judgement(0.1, 0.8, 0.1)
