"""Escalation policies, and who would be paged."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT
from core.alert import LevelName
from core.policies import FaultKind, Foresight, Ladder, PolicyChange, PolicyDeed, Step


class ReachedOut(Answer):
    """Somebody whom a step means now."""

    name: str = Field(examples=["Mei-Ling"])
    channels: tuple[str, ...] = Field(description="In the order in which they are tried.", examples=[["log"]])
    asleep_until: datetime | None = Field(description="When the quiet hours end that hold now; null where none do.")
    wakes_from: LevelName = Field(description="From this level on the quiet hours don't hold.")


class StepOut(Answer):
    """A step of a policy's ladder, and whom it means now."""

    to: tuple[str, ...] = Field(examples=[["rotation:desk", "Ada"]])
    after_minutes: float = Field(examples=[3])
    from_level: LevelName
    people: tuple[ReachedOut, ...]


class PolicyFaultOut(Answer):
    """What is wrong with a policy by now."""

    field: str = Field(examples=["steps.0.to"])
    kind: FaultKind
    message: str


class PolicyOut(Answer):
    """A policy as it holds now. The first that fits the brand and the level of an incident is taken."""

    name: str = Field(examples=["grave"])
    origin: Literal["configuration", "page", "usual"] = Field(
        description="Where it stands; `usual` is what holds where no policy says anything."
    )
    version: int = Field(description="That of its last change; 0 without any.", examples=[2])
    changed_at: datetime | None
    changed_by: str = Field(examples=["Mei-Ling"])
    brands: tuple[str, ...] = Field(description="Empty: all, and sources that are blind.", examples=[["Lumenbread"]])
    levels: tuple[LevelName, ...]
    steps: tuple[StepOut, ...]
    repeat: int
    minutes_per_channel: float
    shadowed: bool = Field(description="Those before it leave it nothing to hold for.")
    faults: tuple[PolicyFaultOut, ...]

    @classmethod
    def of(cls, ladder: Ladder) -> "PolicyOut":
        """A policy as the rules give it."""
        policy = ladder.policy
        return cls(
            name=policy.name,
            origin=ladder.origin,
            version=ladder.version,
            changed_at=ladder.change.at if ladder.change else None,
            changed_by=ladder.change.by if ladder.change else "",
            brands=policy.brands,
            levels=policy.levels,
            steps=tuple(
                StepOut(
                    to=step.to,
                    after_minutes=step.after_minutes,
                    from_level=step.from_level,
                    people=tuple(ReachedOut.model_validate(one) for each in meant for one in each.people),
                )
                for step, meant in zip(policy.steps, ladder.steps, strict=True)
            ),
            repeat=policy.repeat,
            minutes_per_channel=policy.minutes_per_channel,
            shadowed=ladder.shadowed,
            faults=tuple(PolicyFaultOut.model_validate(fault) for fault in ladder.faults),
        )


class KeptStepOut(Answer):
    """A step of a policy as it was saved."""

    to: tuple[str, ...] = Field(examples=[["rotation:desk", "Ada"]])
    after_minutes: float = Field(examples=[3])
    from_level: LevelName


class PolicyChangeOut(Answer):
    """A change of a policy, and how it was from then on."""

    version: int = Field(examples=[2])
    at: datetime = Field(examples=[AT])
    by: str = Field(examples=["Mei-Ling"])
    what: PolicyDeed
    brands: tuple[str, ...]
    levels: tuple[LevelName, ...]
    steps: tuple[KeptStepOut, ...] = Field(description="Empty where it was removed, or as in the configuration.")
    repeat: int | None
    minutes_per_channel: float | None

    @classmethod
    def of(cls, change: PolicyChange) -> "PolicyChangeOut":
        """A change as it is kept."""
        policy = change.policy
        steps: tuple[Step, ...] = policy.steps if policy else ()
        return cls(
            version=change.version,
            at=change.at,
            by=change.by,
            what=change.what,
            brands=policy.brands if policy else (),
            levels=policy.levels if policy else (),
            steps=tuple(KeptStepOut.model_validate(step) for step in steps),
            repeat=policy.repeat if policy else None,
            minutes_per_channel=policy.minutes_per_channel if policy else None,
        )


class PolicyDetail(Answer):
    """The policy of a name, and who changed it."""

    name: str = Field(examples=["grave"])
    version: int = Field(description="To be named in the next change.", examples=[2])
    policy: PolicyOut | None = Field(description="As it holds now; null where it was removed.")
    changes: tuple[PolicyChangeOut, ...] = Field(description="The latest first.")


class PageForeseenOut(Answer):
    """A page that would go out."""

    at: datetime = Field(examples=[AT])
    minutes: float = Field(description="After the incident opens.", examples=[3])
    person: str = Field(examples=["Mei-Ling"])
    channel: str = Field(examples=["log"])
    round: int = Field(description="Of the ladder, from 1 on.", examples=[1])
    held: bool = Field(description="It waited for the end of the person's quiet hours.")


class ForesightOut(Answer):
    """Who would be paged over an incident, as long as nobody answers."""

    brand: str = Field(description="Empty: a source that is blind.", examples=["Lumenbread"])
    level: int = Field(ge=1, le=4, description="1 blue, 2 yellow, 3 orange, 4 red.", examples=[3])
    at: datetime = Field(examples=[AT])
    policy: str = Field(description="The name of the one that holds; empty: the usual one.", examples=["grave"])
    pages: tuple[PageForeseenOut, ...] = Field(description="In order of time.")
    asleep: tuple[ReachedOut, ...] = Field(description="Who is left to sleep at first.")
    quiet_until: datetime | None = Field(description="Nobody is paged before, because it is silenced.")
    invented: bool = Field(description="The brand is one of the demonstration: nobody is paged.")
    everybody: bool = Field(description="No step reaches anybody, so everybody is paged.")
    ends_at: datetime | None = Field(description="When everybody has been asked as often as the policy says.")
    more: bool = Field(description="They go on beyond what is listed.")

    @classmethod
    def of(cls, foresight: Foresight) -> "ForesightOut":
        """What the rules foresee."""
        return cls.model_validate(foresight)
