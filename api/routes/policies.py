"""Escalation policies: see them, change them, and who would be paged."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.answer import Page
from api.parts import Parts
from api.problems import ProblemError
from api.requests import BrandName, Moment, PolicyRequest, PolicyRestore, Short
from api.routes.common import check_brand, person_acting
from api.schemas.examples import AT
from api.schemas.policies import ForesightOut, PolicyChangeOut, PolicyDetail, PolicyOut
from core.alert import LevelName, level_of
from core.errors import NotFoundError
from core.policies import Fault, Policy, Step

PolicyName = Annotated[Short, Path(max_length=200, description="As GET policies has it, or a new one.")]


def create_router(parts: Parts) -> APIRouter:
    """The routes of policies."""
    router = APIRouter(tags=["policies"])
    desk, clock = parts.policies, parts.clock
    acting = person_acting(parts)

    @router.get("/policies", summary="Who is paged after whom")
    def list_policies() -> Page[PolicyOut]:
        """In the order in which they are asked: the first that fits is taken. With whom each step means now."""
        return Page(items=tuple(PolicyOut.of(each) for each in desk.ladders(clock.now()).ladders), next=None)

    @router.get("/policies/{name:path}", summary="One policy, and who changed it")
    def get_policy(name: PolicyName) -> PolicyDetail:
        """Also one that was removed: its changes are kept."""
        return _detail(parts, name)

    @router.put("/policies/{name:path}", summary="Save a policy")
    def save_policy(name: PolicyName, body: PolicyRequest, by: Annotated[str, acting]) -> PolicyDetail:
        """It goes before the one of the same name in the configuration, and holds within seconds.

        Refused is what the configuration would refuse too, and whatever would leave an incident without anybody who is
        paged.
        """
        policy = Policy(
            name=name,
            brands=tuple(dict.fromkeys(body.brands)),
            levels=tuple(dict.fromkeys(body.levels)),
            steps=tuple(
                Step(to=tuple(dict.fromkeys(step.to)), after_minutes=step.after_minutes, from_level=step.from_level)
                for step in body.steps
            ),
            repeat=body.repeat,
            minutes_per_channel=body.minutes_per_channel,
        )
        _refuse(desk.save(policy, body.version, by, clock.now()))
        return _detail(parts, name)

    @router.delete("/policies/{name:path}", summary="Remove a policy")
    def remove_policy(
        name: PolicyName,
        version: Annotated[int, Query(ge=0, le=2**62, description="The `version` that you looked at.", examples=[2])],
        by: Annotated[str, acting],
    ) -> PolicyDetail:
        """Also one of the configuration; with `restore` it comes back."""
        _refuse(desk.remove(name, version, by, clock.now()))
        return _detail(parts, name)

    @router.post("/policies/{name:path}/restore", summary="Make a policy as it was")
    def restore_policy(name: PolicyName, body: PolicyRestore, by: Annotated[str, acting]) -> PolicyDetail:
        """As it was after an earlier change, or as in the configuration."""
        _refuse(desk.restore(name, body.to, body.version, by, clock.now()))
        return _detail(parts, name)

    @router.get("/pages/preview", summary="Who would be paged")
    def preview_pages(
        level: Annotated[LevelName, Query(description="At which the incident opens, and stays.")] = "orange",
        brand: BrandName = "",
        at: Annotated[Moment | None, Query(description="When it opens; now, if not given.", examples=[AT])] = None,
    ) -> ForesightOut:
        """Over an incident that opens then, as long as nobody answers; without a brand, over a source that is blind.

        Worked out by the rules of paging themselves. Nobody is paged.
        """
        check_brand(parts, brand)
        return ForesightOut.of(desk.foresee(brand, level_of(level), at or clock.now()))

    return router


def _detail(parts: Parts, name: str) -> PolicyDetail:
    changes = parts.policies.history(name)
    ladders = parts.policies.ladders(parts.clock.now()).ladders
    ladder = next((each for each in ladders if each.policy.name == name and each.origin != "usual"), None)
    if ladder is None and not changes:
        raise NotFoundError(f"There is no policy {name!r}: it never existed.")
    return PolicyDetail(
        name=name,
        version=changes[0].version if changes else 0,
        policy=PolicyOut.of(ladder) if ladder else None,
        changes=tuple(PolicyChangeOut.of(change) for change in changes),
    )


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        told = "; ".join(fault.message for fault in faults)
        errors = [{"field": fault.field or "policy", "message": fault.message} for fault in faults]
        raise ProblemError(
            "invalid-request", f"{told}. Nothing was changed; correct this and send it again.", errors=errors
        )
