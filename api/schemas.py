"""What the API answers, with descriptions and examples, so that /openapi.json is worth reading.

Times are RFC 3339 in UTC. Texts and authors come from networks: they are data, to be escaped wherever they are shown.
"""

from datetime import datetime
from typing import Any, Literal

from msgspec.structs import asdict
from pydantic import Field

from api.answer import Answer
from api.review_schemas import CorrectionOut, ShareOut
from core.alert import AlertEvent, IncidentState
from core.case import Case, CaseState, Delivery, DeliveryState, Grade, Severity
from core.language import Language
from core.mention import Emotion, Label, StoredMention

_AT = "2026-03-02T09:00:00Z"
_MENTION_ID = "m-0f1e2d3c4b5a69788796a5b4"
_CASE_ID = "c-1a2b3c4d5e6f708192a3b4c5"
_INCIDENT_ID = "i-5c4b3a291807f6e5d4c3b2a1"
_WORDS = {
    "en": "Negative posts rose from 2 to 14 an hour; usual at this time: 0 to 5.",
    "zh-Hant": "負面貼文從每小時 2 則增至 14 則;此時段通常為 0 至 5 則。",
    "zh-Hans": "负面帖子从每小时 2 条增至 14 条;此时段通常为 0 至 5 条。",
}


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

    id: str = Field(examples=[_MENTION_ID])
    source: str = Field(description="The network or channel.", examples=["x"])
    network_id: str = Field(description="What the network calls it.", examples=["1764890021"])
    brand: str = Field(examples=["Lumenbread"])
    created_at: datetime = Field(description="When it was posted.", examples=[_AT])
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


class CaseNumbers(Answer):
    """How many cases of a brand wait."""

    open: int = Field(description="Cases that still need an answer.")
    overdue: int = Field(description="Of these, those past their limit.")
    soon: int = Field(description="Of these, those whose limit comes within the next ten minutes.")


class BrandOut(Answer):
    """A brand, what people may call it, and what is due."""

    name: str = Field(description="Its key everywhere.", examples=["Lumenbread"])
    configured: bool = Field(description="False where mentions of it are kept but it isn't in the configuration.")
    demonstration: bool = Field(description="True for the built-in demonstration.")
    aliases: tuple[str, ...] = Field(examples=[["Lumen Bread", "光麵包"]])
    handles: tuple[str, ...] = Field(examples=[["@lumenbread"]])
    exclude: tuple[str, ...]
    languages: tuple[Language, ...]
    cases: CaseNumbers


class AlertOut(Answer):
    """One change of an incident that somebody may have to hear of."""

    id: str
    brand: str
    incident: str = Field(examples=[_INCIDENT_ID])
    at: datetime = Field(description="The event time at which it fires.", examples=[_AT])
    event: AlertEvent
    level: int = Field(ge=1, le=4, description="1 blue, 2 yellow, 3 orange, 4 red.")
    rule: str
    reason: dict[Language, str] = Field(description="Why, in words, in each language.", examples=[_WORDS])
    observed: float
    expected_low: float
    expected_high: float


class IncidentOut(Answer):
    """One cause of alarm for one brand."""

    id: str = Field(examples=[_INCIDENT_ID])
    brand: str = Field(examples=["Lumenbread"])
    state: IncidentState
    level: int = Field(ge=1, le=4, description="1 blue, 2 yellow, 3 orange, 4 red.", examples=[3])
    peak: int = Field(ge=1, le=4, description="The highest level so far.", examples=[3])
    rule: str
    reason: dict[Language, str] = Field(description="Why, in words, in each language.", examples=[_WORDS])
    observed: float = Field(description="Negative mentions in the trailing window, or a share where the rule says so.")
    expected_low: float
    expected_high: float
    opened_at: datetime = Field(examples=[_AT])
    updated_at: datetime
    quiet_since: datetime | None = Field(description="Since when nothing has breached; null while something does.")
    closed_at: datetime | None
    acknowledged_by: str = Field(description="Who has it in hand; empty while nobody has.", examples=["Mei-Ling"])
    acknowledged_at: datetime | None
    themes: tuple[str, ...] = Field(description="The most frequent themes of its mentions.")


class IncidentDetail(IncidentOut):
    """An incident with its alerts in order of time."""

    alerts: tuple[AlertOut, ...]
    share: ShareOut = Field(description="Of the posts from one window before it opened until it closed, or now.")


class SeriesStep(Answer):
    """How many mentions were posted in one step."""

    at: datetime = Field(description="When the step begins.", examples=[_AT])
    total: int
    negative: int


