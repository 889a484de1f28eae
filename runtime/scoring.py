"""Scores for files: what the sentiment worker does to the stream, done to a list."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from core.mention import Label, Reading, Score, ScoredMention
from core.ports import Classifier
from ingest.recorded import Recorded
from runtime.progress import Progress
from sentiment import reading
from sentiment.service import score

ADDED = ("label", "p_negative", "p_neutral", "p_positive", "language")
"""The columns that `classify` adds."""

_CHUNK = 512


def by_model(recorded: Sequence[Recorded], classifier: Classifier, now: datetime) -> list[ScoredMention]:
    """Every mention with the classifier's score, with progress."""
    scored: list[ScoredMention] = []
    with Progress("texts scored") as progress:
        for start in range(0, len(recorded), _CHUNK):
            part = [each.mention for each in recorded[start : start + _CHUNK]]
            readings = [reading.read(mention.text, mention.language_hint) for mention in part]
            for mention, its, given in zip(part, readings, _probabilities(part, readings, classifier), strict=True):
                scored.append(ScoredMention(mention=mention, score=score(given, its, classifier.name, now)))
            progress.show(len(scored), len(recorded))
    return scored
