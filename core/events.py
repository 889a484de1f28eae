"""What travels on the bus: topics, events with a version, and how they are written as JSON.

| topic | key | written by | consumer groups |
|---|---|---|---|
| mentions.raw | mention id | ingest, api (webhooks) | sentiment |
| mentions.scored | brand | sentiment, api | alerting, responding |
| alerts | brand | alerting | escalation |
| drafts | case id | responding, api | (other programs) |
| replies.approved | case id | api | publisher |
| *.dead | as source | any | a person |
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from core.alert import Alert
from core.case import Case, Delivery, Draft
from core.errors import InputError
from core.identity import identity
from core.mention import YEARS, Label, Mention, Moment, Score, StoredMention

MENTIONS_RAW = "mentions.raw"
MENTIONS_SCORED = "mentions.scored"
ALERTS = "alerts"
DRAFTS = "drafts"
REPLIES_APPROVED = "replies.approved"
TOPICS = (MENTIONS_RAW, MENTIONS_SCORED, ALERTS, DRAFTS, REPLIES_APPROVED)

SENTIMENT, ALERTING, RESPONDING, ESCALATION, PUBLISHER = (
    "sentiment",
    "alerting",
    "responding",
    "escalation",
    "publisher",
)
CONSUMERS: dict[str, tuple[str, ...]] = {
    MENTIONS_RAW: (SENTIMENT,),
    MENTIONS_SCORED: (ALERTING, RESPONDING),
    ALERTS: (ESCALATION,),
    DRAFTS: (),
    REPLIES_APPROVED: (PUBLISHER,),
}
"""Which consumer groups read a topic: back-pressure and retention look at these."""

Kind = Literal["posted", "edited", "deleted", "corrected"]
"""``corrected``: a person said what the label is, or took that back; text and author are left out of such an event."""


class MentionReceived(Struct, frozen=True, kw_only=True):
    """A source delivered a mention, an edit of one, or word that one was deleted."""

    v: int = 1
    id: str
    kind: Kind = "posted"
    mention: Mention


class MentionScored(Struct, frozen=True, kw_only=True):
    """A mention has its score. For a deletion the score is that of the empty text and means nothing."""

    v: int = 1
    id: str
    mention_id: str
    kind: Kind = "posted"
    mention: Mention
    score: Score


class AlertFired(Struct, frozen=True, kw_only=True):
    """An incident opened, rose, fell or closed."""

    v: int = 1
    id: str
    incident: str
    alert: Alert


class DraftsReady(Struct, frozen=True, kw_only=True):
    """A case was opened or its drafts were made anew."""

    v: int = 1
    id: str
    case: str
    mention_id: str
    drafts: tuple[Draft, ...]


class ReplyApproved(Struct, frozen=True, kw_only=True):
    """A person approved a reply."""

    v: int = 1
    id: str
    case: str
    delivery: Delivery


class DeadLetter(Struct, frozen=True, kw_only=True):
    """Something that could not be processed: where it stood, what it was, and why.

    `value` is the original as text (bytes that are no UTF-8 are shown escaped); `topic` is where a replay puts it,
    empty where it never was on the bus (a row of a file).
    """

    v: int = 1
    id: str
    topic: str
    key: str
    value: str
    reason: str
    stage: str
    at: Moment


Event = MentionReceived | MentionScored | AlertFired | DraftsReady | ReplyApproved | DeadLetter
EventType = TypeVar("EventType", bound=Struct)

_encoder = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """An event as JSON in UTF-8; times are RFC 3339 in UTC."""
    return _encoder.encode(event)


def decode(value: bytes, kind: type[EventType]) -> EventType:
    """Read an event.

    Raises:
        InputError: it is no such event, of a version that this program doesn't know, or about a mention of a year that
            can't be.
    """
    try:
        event = msgspec.json.decode(value, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not a {kind.__name__}: {error}") from error
    version: Any = getattr(event, "v", None)
    if version != 1:
        raise InputError(f"{kind.__name__} of version {version}: this program reads version 1")
    if isinstance(event, MentionReceived | MentionScored):
        for moment in (event.mention.created_at, event.mention.ingested_at):
            if moment.year not in YEARS:
                raise InputError(f"a mention of the year {moment.year}: the years {YEARS[0]} to {YEARS[-1]} are read")
    return event


def received_event(mention: Mention, kind: Kind = "posted") -> MentionReceived:
    """The event for a mention; the same mention, revision and kind always give the same event id."""
    return MentionReceived(id=identity("received", mention.id, str(mention.revision), kind), kind=kind, mention=mention)


def scored_event(received: MentionReceived, score: Score) -> MentionScored:
    """The event that follows `received`; its id depends only on that of `received`."""
    return MentionScored(
        id=identity("scored", received.id),
        mention_id=received.mention.id,
        kind=received.kind,
        mention=received.mention,
        score=score,
    )


def corrected_event(stored: StoredMention, label: Label, at: datetime) -> MentionScored:
    """The event for a mention whose label is now `label`, by what a person said at a moment (UTC).

    It tells nothing of text and author, which may be erased while it waits to be published.
    """
    mention = stored.mention
    return MentionScored(
        id=identity("corrected", mention.id, label, at.isoformat()),
        mention_id=mention.id,
        kind="corrected",
        mention=without_words(mention),
        score=msgspec.structs.replace(stored.score, label=label),
    )


def without_words(mention: Mention) -> Mention:
    """What may still be said of a mention that is or may be erased: that it was there, not what or who."""
    return msgspec.structs.replace(mention, text="", author="", url="", followers=None)


def drafts_event(case: Case, drafts: Sequence[Draft]) -> DraftsReady:
    """The event for the drafts of a case as it now stands; its id depends only on the case and its version."""
    return DraftsReady(
        id=identity("drafts", case.id, str(case.version)), case=case.id, mention_id=case.mention, drafts=tuple(drafts)
    )
