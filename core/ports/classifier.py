"""What judges texts."""

from collections.abc import Sequence
from typing import Protocol

from core.mention import Judgement


class Classifier(Protocol):
    """Judges texts: sentiment, and more where it can."""

    name: str

    def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
        """What it makes of each text, in their order."""
        ...
