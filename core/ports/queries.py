"""What the store is asked for in pages, and the pages."""

from datetime import datetime

from msgspec import Struct

from core.alert import Incident
from core.case import Case, CaseState, Grade
from core.mention import Correction, StoredMention


class MentionQuery(Struct, frozen=True, kw_only=True):
    """Which mentions are asked for. Empty strings mean any. Newest first; `cursor` comes from the page before.

    `theme` is one of those that were read out of the text; `author` is a name on a network, letter for letter.
    """

    brand: str = ""
    source: str = ""
    label: str = ""
    theme: str = ""
    author: str = ""
    sensitive: bool = False
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""
    cursor: str = ""
    limit: int = 50


class MentionPage(Struct, frozen=True):
    """One page of mentions; `next` is the cursor of the following one, empty at the end."""

    items: tuple[StoredMention, ...]
    next: str


class CaseQuery(Struct, frozen=True, kw_only=True):
    """Which cases are asked for; `order` is ``deadline`` (gravest first, then the nearer golden target) or ``newest``.

    `states` empty means those that still need an answer (open and claimed). `limit_since` and `limit_until` are a
    range of their limits (end exclusive). `grade` is any where None; `opened_since` is when they were opened at the
    earliest.
    """

    brand: str = ""
    states: tuple[CaseState, ...] = ()
    grade: Grade | None = None
    opened_since: datetime | None = None
    limit_since: datetime | None = None
    limit_until: datetime | None = None
    order: str = "deadline"
    cursor: str = ""
    limit: int = 50


class CasePage(Struct, frozen=True):
    """One page of cases; `next` is the cursor of the following one, empty at the end."""

    items: tuple[Case, ...]
    next: str


class IncidentPage(Struct, frozen=True):
    """One page of incidents, newest first; `next` is the cursor of the following one, empty at the end."""

    items: tuple[Incident, ...]
    next: str


class CorrectionPage(Struct, frozen=True):
    """One page of corrections, newest first; `next` is the cursor of the following one, empty at the end."""

    items: tuple[Correction, ...]
    next: str
