"""Incidents and their alerts."""

from datetime import datetime

from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT
from api.schemas.quiet import QuietOut
from api.schemas.reviews import ShareOut
from api.schemas.whys import ForecastOut, WhyOut
from api.whys import Explanation
from core.alert import Alert, AlertEvent, IncidentState
from core.language import Language

_INCIDENT_ID = "i-5c4b3a291807f6e5d4c3b2a1"
_WORDS = {
    "en": "Negative posts rose from 2 to 14 an hour; usual at this time: 0 to 5.",
    "zh-Hant": "負面貼文從每小時 2 則增至 14 則;此時段通常為 0 至 5 則。",
    "zh-Hans": "负面帖子从每小时 2 条增至 14 条;此时段通常为 0 至 5 条。",
}


class AlertOut(Answer):
    """One change of an incident that somebody may have to hear of."""

    id: str
    brand: str
    incident: str = Field(examples=[_INCIDENT_ID])
    at: datetime = Field(description="The event time at which it fires.", examples=[AT])
    event: AlertEvent
    level: int = Field(ge=1, le=4, description="1 blue, 2 yellow, 3 orange, 4 red.")
    rule: str
    reason: dict[Language, str] = Field(description="Why, in words, in each language.", examples=[_WORDS])
    observed: float
    expected_low: float
    expected_high: float
    segment: str = Field(
        description="Where it was seen: a theme or source, as `theme:delivery` or `source:reddit`; empty: the whole.",
        examples=["theme:delivery"],
    )
    why: WhyOut | None = Field(
        default=None, description="Null of alerts that lower or close an incident, and of old ones."
    )
    forecast: ForecastOut | None = Field(default=None, description="Null where there is no higher level.")

    @classmethod
    def of(cls, alert: Alert, told: Explanation | None) -> "AlertOut":
        """An alert as the store gives it, and what is known of why it fired."""
        fields = {name: getattr(alert, name) for name in alert.__struct_fields__ if name != "why"}
        return cls.model_validate({**fields, "why": WhyOut.of(told) if told else None})


class IncidentOut(Answer):
    """One cause of alarm for one brand, or a source that is blind."""

    id: str = Field(examples=[_INCIDENT_ID])
    brand: str = Field(description="Empty where it is about a source.", examples=["Lumenbread"])
    source: str = Field(description="The source that doesn't see; empty where it is about a brand.", examples=[""])
    state: IncidentState
    level: int = Field(ge=1, le=4, description="1 blue, 2 yellow, 3 orange, 4 red.", examples=[3])
    peak: int = Field(ge=1, le=4, description="The highest level so far.", examples=[3])
    rule: str
    reason: dict[Language, str] = Field(description="Why, in words, in each language.", examples=[_WORDS])
    observed: float = Field(
        description="Negative mentions in the trailing window, a share, or followers; of a source: minutes blind."
    )
    expected_low: float
    expected_high: float
    opened_at: datetime = Field(examples=[AT])
    reopened_at: datetime | None = Field(
        description="When it opened again last, because what it is about returned soon after it had closed."
    )
    updated_at: datetime
    quiet_since: datetime | None = Field(description="Since when nothing has breached; null while something does.")
    closed_at: datetime | None
    acknowledged_by: str = Field(description="Who has it in hand; empty while nobody has.", examples=["Mei-Ling"])
    acknowledged_at: datetime | None
    themes: tuple[str, ...] = Field(description="The most frequent themes of its mentions.")
    segment: str = Field(
        description="The theme or source that it is about, as `theme:delivery` or `source:reddit`; empty: the whole.",
        examples=[""],
    )
    joined: tuple[str, ...] = Field(
        description="Themes and sources that rose with it; an empty one: the whole.", examples=[["source:x"]]
    )


class IncidentDetail(IncidentOut):
    """An incident with its alerts in order of time."""

    alerts: tuple[AlertOut, ...]
    quiet: QuietOut | None = Field(description="By what nobody is told of it now; null where people are told.")
    share: ShareOut = Field(description="Of the posts from one window before it opened until it closed, or now.")
