"""What the API answers about labels that people looked at, and about the model's error. Shares are between 0 and 1."""

from datetime import datetime
from typing import Literal

from msgspec.structs import asdict
from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT, MENTION_ID
from core.corrected_share import Doubt, NegativeShare
from core.error_rates import ErrorRate
from core.mention import Correction, Label

Given = Literal["negative", "neutral", "positive"]


class CorrectionOut(Answer):
    """What a person said of a mention's label; to confirm it counts too."""

    mention_id: str = Field(examples=[MENTION_ID])
    label: Label = Field(description="The right label.", examples=["neutral"])
    given: Label = Field(description="What the model had said.", examples=["negative"])
    confirmed: bool = Field(description="Whether the model was right.")
    model: str = Field(description="The model that had said it.", examples=["model@2ca38d07/bf16"])
    corrected_by: str = Field(examples=["Mei-Ling"])
    corrected_at: datetime = Field(examples=[AT])

    @classmethod
    def of(cls, correction: Correction) -> "CorrectionOut":
        """A correction as the store gives it."""
        fields = asdict(correction)
        return cls.model_validate(
            {**fields, "mention_id": correction.mention, "confirmed": correction.given == correction.label}
        )


class LabelOut(Answer):
    """The label that a mention has now."""

    mention_id: str = Field(examples=[MENTION_ID])
    label: Label = Field(examples=["negative"])


class ShareOut(Answer):
    """The share of negative posts, as counted and corrected for the model's known error.

    The interval is for 95 % and holds both the chance in the posts and how well the error is known. See docs/errors.md.
    """

    since: datetime = Field(examples=[AT])
    until: datetime = Field(description="Before this moment.", examples=["2026-03-02T10:00:00Z"])
    mentions: int = Field(examples=[100])
    negative: int = Field(description="Of these, those whose label is negative.", examples=[34])
    share: float | None = Field(description="Negative of all; null without mentions.", examples=[0.34])
    corrected: float | None = Field(description="Corrected for the known error; null where `doubt` says why.")
    low: float | None = Field(description="The interval begins here.")
    high: float | None = Field(description="The interval ends here.")
    doubt: Doubt = Field(
        description="Why nothing is corrected: `too_few` mentions, `no_figures` for the languages of the posts, or a "
        "model that is `no_better_than_chance` in them; else empty."
    )

    @classmethod
    def of(cls, share: NegativeShare, since: datetime, until: datetime) -> "ShareOut":
        """The share of the posts of a range."""
        return cls.model_validate({**asdict(share), "since": since, "until": until})


class RateOut(Answer):
    """Labels that people looked at, and those of them that were wrong."""

    reviewed: int = Field(examples=[40])
    wrong: int = Field(examples=[6])
    share: float = Field(description="Wrong of reviewed.", examples=[0.15])
    low: float = Field(description="Where its interval of 95 % (Wilson) begins.", examples=[0.07])
    high: float = Field(description="Where it ends.", examples=[0.29])


class ErrorRateOut(Answer):
    """How often the model was wrong about a brand's mentions of one language, where people looked."""

    brand: str = Field(examples=["Lumenbread"])
    language: str = Field(examples=["en"])
    overall: RateOut
    by_label: dict[Given, RateOut] = Field(description="By the label that the model gave.")

    @classmethod
    def of(cls, rate: ErrorRate) -> "ErrorRateOut":
        """The rates of a brand and language."""
        return cls.model_validate(
            {**asdict(rate), "by_label": {label.value: one for label, one in rate.by_label.items()}}
        )


class ErrorRates(Answer):
    """How often the model was wrong where people looked, since a moment.

    People look at what catches their eye, so this is no random sample: the model's error on all posts may be smaller or
    larger.
    """

    since: datetime = Field(description="Reviews before this moment are left out.", examples=[AT])
    items: tuple[ErrorRateOut, ...] = Field(description="By brand and language.")
