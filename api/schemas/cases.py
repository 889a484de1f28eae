"""Cases, and the replies that people approved."""

from datetime import datetime

from msgspec.structs import asdict
from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT, MENTION_ID
from api.schemas.mentions import MentionOut
from api.schemas.words import DraftOut
from core.case import Case, CaseState, Delivery, DeliveryState, Grade
from core.language import Language

_CASE_ID = "c-1a2b3c4d5e6f708192a3b4c5"


class CaseOut(Answer):
    """A mention that needs an answer, with its two clocks."""

    id: str = Field(examples=[_CASE_ID])
    mention_id: str = Field(examples=[MENTION_ID])
    brand: str
    channel: str = Field(examples=["x"])
    language: Language = Field(description="The language to answer in.")
    grade: Grade
    why_grade: dict[Language, str] = Field(description="Why this grade, in words, in each language.")
    themes: tuple[str, ...]
    opened_at: datetime
    golden_at: datetime = Field(description="The target: six minutes on a public network.", examples=[AT])
    limit_at: datetime = Field(description="The limit: the earlier one of the channel's and the grade's.")
    state: CaseState
    claimed_by: str = Field(description="Who has it in hand; empty while nobody has.")
    updated_at: datetime
    answered_at: datetime | None
    resolved_at: datetime | None
    version: int = Field(description="Grows with each change; name the version you looked at when you change a case.")

    @classmethod
    def of(cls, case: Case) -> "CaseOut":
        """A case as the store gives it."""
        return CaseOut.model_validate({**asdict(case), "mention_id": case.mention})


class DeliveryOut(Answer):
    """A reply that a person approved."""

    id: str
    case: str = Field(examples=[_CASE_ID])
    mention_id: str = Field(examples=[MENTION_ID])
    brand: str
    channel: str
    text: str
    approach: str
    approved_by: str = Field(examples=["Mei-Ling"])
    approved_at: datetime = Field(examples=[AT])
    not_before: datetime = Field(description="Until then it can be withdrawn.")
    state: DeliveryState = Field(description="`unclear`: the network didn't say whether it was sent; look there.")
    finished_at: datetime | None
    detail: str = Field(description="What the publisher answered.")
    would_be_sent: bool = Field(description="True where it was only written to the outbox: nothing left the house.")

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        """A delivery as the store gives it."""
        return cls.model_validate({**asdict(delivery), "mention_id": delivery.mention})


class WindowsOut(Answer):
    """The two clocks of a case."""

    golden_at: datetime
    limit_at: datetime


class CaseDetail(CaseOut):
    """A case with everything that is needed to answer it."""

    windows: WindowsOut
    mention: MentionOut | None = Field(description="The mention; null if it was erased this moment.")
    drafts: tuple[DraftOut, ...] = Field(description="Best first.")
    deliveries: tuple[DeliveryOut, ...] = Field(description="Newest first.")


class Approved(Answer):
    """A reply was approved: it goes out at `not_before` unless it is withdrawn before."""

    case: CaseOut
    delivery: str = Field(description="The id of the delivery; see GET deliveries.")
    state: DeliveryState
    not_before: datetime = Field(examples=[AT])
