"""The form in which a policy is written: what it says, as text, and what its buttons do (pure).

Everything that the form holds comes with it, so that it also works without JavaScript, and so that nothing of what was
written is lost where something is refused.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from starlette.datastructures import FormData

from core.alert import LevelName
from core.policies import Policy, Step

LEVELS: tuple[LevelName, ...] = ("blue", "yellow", "orange", "red")
_MOST_STEPS = 50
_LONGEST = 300


@dataclass(frozen=True)
class StepForm:
    """A step as it is written."""

    to: tuple[str, ...] = ()
    after: str = "5"
    level: str = "blue"


@dataclass(frozen=True)
class PolicyForm:
    """A policy as it is written. `new`: none of that name is being changed; `version` is the one that was looked at.

    `focus` names the button or field at which the keyboard goes on; empty: where the browser begins.
    """

    name: str = ""
    new: bool = True
    version: int = 0
    brands: tuple[str, ...] = ()
    levels: tuple[str, ...] = LEVELS
    steps: tuple[StepForm, ...] = (StepForm(),)
    repeat: str = "3"
    per_channel: str = "2"
    focus: str = ""

    @classmethod
    def of(cls, policy: Policy, version: int) -> Self:
        """A policy that there is."""
        return cls(
            name=policy.name,
            new=False,
            version=version,
            brands=policy.brands,
            levels=policy.levels,
            steps=tuple(StepForm(step.to, f"{step.after_minutes:g}", step.from_level) for step in policy.steps),
            repeat=str(policy.repeat),
            per_channel=f"{policy.minutes_per_channel:g}",
        )

    @classmethod
    def read(cls, form: FormData) -> Self:
        """What was sent; a number of steps that can't be read is none."""
        count = min(whole(_one(form, "count")), _MOST_STEPS)
        return cls(
            name=_one(form, "name").strip(),
            new=bool(_one(form, "new")),
            version=max(0, whole(_one(form, "version"))),
            brands=_several(form, "brands"),
            levels=tuple(level for level in LEVELS if level in _several(form, "levels")),
            steps=tuple(
                StepForm(_several(form, f"to-{n}"), _one(form, f"after-{n}").strip(), _one(form, f"from-{n}"))
                for n in range(count)
            ),
            repeat=_one(form, "repeat").strip(),
            per_channel=_one(form, "per_channel").strip(),
        )

    def policy(self) -> Policy:
        """What it says. What can't be read becomes a number that is refused."""
        return Policy(
            name=self.name,
            brands=self.brands,
            levels=tuple(level for level in LEVELS if level in self.levels),
            steps=tuple(
                Step(
                    to=step.to,
                    after_minutes=_number(step.after),
                    from_level=next((level for level in LEVELS if level == step.level), "blue"),
                )
                for step in self.steps
            ),
            repeat=whole(self.repeat),
            minutes_per_channel=_number(self.per_channel),
        )

    def after(self, order: str) -> Self:
        """The form after a button: ``add``, ``up-1``, ``down-1``, ``remove-1``; what can't be done changes nothing."""
        name, _, number = order.partition("-")
        steps, at = list(self.steps), whole(number, -1)
        if name == "add" and len(steps) < _MOST_STEPS:
            steps.append(StepForm())
            return replace(self, steps=tuple(steps), focus=f"to-{len(steps) - 1}")
        if not 0 <= at < len(steps):
            return self
        to = {"up": at - 1, "down": at + 1}.get(name, at)
        if name == "remove":
            del steps[at]
            return replace(self, steps=tuple(steps), focus=f"remove-{min(at, len(steps) - 1)}" if steps else "add")
        if not 0 <= to < len(steps) or to == at:
            return self
        steps[at], steps[to] = steps[to], steps[at]
        # At the end of the ladder the same button can't be pressed again: the keyboard goes on at the other one.
        other = {0: "down", len(steps) - 1: "up"}
        return replace(self, steps=tuple(steps), focus=f"{other.get(to, name)}-{to}")


def whole(text: str, otherwise: int = 0) -> int:
    """A whole number as it is written; `otherwise` where it is none."""
    try:
        return int(text) if len(text) <= len(str(2**62)) else otherwise
    except ValueError:
        return otherwise


def choices(known: Sequence[str], chosen: Iterable[str]) -> tuple[str, ...]:
    """What can be chosen, with what was chosen and is no longer there."""
    return tuple(dict.fromkeys((*known, *chosen)))


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan


def _one(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value[:_LONGEST] if isinstance(value, str) else ""


def _several(form: FormData, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:_LONGEST] for value in form.getlist(name) if isinstance(value, str)))
