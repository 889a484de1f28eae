"""What networks bill for reading."""

from datetime import datetime

from pydantic import Field

from api.answer import Answer
from core.language import Language
from core.spend import State

_WORDS = {
    "en": "x: $61.20 of $200.00 are spent, and about $153.00 will be by the end of the month.",
    "zh-Hant": "x：本月預算 $200.00 已花 $61.20，預計月底約 $153.00。",
    "zh-Hans": "x：本月预算 $200.00 已花 $61.20，预计月底约 $153.00。",
}


class SpendOut(Answer):
    """A month of one network, in US dollars."""

    network: str = Field(examples=["x"])
    month: datetime = Field(description="When the month began, in UTC.", examples=["2026-03-01T00:00:00Z"])
    spent: float = Field(description="What was read so far, at the prices of the settings.", examples=[61.2])
    forecast: float = Field(description="What it will have cost at the end of the month.", examples=[153.0])
    budget: float | None = Field(description="What may be spent; null where nothing is held back.", examples=[200.0])
    state: State = Field(description="`narrowed`: only what matters most is read until the month ends.")
    reason: dict[Language, str] = Field(description="The same in words, in each language.", examples=[_WORDS])


class SpendsOut(Answer):
    """The networks that have billed something this month or have a budget."""

    networks: tuple[SpendOut, ...]
