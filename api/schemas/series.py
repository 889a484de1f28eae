"""Numbers for a chart."""

from datetime import datetime

from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT
from api.schemas.sources import SourceGapOut


class SeriesStep(Answer):
    """How many mentions were posted in one step."""

    at: datetime = Field(description="When the step begins.", examples=[AT])
    total: int
    negative: int


class SeriesBand(Answer):
    """What the alarm saw and expected: of each step the moment with most negative mentions in its trailing window."""

    at: datetime = Field(description="When the trailing window ends.")
    observed: float = Field(description="Negative mentions in that window.")
    expected: float
    low: float = Field(description="The lower edge of what is usual at that time.")
    high: float = Field(description="The upper edge of what is usual at that time.")
    learning: bool = Field(
        description="Whether it isn't known yet what is usual; `low` and `high` then only say what would pass.",
        examples=[False],
    )


class Series(Answer):
    """Numbers for a chart of one brand, at most about 600 steps."""

    brand: str
    segment: str = Field(description="The theme or source of it; empty for all of it.", examples=[""])
    since: datetime
    until: datetime
    step_seconds: int = Field(description="How long a step is; chosen by the range.", examples=[300])
    counts: tuple[SeriesStep, ...] = Field(description="Every step, those without mentions too.")
    band: tuple[SeriesBand, ...] = Field(description="Steps in which the alarm looked.")
    gaps: tuple[SourceGapOut, ...] = Field(description="Times in which a source saw nothing, or what it lost.")
