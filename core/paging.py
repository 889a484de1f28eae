"""Pages: what one person of the house is told about one incident, over one channel."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from core.alert import Level
from core.language import Language
from core.mention import Moment


class PageKind(StrEnum):
    """Why somebody is told. The first five ask for an answer, the others only tell."""

    OPENED = "opened"
    RAISED = "raised"
    DELEGATED = "delegated"
    HANDOVER = "handover"
    TEST = "test"
    UPDATE_DUE = "update_due"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    JOINED = "joined"
    CHANNEL_FAILED = "channel_failed"


ASKING = frozenset({PageKind.OPENED, PageKind.RAISED, PageKind.DELEGATED, PageKind.HANDOVER, PageKind.TEST})
"""Kinds that count as delivered only when somebody acknowledged them."""


RINGING = frozenset(PageKind) - {PageKind.ACKNOWLEDGED, PageKind.RESOLVED, PageKind.TEST, PageKind.CHANNEL_FAILED}
"""Kinds at which a channel that rings until it is told to stop rings over an incident; the last two are none of it."""

READER = "everybody"
"""Who is told where no people are configured: whoever reads the log."""

LOG = "log"
"""The channel that is always there."""


class Page(Struct, frozen=True, kw_only=True):
    """One message to one person.

    `id` is the same whenever the same thing is told again, so that a receiver can drop repeats; `incident` is what
    services that keep incidents of their own go by. `title` fits a lock screen and says the level in words; `text` are
    a few lines. Both are in `language`. `url` leads to the incident, `acknowledge_url` takes it in hand with one tap;
    both are empty where no public address is known. `at` is when it was decided (UTC).
    """

    id: str
    kind: PageKind
    incident: str
    level: Level
    person: str
    language: Language
    title: str
    text: str
    at: Moment
    brand: str = ""
    source: str = ""
    url: str = ""
    acknowledge_url: str = ""


class Attempt(Struct, frozen=True, kw_only=True):
    """One try to tell somebody over a channel, and how it went; `reason` is empty where the channel took it.

    `alerted_at` is the event time of the alert, with the one that reached somebody first; `answered_at` when the person
    acknowledged it. All times are UTC.
    """

    page: str
    person: str
    channel: str
    at: datetime
    reason: str = ""
    incident: str = ""
    kind: PageKind = PageKind.OPENED
    level: Level = Level.BLUE
    alerted_at: datetime | None = None
    answered_at: datetime | None = None
