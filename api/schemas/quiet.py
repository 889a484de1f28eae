"""Silences and maintenance windows, and what other settings would have done."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT
from core.language import Language
from core.preview import Outcome, Preview
from core.quiet import QuietKind


class SilenceOut(Answer):
    """That nobody is told of some incidents for a while. They are evaluated and recorded as ever."""

    id: str
    owner: str = Field(examples=["Mei-Ling"])
    reason: str = Field(examples=["The competition ends tonight; complaints about it are expected."])
    since: datetime = Field(examples=[AT])
    until: datetime = Field(examples=[AT])
    brand: str = Field(description="Incidents of this brand; empty: of none.", examples=["Lumenbread"])
    source: str = Field(description="Blindness of this source; empty: of none.", examples=[""])
    level: int = Field(ge=1, le=4, description="Up to this level.", examples=[3])
    made_at: datetime
    ended_at: datetime | None = Field(description="When somebody took it back; null while nobody has.")
    ended_by: str


class SilenceChangeOut(Answer):
    """Who changed a silence."""

    at: datetime = Field(examples=[AT])
    by: str = Field(examples=["Mei-Ling"])
    what: Literal["made", "extended", "ended"]
    until: datetime = Field(description="Its end from then on.", examples=[AT])


class SilenceDetail(SilenceOut):
    """A silence with everybody who changed it, in order of time."""

    changes: tuple[SilenceChangeOut, ...]


class QuietOut(Answer):
    """That nobody is told of an incident, and by what."""

    kind: QuietKind
    id: str = Field(description="Of the silence or the incident that inhibits, or the name of the maintenance window.")
    owner: str
    reason: str
    since: datetime
    until: datetime | None = Field(description="When people are told at the latest; null where nobody knows.")
    words: dict[Language, str] = Field(description="The same in words, in each language.")


class MaintenanceOut(Answer):
    """A maintenance window of the configuration, and when it holds: now, or next."""

    name: str = Field(examples=["nightly deliveries"])
    owner: str
    reason: str
    brand: str
    source: str
    level: Literal["blue", "yellow", "orange", "red"]
    holds: bool = Field(description="Whether it holds now.")
    since: datetime | None = Field(description="When it began, or begins next; null where it is over.", examples=[AT])
    until: datetime | None


class ForeseenOut(Answer):
    """An incident that there would have been."""

    opened_at: datetime = Field(examples=[AT])
    closed_at: datetime | None
    peak: int = Field(ge=1, le=4, examples=[3])
    rule: str = Field(examples=["baseline"])


class OutcomeOut(Answer):
    """What the alarm would have given."""

    incidents: tuple[ForeseenOut, ...]
    blue: int = Field(description="Incidents that reached this level and none above it.")
    yellow: int
    orange: int
    red: int

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeOut":
        """An outcome as the rules give it."""
        counts = {level.name.lower(): count for level, count in outcome.by_level.items()}
        return cls(incidents=tuple(ForeseenOut.model_validate(one) for one in outcome.incidents), **counts)


class PreviewOut(Answer):
    """What other settings would have done, beside the present ones, both worked out anew from the counts kept."""

    brand: str = Field(examples=["Lumenbread"])
    since: datetime = Field(examples=[AT])
    until: datetime = Field(examples=[AT])
    settings: dict[str, str] = Field(examples=[{"false_alarms_per_week": "2"}])
    present: OutcomeOut
    proposed: OutcomeOut

    @classmethod
    def of(cls, preview: Preview) -> "PreviewOut":
        """A preview as the rules give it."""
        return cls(
            brand=preview.brand,
            since=preview.since,
            until=preview.until,
            settings=preview.changes,
            present=OutcomeOut.of(preview.present),
            proposed=OutcomeOut.of(preview.proposed),
        )
