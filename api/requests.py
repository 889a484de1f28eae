"""What requests may say: types of parameters and bodies, with what is refused and why in words for the sender."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from core.alert import LevelName
from core.bounds import FIRST_YEAR, LAST_YEAR, is_near
from core.mention import MAX_TEXT

_ALLOWED_CONTROLS = frozenset("\n\r\t")
_AT = "2026-03-02T09:00:00Z"


def _moment(value: object) -> object:
    """An RFC 3339 time in UTC, of the years in which there were networks or may be."""
    if not isinstance(value, str):
        raise ValueError(f"a time is written as a text like {_AT}")  # noqa: TRY004 - pydantic turns it into an answer
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None and is_near(at):
            return at.astimezone(UTC)
    except ValueError:
        pass
    raise ValueError(
        f"this is no time with a zone, from {FIRST_YEAR} to {LAST_YEAR}; write it like {_AT} (in an address + is %2B)"
    )


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("it may not contain the NUL character")
    return text


def _printable(text: str) -> str:
    """A reply that is sent to a network."""
    if any((letter < " " or "\x7f" <= letter <= "\x9f") and letter not in _ALLOWED_CONTROLS for letter in text):
        raise ValueError("it may not contain control characters other than line breaks and tabs")
    if not text.strip():
        raise ValueError("it is empty; write what is to be answered")
    return text


Moment = Annotated[datetime, BeforeValidator(_moment)]
Short = Annotated[str, AfterValidator(_without_nul)]
Id = Annotated[Short, Path(max_length=100, description="As given in a list.")]
BrandName = Annotated[Short, Query(max_length=200, description="Name of a brand, exactly as GET brands has it.")]
Cursor = Annotated[Short, Query(max_length=500, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many items a page has at most.")]
Since = Annotated[Moment | None, Query(description="Not before this moment (RFC 3339).", examples=[_AT])]
Until = Annotated[Moment | None, Query(description="Before this moment (RFC 3339).", examples=[_AT])]
WordsLanguage = Annotated[
    Literal["en", "zh-Hant", "zh-Hans"], Query(description="The language in which findings are worded.")
]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Reply = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_printable)]
Channel = Annotated[Short, Field(min_length=1, max_length=40, description="The network or channel.", examples=["x"])]
Approach = Annotated[
    Short, Field(min_length=1, max_length=40, description="The name of the way to answer.", examples=["acknowledge"])
]
Version = Annotated[int, Field(ge=0, description="The `version` of the case that you looked at.", examples=[1])]


class Body(BaseModel):
    """What every body has in common: nothing unknown in it, so that a misspelt field is told and not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DraftChange(Body):
    """Save an edited draft, or ask for new ones.

    With `text`, the draft of the same `approach` is replaced (or one is added). Without, all drafts are made anew.
    """

    version: Version
    text: Reply | None = Field(default=None, examples=["We are sorry. Please unplug it; we call you within the hour."])
    approach: Approach = "own"


class Approval(Body):
    """Approve the text of a reply."""

    text: Reply = Field(examples=["Thank you for telling us at once. Please unplug it; we are looking into it now."])
    approach: Approach
    version: Version


class CorrectionRequest(Body):
    """What the label of a mention is."""

    label: Literal["negative", "neutral", "positive"] = Field(examples=["neutral"])
    revision: int | None = Field(
        default=None, ge=0, description="The `revision` of the mention that you looked at.", examples=[0]
    )


class SuggestionRequest(Body):
    """What somebody said, and where."""

    channel: Channel
    text: Text = Field(examples=["My toaster started to smoke. Is this normal?"])
    created_at: Moment | None = Field(
        default=None, description="When it was posted; now, if not given.", examples=[_AT]
    )
    brand: Short = Field(default="", max_length=200, description="The brand it is about.")


class LintRequest(Body):
    """A reply to check, and what it answers."""

    channel: Channel
    text: Text = Field(examples=["We are sorry. Please unplug it; we call you within the hour."])
    reply_to: str = Field(default="", max_length=MAX_TEXT, description="The text that it answers.")


PersonName = Annotated[Short, Field(max_length=200, description="As in `[[people]]`.")]


class DelegateRequest(Body):
    """To whom an incident is passed on."""

    to: PersonName = Field(examples=["Bo"])


class PromiseRequest(Body):
    """When the next update comes."""

    until: Moment = Field(description="In the future, within a year.", examples=[_AT])


class PageTestRequest(Body):
    """Who gets a test page."""

    person: PersonName = Field(default="", description="Everybody, if not given.", examples=["Mei-Ling"])


class SilenceRequest(Body):
    """Whom not to tell of what, until when, and why."""

    reason: Short = Field(min_length=1, max_length=500, examples=["The competition ends tonight."])
    until: Moment = Field(examples=[_AT])
    since: Moment | None = Field(default=None, description="Now, if not given.", examples=[_AT])
    brand: Short = Field(default="", max_length=200, description="Incidents of this brand.", examples=["Lumenbread"])
    source: Short = Field(default="", max_length=100, description="Blindness of this source.")
    level: LevelName = Field(default="orange", description="Up to this level; red must be said expressly.")


class SilenceEnd(Body):
    """Until when a silence is to hold."""

    until: Moment = Field(examples=[_AT])


Setting = str | bool | int | float


class PreviewRequest(Body):
    """Which settings of the alarm to try on which days."""

    brand: Short = Field(min_length=1, max_length=200, examples=["Lumenbread"])
    settings: dict[str, Setting | list[Setting]] = Field(
        max_length=40, description="By name, as in `[alerting]`.", examples=[{"false_alarms_per_week": 2}]
    )
    days: int = Field(default=30, ge=1, le=31, description="So many days up to now.")


class StepRequest(Body):
    """A step of a policy's ladder."""

    to: tuple[Annotated[Short, Field(max_length=220)], ...] = Field(
        max_length=50,
        description="Names of people, `rotation:NAME` for whoever is on duty, `role:NAME` for everybody of a role.",
        examples=[["rotation:desk", "Ada"]],
    )
    after_minutes: float = Field(
        default=5.0, allow_inf_nan=False, description="How long they have before the next step.", examples=[3]
    )
    from_level: LevelName = Field(default="blue", description="Below it, the step is left out.")


PolicyVersion = Annotated[
    int, Field(ge=0, le=2**62, description="The `version` that you looked at; 0 where it has none yet.", examples=[2])
]


class PolicyRequest(Body):
    """A policy as it is to be, as in `[[policies]]`; its name stands in the address."""

    version: PolicyVersion
    steps: tuple[StepRequest, ...] = Field(max_length=50)
    brands: tuple[Short, ...] = Field(
        default=(),
        max_length=200,
        description="All, and sources that are blind, if none is named.",
        examples=[["Lumenbread"]],
    )
    levels: tuple[LevelName, ...] = Field(
        default=("blue", "yellow", "orange", "red"), max_length=4, examples=[["orange", "red"]]
    )
    repeat: int = Field(default=3, description="How often the ladder is gone through.", examples=[3])
    minutes_per_channel: float = Field(
        default=2.0,
        allow_inf_nan=False,
        description="How long a channel that took a page has before the person's next one is tried.",
        examples=[2],
    )


class PolicyRestore(Body):
    """How a policy is to be again."""

    version: PolicyVersion
    to: int = Field(ge=0, description="As after the change of this version; 0: as in the configuration.", examples=[1])
