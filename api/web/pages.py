"""The pages of the control room: routes only; what they show is made in `views`."""

from fastapi import APIRouter

from api.parts import Parts


def create_router(parts: Parts) -> APIRouter:
    """All pages, without the ``/api`` prefix."""
    router = APIRouter(include_in_schema=False)

    @router.get("/about", response_model=None)
    def about() -> dict[str, str]:
        return {"version": parts.version}

    return router
