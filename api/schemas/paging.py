"""Paging: who is asked, who was told, and who is on duty."""

from datetime import datetime

from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT
from core.escalation import Deed
from core.paging import PageKind


class AttemptOut(Answer):
    """One try to tell somebody over a channel."""

    page: str = Field(description="The same whenever the same page is told again.")
    person: str = Field(examples=["Mei-Ling"])
    channel: str = Field(examples=["log"])
    kind: PageKind
    level: int = Field(ge=1, le=4, description="1 blue, 2 yellow, 3 orange, 4 red.", examples=[3])
    at: datetime = Field(examples=[AT])
    reason: str = Field(description="Why the channel didn't take it; empty where it did.", examples=[""])
    answered_at: datetime | None = Field(description="When the person acknowledged it; null while they haven't.")


class HandlingOut(Answer):
    """Something that a person did about an incident."""

    deed: Deed
    by: str = Field(examples=["Mei-Ling"])
    at: datetime = Field(examples=[AT])
    to: str = Field(description="To whom it was delegated; else empty.", examples=[""])
    until: datetime | None = Field(description="Until when the next update is promised.")


class PagingOut(Answer):
    """Where paging stands over an incident or a test."""

    incident: str = Field(examples=["i-5c4b3a291807f6e5d4c3b2a1"])
    acknowledged_by: str = Field(description="Who has it in hand; empty while nobody has.", examples=["Mei-Ling"])
    acknowledged_at: datetime | None
    asked: tuple[str, ...] = Field(description="Whose answer is waited for.", examples=[["Bo"]])
    passing_to: str = Field(description="To whom it is being passed on, until they acknowledge.", examples=[""])
    promised_by: str = Field(description="Who promised the next update.", examples=[""])
    promised_until: datetime | None
    resolved_by: str = Field(description="Who said that it is over; empty where nobody did.", examples=[""])
    resolved_at: datetime | None
    ended: bool = Field(description="Whether nobody is asked any more, because it closed or was resolved.")
    attempts: tuple[AttemptOut, ...] = Field(description="In order of time.")
    handled: tuple[HandlingOut, ...] = Field(description="What people did, in order.")


class OnDutyOut(Answer):
    """Who is on duty in a rotation."""

    rotation: str = Field(examples=["desk"])
    person: str = Field(examples=["Mei-Ling"])
    until: datetime = Field(description="When somebody else may be.", examples=[AT])


class DutyOut(Answer):
    """Who is on duty now."""

    rotations: tuple[OnDutyOut, ...]


class PageTestOut(Answer):
    """A test page on its way to one person."""

    person: str = Field(examples=["Mei-Ling"])
    test: str = Field(description="Under which it is acknowledged and looked up, like an incident.")


class PageTestsOut(Answer):
    """Test pages that are on their way."""

    pages: tuple[PageTestOut, ...]
