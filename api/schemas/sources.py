"""How sources stand, and what they have missed."""

from datetime import datetime

from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT


class SourceOut(Answer):
    """One live source."""

    name: str = Field(examples=["bluesky"])
    configured: bool = Field(description="Whether it still is: one that was taken out keeps its last state.")
    watched_since: datetime = Field(description="When it was first run.")
    heard_at: datetime | None = Field(description="The network's last sign of life.", examples=[AT])
    gap: float = Field(description="Seconds that it usually takes to the next one.", examples=[0.3])
    brought_at: datetime | None = Field(description="When it last brought mentions.")
    reason: str = Field(description="What went wrong last; empty while all is well.", examples=[""])


class SourceGapOut(Answer):
    """A time in which a source saw nothing."""

    source: str
    since: datetime = Field(examples=[AT])
    until: datetime
    lost: bool = Field(description="Whether what was written then can't be fetched any more. Else it has come later.")
    reason: str


class Sources(Answer):
    """All live sources, and the gaps of a range."""

    sources: tuple[SourceOut, ...]
    gaps: tuple[SourceGapOut, ...]
