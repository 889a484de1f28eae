"""Mentions, and when each passed the stages."""

from datetime import datetime

from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT, MENTION_ID
from api.schemas.reviews import CorrectionOut
from core.mention import Emotion, Label, StoredMention


class Budget(Answer):
    """When a mention passed each stage, so that the stage which spent the six minutes can be named. Null: not yet."""

    posted: datetime = Field(description="When it was posted, by the network's clock.")
    ingested: datetime
    scored: datetime | None
    alerted: datetime | None = Field(description="When an alert that it contributed to fired.")
    seen: datetime | None = Field(description="When a person first looked at it.")
    approved: datetime | None = Field(description="When a person approved a reply.")
    sent: datetime | None


class MentionOut(Answer):
    """Something that somebody said about a brand, with its score."""

    id: str = Field(examples=[MENTION_ID])
    source: str = Field(description="The network or channel.", examples=["x"])
    network_id: str = Field(description="What the network calls it.", examples=["1764890021"])
    brand: str = Field(examples=["Lumenbread"])
    created_at: datetime = Field(description="When it was posted.", examples=[AT])
    text: str = Field(examples=["My toaster started to smoke. Is this normal?"])
    language: str = Field(description="`en`, `zh-Hant`, `zh-Hans`, another BCP 47 code, or `und`.", examples=["en"])
    label: Label = Field(
        description="The sentiment, as a person said or else the model; `unknown` where the language isn't supported."
    )
    p_negative: float = Field(ge=0, le=1, description="The model's probability; three sum to 1.", examples=[0.93])
    p_neutral: float = Field(ge=0, le=1, examples=[0.05])
    p_positive: float = Field(ge=0, le=1, examples=[0.02])
    themes: tuple[str, ...] = Field(examples=[["safety"]])
    sensitive: tuple[str, ...] = Field(
        description="Kinds of words found that raise an alarm at once, such as `injury`.", examples=[["safety"]]
    )
    emotion: Emotion = Field(description="What its author shows of their feelings; empty where nothing.")
    p_complaint: float | None = Field(description="Probability that it states a complaint; null if not looked at.")
    urgent: bool = Field(description="It asks for help at once.")
    ironic: bool = Field(description="It may mean the opposite of its words; its probabilities are the flatter for it.")
    author: str = Field(examples=["anna_bakes"])
    url: str = Field(examples=["https://x.example/anna_bakes/1764890021"])
    revision: int = Field(description="Grows with each edit of the text.", examples=[0])
    correction: CorrectionOut | None = Field(description="What a person said of the label; null where nobody has.")
    budget: Budget

    @classmethod
    def of(cls, stored: StoredMention) -> "MentionOut":
        """A mention as the store gives it."""
        mention, score = stored.mention, stored.score
        return cls(
            id=mention.id,
            source=mention.source,
            network_id=mention.network_id,
            brand=mention.brand,
            created_at=mention.created_at,
            text=mention.text,
            language=score.reading.language,
            label=score.label,
            p_negative=score.p_negative,
            p_neutral=score.p_neutral,
            p_positive=score.p_positive,
            themes=score.reading.themes,
            sensitive=score.reading.sensitive,
            emotion=score.emotion,
            p_complaint=score.p_complaint,
            urgent=score.reading.urgent,
            ironic=score.reading.ironic,
            author=mention.author,
            url=mention.url,
            revision=mention.revision,
            correction=CorrectionOut.of(stored.correction) if stored.correction else None,
            budget=Budget.model_validate(stored.budget),
        )
