"""What networks bill for reading."""

from fastapi import APIRouter

from api.parts import Parts
from api.schemas.spend import SpendOut, SpendsOut
from core.spend import said_of
from core.spending import spends_in


def create_router(parts: Parts) -> APIRouter:
    """The route of what is spent."""
    router = APIRouter(tags=["sources"])

    @router.get("/spend", summary="What reading the networks costs this month, and how it stands to the budget")
    def spend() -> SpendsOut:
        """Each network that has billed something this month or has a budget. Estimates: the bill is the network's."""
        found = spends_in(parts.store, parts.prices, parts.budgets, parts.clock.now())
        return SpendsOut(
            networks=tuple(
                SpendOut(
                    network=each.network,
                    month=each.month,
                    spent=each.spent,
                    forecast=each.forecast,
                    budget=each.budget,
                    state=each.state,
                    reason=said_of(each),
                )
                for each in found
            )
        )

    return router
