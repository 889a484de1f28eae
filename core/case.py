"""Cases, drafts and deliveries: from a mention that needs an answer to the answer on its way."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from core.language import Language, Words
from core.mention import Moment


class Grade(StrEnum):
    """How grave a complaint is; the grade decides the limit of the first answer and who must be involved."""

    URGENT = "urgent"
    HIGH = "high"
    STANDARD = "standard"
    MINOR = "minor"


class CaseState(StrEnum):
    """The life of a case."""

    OPEN = "open"
    CLAIMED = "claimed"
    APPROVED = "approved"
    ANSWERED = "answered"
    RESOLVED = "resolved"


UNANSWERED = (CaseState.OPEN, CaseState.CLAIMED)
"""The states of a case that still needs an answer."""

UNFINISHED = (*UNANSWERED, CaseState.APPROVED)
"""The states of a case whose answer hasn't gone out."""


Severity = Literal["fail", "warning", "hint"]
"""``fail`` is a hard fault that must not be sent; a warning wants a second look; a hint is advice."""


class Finding(Struct, frozen=True, kw_only=True):
    """A fault that the linter found in a reply.

    `start` and `end` are positions in characters of the text (end exclusive); both 0 where the whole text is meant.
    `message` says what is wrong and `fix` what to do, in the three languages.
    """

    rule: str
    severity: Severity
    start: int
    end: int
    message: Words
    fix: Words


class Draft(Struct, frozen=True, kw_only=True):
    """One way to answer. `approach` names it (``acknowledge``, ``help``, ``apologise`` …)."""

    text: str
    approach: str
    language: Language
    findings: tuple[Finding, ...] = ()


class Windows(Struct, frozen=True, kw_only=True):
    """The two clocks of a case (UTC): `golden_at`, the target of the channel, and `limit_at`, the earlier limit."""

    golden_at: datetime
    limit_at: datetime


class Suggestion(Struct, frozen=True, kw_only=True):
    """What the product has to say on a text that needs an answer."""

    language: Language
    grade: Grade
    golden_at: datetime
    limit_at: datetime
    drafts: tuple[Draft, ...]


class Case(Struct, frozen=True, kw_only=True):
    """A mention that needs an answer, with its clocks.

    `version` grows with each change; a change names the version it was made on, so that two people can't overwrite
    each other. `why_grade` says in words why the grade is what it is.
    """

    id: str
    mention: str
    brand: str
    channel: str
    language: Language
    grade: Grade
    why_grade: Words
    themes: tuple[str, ...]
    opened_at: datetime
    golden_at: datetime
    limit_at: datetime
    state: CaseState = CaseState.OPEN
    incident: str = ""
    claimed_by: str = ""
    updated_at: datetime
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    version: int = 0


class DeliveryState(StrEnum):
    """The life of an approved reply. ``unclear``: the network was called and did not say; a person must look."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNCLEAR = "unclear"
    WITHDRAWN = "withdrawn"


class Delivery(Struct, frozen=True, kw_only=True):
    """A reply that a person approved. It is handed to a publisher at most once.

    `not_before` leaves time for undo. `claimed_at` is when a publisher took it in hand, `detail` what it answered;
    `would_be_sent` is true where the publisher only writes to the outbox.
    """

    id: str
    case: str
    mention: str
    brand: str
    channel: str
    text: str
    approach: str
    approved_by: str
    approved_at: Moment
    not_before: Moment
    state: DeliveryState = DeliveryState.WAITING
    claimed_at: Moment | None = None
    finished_at: Moment | None = None
    detail: str = ""
    would_be_sent: bool = False
