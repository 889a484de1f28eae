"""What is answered to a form of a page."""

from collections.abc import Callable

from fastapi.responses import RedirectResponse, Response

from core.errors import ConflictError, InputError, NotFoundError, SixminuteError

SEE_OTHER = 303


def then(target: str, action: Callable[[], object]) -> Response:
    """Do what a form asked for and show the page again; what went wrong is said there in the reader's words."""
    problem = problem_with(action)
    return RedirectResponse(with_query(target, "problem", problem) if problem else target, SEE_OTHER)


def problem_with(action: Callable[[], object]) -> str:
    """Do something; the name under which the pages have words for what went wrong, empty where nothing did."""
    try:
        action()
    except SixminuteError as error:
        return problem_of(error)
    return ""


def with_query(target: str, name: str, value: str) -> str:
    """An address with one more thing in its query."""
    page, _, fragment = target.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{name}={value}{'#' if fragment else ''}{fragment}"


def problem_of(error: SixminuteError) -> str:
    """The name under which the pages have words for what went wrong."""
    for kind, name in ((ConflictError, "conflict"), (InputError, "input"), (NotFoundError, "missing")):
        if isinstance(error, kind):
            return name
    return "other"


def local(address: str) -> str:
    """The address if it leads to a page of this server, else that of the first page."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
