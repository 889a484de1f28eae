"""Scores for files: what the sentiment worker does to the stream, done to a list."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.errors import InputError
from core.mention import Label, Reading, Score, ScoredMention
from ingest.normalise import normalise
from ingest.recorded import Recorded
from runtime.progress import Progress
from sentiment.scorer import Scorer

ADDED = (
    *("label", "p_negative", "p_neutral", "p_positive", "language"),
    *("emotion", "p_complaint", "urgent", "ironic", "themes", "sensitive"),
)
"""The columns that `classify` adds."""

_CHUNK = 512
_PLACES = 4


def by_model(recorded: Sequence[Recorded], scorer: Scorer, now: datetime) -> list[ScoredMention]:
    """Every mention that can be scored with the scorer's score, with progress."""
    scored: list[ScoredMention] = []
    with Progress("texts scored") as progress:
        for start in range(0, len(recorded), _CHUNK):
            part = [each.mention for each in recorded[start : start + _CHUNK]]
            given = scorer.scores([(mention.text, mention.language_hint) for mention in part], now)
            scored += [
                ScoredMention(mention=mention, score=score)
                for mention, score in zip(part, given, strict=True)
                if isinstance(score, Score)
            ]
            progress.show(start + len(part), len(recorded))
    return scored


def all_negative(
    recorded: Sequence[Recorded], read: Callable[[str, str], Reading], now: datetime
) -> list[ScoredMention]:
    """Every mention as a complaint: a stream that was collected because something bad had happened."""
    negative = [msgspec.structs.replace(each, label=Label.NEGATIVE) for each in recorded]
    return by_file(negative, read, now)


def by_file(recorded: Sequence[Recorded], read: Callable[[str, str], Reading], now: datetime) -> list[ScoredMention]:
    """Every mention that carries a label of its own, taken as certain.

    Raises:
        InputError: no mention carries one.
    """
    scored = []
    for each in recorded:
        if each.label is None:
            continue
        found = read(each.mention.text, each.mention.language_hint)
        score = Score(
            label=each.label,
            p_negative=float(each.label is Label.NEGATIVE),
            p_neutral=float(each.label is Label.NEUTRAL),
            p_positive=float(each.label is Label.POSITIVE),
            reading=found,
            model="labels of the file",
            scored_at=now,
        )
        scored.append(ScoredMention(mention=each.mention, score=score))
    if not scored:
        raise InputError("--labels file: no row has a label; name their column with --map label=COLUMN")
    return scored


def columns(texts: Sequence[str], scorer: Scorer, now: datetime) -> list[dict[str, Any]]:
    """What `classify` adds to each row. A text that can't be scored has the label ``unknown``.

    `p_complaint` is empty where the model doesn't say; `themes` and `sensitive` are joined by semicolons. Texts are
    read as those of the stream are: normalised first.
    """
    scores = [score if isinstance(score, Score) else scorer.none(now) for score in _scores(scorer, texts, now)]
    return [
        {
            "label": score.label.value,
            "p_negative": round(score.p_negative, _PLACES),
            "p_neutral": round(score.p_neutral, _PLACES),
            "p_positive": round(score.p_positive, _PLACES),
            "language": score.reading.language,
            "emotion": score.emotion,
            "p_complaint": "" if score.p_complaint is None else round(score.p_complaint, _PLACES),
            "urgent": score.reading.urgent,
            "ironic": score.reading.ironic,
            "themes": ";".join(score.reading.themes),
            "sensitive": ";".join(score.reading.sensitive),
        }
        for score in scores
    ]


def _scores(scorer: Scorer, texts: Sequence[str], now: datetime) -> list[Score | str]:
    return scorer.scores([(normalise(text), "") for text in texts], now)
