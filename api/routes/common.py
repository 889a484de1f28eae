"""What several routes need: which brands there are, who acts, and things by their id or not at all."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from fastapi.params import Depends as Dependency

from api.idempotency import HEADER
from api.parts import Parts
from api.problems import ProblemError
from api.security import USER_HEADER, who_acts
from core.errors import NotFoundError

Thing = TypeVar("Thing")


def brand_names(parts: Parts) -> tuple[str, ...]:
    """The brands that are configured, then those of which only mentions are kept."""
    return tuple(dict.fromkeys([*(brand.name for brand in parts.brands()), *parts.store.brands()]))


def check_brand(parts: Parts, brand: str) -> None:
    """Refuse a brand that isn't there; an empty name means any.

    Raises:
        ProblemError: there is no such brand; the answer names those there are.
    """
    names = brand_names(parts)
    if brand and brand not in names:
        there_are = f"There are {', '.join(names)}" if names else "None is configured yet"
        raise ProblemError("unknown-brand", f"There is no brand {brand!r}. {there_are}.", brands=names)


def check_channel(parts: Parts, channel: str) -> None:
    """Refuse a channel that nothing is known of.

    Raises:
        ProblemError: it is one; the answer names those that are known.
    """
    known = parts.advisor.channels()
    if channel.strip().lower() not in known:
        raise wrong("channel", f"{channel!r} isn't known; choose one of {', '.join(known)}")


def check_range(since: datetime | None, until: datetime | None) -> None:
    """Refuse a range that ends before it begins.

    Raises:
        ProblemError: it does.
    """
    if since and until and since >= until:
        raise wrong("until", "it must be later than since")


def range_of(
    since: datetime | None, until: datetime | None, now: datetime, usual: timedelta
) -> tuple[datetime, datetime]:
    """The range that is meant: until now, and as long as `usual`, where nothing else was said.

    Raises:
        ProblemError: it ends before it begins.
    """
    check_range(since, until)
    if since and not until and since >= now:
        raise wrong("since", "it must be in the past, unless until is given")
    end = until or now
    return since or end - usual, end


def wrong(field: str, message: str) -> ProblemError:
    """The problem of a request in which one field is wrong."""
    return ProblemError(
        "invalid-request",
        f"{field}: {message}. Correct this and send it again.",
        errors=[{"field": field, "message": message}],
    )


def found(thing: Thing | None, what: str, id_: str) -> Thing:
    """The thing, if it is there.

    Raises:
        NotFoundError: it isn't.
    """
    if thing is None:
        raise NotFoundError(f"There is no {what} {id_}: it never existed, or it was erased.")
    return thing


def person_acting(parts: Parts) -> Dependency:
    """For changes: gives the name of the person who acts, and tells of both headers in the documentation."""

    def person(
        request: Request,
        user: Annotated[  # noqa: ARG001 - read from the request, so that the cookie counts too
            str | None,
            Header(
                alias=USER_HEADER, description="Who acts, as percent-encoded UTF-8; else the cookie, else the default."
            ),
        ] = None,
        key: Annotated[  # noqa: ARG001 - the middleware reads it
            str | None,
            Header(
                alias=HEADER, description="Sent again with the same key, the same request is answered but not repeated."
            ),
        ] = None,
    ) -> str:
        return who_acts(request, parts.user)

    acting: Callable[..., str] = person
    return Depends(acting)  # type: ignore[no-any-return]
