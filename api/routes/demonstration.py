"""The built-in demonstration."""

from typing import Literal

from fastapi import APIRouter

from api.parts import Parts
from api.routes.common import person_acting
from api.schemas.demonstration import DemonstrationOut


def create_router(parts: Parts) -> APIRouter:
    """The routes of the demonstration."""
    router = APIRouter(tags=["demonstration"])
    demonstration = parts.demonstration

    @router.get("/demonstration", summary="How the demonstration stands")
    def get_demonstration() -> DemonstrationOut:
        """Its brand and its state; `absent`: never started, or erased."""
        return DemonstrationOut(brand=demonstration.brand, state=demonstration.state())

    @router.post(
        "/demonstration/{order}",
        summary="Start, stop or erase the demonstration",
        dependencies=[person_acting(parts)],
    )
    def change_demonstration(order: Literal["start", "stop", "erase"]) -> DemonstrationOut:
        """`start` erases an earlier run and begins anew; `stop` keeps what is there; `erase` removes it all."""
        {"start": demonstration.start, "stop": demonstration.stop, "erase": demonstration.erase}[order]()
        return get_demonstration()

    return router
