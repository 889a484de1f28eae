"""The control with which a person says whether a label is right, where mentions are shown.

With JavaScript the server answers with the control as it stands now, which takes the place of the old one. Without, the
page is shown again where it stood; what was said, and the way to take it back, then also stands above it, because the
mention may have left the list by what was said.
"""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.parts import Parts
from api.web.forms import SEE_OTHER, local, with_query
from api.web.site import Site
from core import corrections
from core.errors import ConflictError, NotFoundError, SixminuteError
from core.mention import Label

Text = Annotated[str, Form()]


def add_review_actions(router: APIRouter, parts: Parts, site: Site) -> None:
    """The two forms: to say what the label is, and to take that back."""
    clock = parts.clock

    def act(request: Request, mention_id: str, back: str, action: Callable[[], object]) -> Response:
        problem = ""
        try:
            action()
        except SixminuteError as error:
            problem = _problem(error)
        if request.headers.get("HX-Request") == "true":
            stored = parts.store.mention(mention_id)
            return site.part(request, "parts/review.html", item=stored, back=local(back), problem=problem)
        told = ("problem", problem) if problem else ("noted", quote(mention_id, safe=""))
        return RedirectResponse(with_query(local(back), *told), SEE_OTHER)

    @router.post("/mentions/{mention_id}/correction")
    def correct(
        request: Request, mention_id: str, label: Text, revision: Annotated[int, Form()], back: Text = "/"
    ) -> Response:
        return act(
            request,
            mention_id,
            back,
            lambda: corrections.correct(
                parts.store,
                parts.relay,
                mention_id=mention_id,
                label=Label(label) if label in set(Label) else Label.UNKNOWN,
                by=site.reader(request).user,
                now=clock.now(),
                revision=revision,
            ),
        )

    @router.post("/mentions/{mention_id}/correction/undo")
    def undo(request: Request, mention_id: str, back: Text = "/") -> Response:
        return act(
            request,
            mention_id,
            back,
            lambda: corrections.uncorrect(parts.store, parts.relay, mention_id=mention_id, now=clock.now()),
        )


def _problem(error: SixminuteError) -> str:
    """The name under which the pages have words for what went wrong."""
    for kind, name in ((ConflictError, "edited"), (NotFoundError, "missing")):
        if isinstance(error, kind):
            return name
    return "other"