class SeriesBand(Answer):
    """What the alarm saw and expected: of each step the moment with most negative mentions in its trailing window."""

    at: datetime = Field(description="When the trailing window ends.")
    observed: float = Field(description="Negative mentions in that window.")
    expected: float
    low: float = Field(description="The lower edge of what is usual at that time.")
    high: float = Field(description="The upper edge of what is usual at that time.")


class Series(Answer):
    """Numbers for a chart of one brand, at most about 600 steps."""

    brand: str
    since: datetime
    until: datetime
    step_seconds: int = Field(description="How long a step is; chosen by the range.", examples=[300])
    counts: tuple[SeriesStep, ...] = Field(description="Every step, those without mentions too.")
    band: tuple[SeriesBand, ...] = Field(description="Steps in which the alarm looked.")


class CaseOut(Answer):
    """A mention that needs an answer, with its two clocks."""

    id: str = Field(examples=[_CASE_ID])
    mention_id: str = Field(examples=[_MENTION_ID])
    brand: str
    channel: str = Field(examples=["x"])
    language: Language = Field(description="The language to answer in.")
    grade: Grade
    why_grade: dict[Language, str] = Field(description="Why this grade, in words, in each language.")
    themes: tuple[str, ...]
    opened_at: datetime
    golden_at: datetime = Field(description="The target: six minutes on a public network.", examples=[_AT])
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


class FindingOut(Answer):
    """A fault of a reply. `start` and `end` count characters (end exclusive); both 0: the whole text is meant."""

    rule: str
    severity: Severity = Field(description="`fail` must not be sent; a `warning` wants a look; a `hint` is advice.")
    start: int
    end: int
    message: str = Field(description="What is wrong.")
    fix: str = Field(description="What to do.")


class DraftOut(Answer):
    """One way to answer."""

    text: str = Field(examples=["Thank you for telling us at once. Please unplug it; we are looking into it now."])
    approach: str = Field(examples=["acknowledge"])
    findings: tuple[FindingOut, ...]


class DeliveryOut(Answer):
    """A reply that a person approved."""

    id: str
    case: str = Field(examples=[_CASE_ID])
    mention_id: str = Field(examples=[_MENTION_ID])
    brand: str
    channel: str
    text: str
    approach: str
    approved_by: str = Field(examples=["Mei-Ling"])
    approved_at: datetime = Field(examples=[_AT])
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
    not_before: datetime = Field(examples=[_AT])


class SuggestionOut(Answer):
    """What to answer, how grave it is, and until when: the same object as `sixminute draft` prints."""

    language: Language
    grade: Grade
    golden_at: datetime = Field(examples=["2026-03-02T09:06:00Z"])
    limit_at: datetime = Field(examples=["2026-03-02T10:00:00Z"])
    drafts: tuple[DraftOut, ...]


class LintOut(Answer):
    """Faults of a reply: the same object as `sixminute lint` prints."""

    ok: bool = Field(description="Nothing in it that must not be sent.")
    findings: tuple[FindingOut, ...]


class DemonstrationOut(Answer):
    """The built-in demonstration."""

    brand: str
    state: Literal["absent", "running", "finished", "stopped"]


class Alive(Answer):
    """The process lives: `status` is ``ok``, or a sentence that says what hangs."""

    status: str
    version: str


class Readiness(Answer):
    """Whether every part works."""

    ready: bool
    parts: dict[str, str] = Field(
        description="`ok`, or one sentence that says what is the matter or under way.",
        examples=[{"bus": "ok", "store": "ok", "model": "The model is loading."}],
    )


class ProblemKind(Answer):
    """What a kind of problem means."""

    type: str = Field(examples=["/api/v1/problems/conflict"])
    status: int = Field(examples=[409])
    title: str
    meaning: str


class FieldError(Answer):
    """A field that isn't as it should be."""

    field: str = Field(examples=["limit"])
    message: str = Field(examples=["Input should be less than or equal to 200"])


class Problem(Answer):
    """What went wrong (RFC 9457): `detail` says what happened, to what, and what to do."""

    type: str = Field(
        description="An address of this server that explains the kind.", examples=["/api/v1/problems/conflict"]
    )
    title: str = Field(examples=["It has changed, or somebody else has it"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["Case c-1a2b is with Mei-Ling: ask them, or wait until it is free."])
    instance: str = Field(examples=["/api/v1/cases/c-1a2b/claim"])
    errors: tuple[FieldError, ...] = Field(default=(), description="The fields concerned, where a request isn't valid.")
    brands: tuple[str, ...] = Field(default=(), description="The brands there are, where one isn't known.")


def problem_schema() -> dict[str, Any]:
    """The JSON schema of `Problem`, with references as OpenAPI has them."""
    return Problem.model_json_schema(ref_template="#/components/schemas/{model}")
