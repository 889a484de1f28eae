"""Mentions, cases and the like with everything filled in, so that a test names only what it is about."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from core.alert import Alert, AlertEvent, Incident, IncidentState, Level
from core.case import Case, Delivery, Draft, Finding, Grade
from core.escalation import Deed, Escalation, Handling
from core.mention import Correction, Label, Mention, Reading, Score, ScoredMention
from core.paging import Attempt, PageKind
from core.ports.bus import Message
from core.ports.store import Store
from tests.fakes import MONDAY

WORDS = {"en": "why", "zh-Hant": "為什麼", "zh-Hans": "为什么"}
HOSTILE = [
    "\x00",
    "\ud800",
    "a\udfff\x00b",
    "'); DROP TABLE mentions; --",
    "%_\\",
    "<script>",
    "😀é" * 50_000,
    "\u202e",
]


def scored(number: int = 0, *, sensitive: tuple[str, ...] = (), label: Label = Label.NEGATIVE, **fields: Any) -> Any:
    mention = {
        "id": f"m-{number:04}",
        "brand": "Kettle",
        "source": "x",
        "network_id": str(number),
        "created_at": MONDAY + timedelta(seconds=number),
        "ingested_at": MONDAY + timedelta(seconds=number + 5),
        "text": f"The kettle number {number} leaks",
        "author": "@someone",
        "conversation": "thread",
        "in_reply_to": "parent",
        "url": "https://example.org/1",
        "language_hint": "en",
        "followers": 2**40,
        "origin": "replay",
    }
    score = Score(
        label=label,
        p_negative=0.7,
        p_neutral=0.2,
        p_positive=0.1,
        reading=Reading(language="en", themes=("quality",), sensitive=sensitive),
        model="words",
        scored_at=MONDAY + timedelta(seconds=number + 6, microseconds=1),
    )
    return ScoredMention(mention=Mention(**{**mention, **fields}), score=score)


def case(number: int = 0, **fields: Any) -> Case:
    made: dict[str, Any] = {
        "id": f"c-{number:04}",
        "mention": f"m-{number:04}",
        "brand": "Kettle",
        "channel": "x",
        "language": "en",
        "grade": Grade.STANDARD,
        "why_grade": WORDS,
        "themes": ("quality",),
        "opened_at": MONDAY + timedelta(minutes=number),
        "golden_at": MONDAY + timedelta(minutes=6),
        "limit_at": MONDAY + timedelta(hours=1),
        "updated_at": MONDAY,
    }
    return Case(**{**made, **fields})


def correction(number: int = 0, **fields: Any) -> Correction:
    made: dict[str, Any] = {
        "mention": f"m-{number:04}",
        "brand": "Kettle",
        "language": "en",
        "label": Label.POSITIVE,
        "given": Label.NEGATIVE,
        "p_negative": 0.7,
        "p_neutral": 0.2,
        "p_positive": 0.1,
        "model": "words",
        "corrected_by": "Ada",
        "corrected_at": MONDAY + timedelta(minutes=number),
    }
    return Correction(**{**made, **fields})


def draft(text: str = "We are sorry.") -> Draft:
    finding = Finding(rule="length", severity="hint", start=0, end=2, message=WORDS, fix=WORDS)
    return Draft(text=text, approach="apologise", language="en", findings=(finding,))


def delivery(number: int = 0, **fields: Any) -> Delivery:
    made: dict[str, Any] = {
        "id": f"d-{number:04}",
        "case": f"c-{number:04}",
        "mention": f"m-{number:04}",
        "brand": "Kettle",
        "channel": "x",
        "text": "We are sorry.",
        "approach": "apologise",
        "approved_by": "Ada",
        "approved_at": MONDAY + timedelta(minutes=number),
        "not_before": MONDAY + timedelta(minutes=number, seconds=10),
    }
    return Delivery(**{**made, **fields})


def incident(number: int = 0, **fields: Any) -> Incident:
    made: dict[str, Any] = {
        "id": f"i-{number:04}",
        "brand": "Kettle",
        "state": IncidentState.OPEN,
        "level": Level.YELLOW,
        "peak": Level.ORANGE,
        "rule": "band",
        "reason": WORDS,
        "observed": 21.0,
        "expected_low": 0.5,
        "expected_high": 7.25,
        "opened_at": MONDAY + timedelta(minutes=number),
        "updated_at": MONDAY + timedelta(minutes=number),
        "themes": ("quality", "safety"),
    }
    return Incident(**{**made, **fields})


def alert(number: int = 0, **fields: Any) -> Alert:
    made: dict[str, Any] = {
        "id": f"a-{number:04}",
        "brand": "Kettle",
        "incident": "i-0000",
        "at": MONDAY,
        "event": AlertEvent.OPENED,
        "level": Level.YELLOW,
        "rule": "band",
        "reason": WORDS,
        "observed": 21.0,
        "expected_low": 0.5,
        "expected_high": 7.25,
    }
    return Alert(**{**made, **fields})


def escalation(number: int = 0, **fields: Any) -> Escalation:
    made: dict[str, Any] = {"incident": f"i-{number:04}", "brand": "Kettle", "ended": False, "alerted_at": MONDAY}
    return Escalation(**{**made, **fields})


def attempt(number: int = 0, **fields: Any) -> Attempt:
    made: dict[str, Any] = {
        "page": f"p-{number:04}",
        "person": "Mei-Ling",
        "channel": "sms",
        "at": MONDAY + timedelta(minutes=number),
        "incident": "i-0001",
        "kind": PageKind.RAISED,
        "level": Level.ORANGE,
        "alerted_at": MONDAY,
    }
    return Attempt(**{**made, **fields})


def handling(number: int = 0, **fields: Any) -> Handling:
    made: dict[str, Any] = {
        "id": f"h-{number:04}",
        "incident": "i-0001",
        "deed": Deed.ACKNOWLEDGED,
        "by": "Ada",
        "at": MONDAY + timedelta(minutes=number),
    }
    return Handling(**{**made, **fields})


class NotYet(Exception):  # noqa: N818 - what keeps events in the outbox
    """The bus can't be reached."""


def outbox(store: Store) -> list[Message]:
    """What waits in the outbox, where it stays."""
    found: list[Message] = []
    with suppress(NotYet), store.outgoing(1_000) as items:
        found = [item.message for item in items]
        raise NotYet
    return found
