"""The pages of the control room: routes only. What they show is made in `views`.

A page is always rendered whole; with JavaScript, htmx takes from it only the parts that are concerned. So everything
works without JavaScript too, and there is one way in which each thing is shown.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import reviews
from api.parts import Parts
from api.security import USER_COOKIE, person
from api.web import alarms, views
from api.web import reader as people
from api.web.forms import SEE_OTHER, local, problem_with, then
from api.web.one_tap import add_one_tap
from api.web.paged import PROMISED, happened, paged_view
from api.web.paged_actions import add_paged_actions
from api.web.policies import add_policy_pages
from api.web.queries import SPANS, MentionFilter, address, span_of
from api.web.quiet import add_quiet_actions
from api.web.reviews import add_review_actions
from api.web.site import Site
from api.web.sources import sources_view
from core import casework
from core.case import DeliveryState
from core.errors import InputError
from core.language import LANGUAGES
from core.ports.queries import MentionQuery

_SOON = timedelta(days=7)
"""A maintenance window that begins sooner is shown beforehand."""
_YEAR = 31_536_000
_MOST_REPLY = 10_000

Text = Annotated[str, Form()]


class Asked(NamedTuple):
    """Which case is asked for, of which brand, and which part of the queue; empty where all are."""

    case: str
    brand: str
    show: str = ""


class Unsent(NamedTuple):
    """A reply that somebody approved in vain, and the name of the reason, where that is still to be said."""

    text: str
    approach: str
    problem: str = ""


def create_router(parts: Parts) -> APIRouter:
    """All pages, without the ``/api`` prefix.

    Raises:
        ConfigurationError: the files with the words can't be read.
    """
    router = APIRouter(include_in_schema=False)
    site = Site(parts)
    router.include_router(_rooms(parts, site))
    _add_case_actions(router, parts, site)
    _add_reply_actions(router, parts, site)
    _add_other_actions(router, parts, site)
    add_review_actions(router, parts, site)
    add_one_tap(router, parts, site)
    add_paged_actions(router, parts, site)
    add_quiet_actions(router, parts, site)
    add_policy_pages(router, parts, site)
    return router


def _rooms(parts: Parts, site: Site) -> APIRouter:
    router = APIRouter(dependencies=[Depends(site.look)])
    store, window = parts.store, timedelta(minutes=parts.window_minutes)

    @router.get("/")
    def now_page(request: Request, case: str = "", brand: str = "", show: str = "") -> Response:
        return show_now(parts, site, request, Asked(case, brand, show))

    @router.get("/alarm")
    @router.get("/alarm/{incident_id}")
    def alarm_page(request: Request, incident_id: str = "", brand: str = "", span: str = "") -> Response:
        now = parts.clock.now()
        recent = store.incidents(brand, limit=20).items
        incident = (
            store.incident(incident_id) if incident_id else alarms.gravest(recent, alarms.going_on(store, recent))
        )
        if incident_id and incident is None:
            return site.missing(request)
        main_brand = (incident.brand if incident else "") or site.main_brand(brand)
        shown_span = span_of(span, incident.opened_at if incident else None, now)
        hours = float(SPANS[shown_span])
        segment = alarms.segment_drawn(store, incident, now, hours)
        view = alarms.alarm_view(parts, incident, now, window) if incident else None
        paged = paged_view(parts, incident, site.reader(request).user) if incident else None
        return site.page(
            request,
            "alarm.html",
            view=view,
            share=reviews.share_of(parts, main_brand, now - window, now),
            incidents=recent,
            brand=brand,
            main_brand=main_brand,
            span=shown_span,
            asked_span=span if span in SPANS else "",
            segment=segment,
            chart=alarms.recent_chart(store, main_brand, now, hours, window, segment),
            data=alarms.chart_data(store, main_brand, now, hours, window, segment),
            paged=paged,
            happened=happened(view.alerts, paged.deeds) if view and paged else (),
            promised=PROMISED,
            quiet=parts.quiet(incident, now) if incident and not incident.closed_at else None,
            silences=store.silences(now),
            maintenance=[one for one in parts.maintenance(now) if one.since and one.since - now < _SOON],
            present=parts.present,
        )

    @router.get("/mentions")
    def mentions_page(request: Request) -> Response:
        asked = MentionFilter.from_query(request.query_params)
        try:
            page, links = views.mention_page(store, asked.query())
        except InputError:
            # Only the cursor can be wrong here, and a page always opens.
            asked = replace(asked, cursor="")
            page, links = views.mention_page(store, asked.query())
        sources = sorted({item.mention.source for item in store.mentions(MentionQuery(limit=200)).items})
        return site.page(
            request,
            "mentions.html",
            page=page,
            links=links,
            asked=asked,
            sources=sources,
            themes=site.themes(asked.theme),
            rates=reviews.rates_of(parts, asked.brand, parts.clock.now()),
            known_error=parts.known_error,
            review_days=parts.review_days,
        )

    @router.get("/sources")
    def sources_page(request: Request) -> Response:
        return site.page(request, "sources.html", seen=sources_view(parts, parts.clock.now()))

    @router.get("/outbox")
    def outbox_page(request: Request) -> Response:
        deliveries = store.deliveries(limit=200)
        mentions = store.mentions_by_id([delivery.mention for delivery in deliveries])
        return site.page(
            request, "outbox.html", deliveries=deliveries, mentions=mentions, waiting=DeliveryState.WAITING
        )

    return router


def show_now(parts: Parts, site: Site, request: Request, asked: Asked, unsent: Unsent | None = None) -> Response:
    """The first page with one case, the first of the queue where none is named; with a reply that wasn't taken."""
    store, now, window = parts.store, parts.clock.now(), timedelta(minutes=parts.window_minutes)
    case, brand = asked.case, asked.brand
    show = asked.show if asked.show in views.SHOWN else ""
    queue = views.queue(store, brand, now, show)
    chosen = case or (queue[0].case.id if queue else "")
    if case:
        views.mark_seen(store, case, now)
    main_brand = site.main_brand(brand)
    view = views.case_view(parts, chosen, now) if chosen else None
    if view and unsent and view.case.claimed_by in {"", site.reader(request).user}:
        view = views.with_typed(parts.advisor, view, unsent.text, unsent.approach)
    told: dict[str, Any] = {"problem": unsent.problem, "path": address("/", case=case, brand=brand)} if unsent else {}
    return site.page(
        request,
        "now.html",
        queue=queue,
        show=show,
        chosen=view,
        unsent=unsent,
        asked_case=case,
        brand=brand,
        main_brand=main_brand,
        chart=alarms.recent_chart(store, main_brand, now, alarms.recent_hours(store, main_brand, now), window),
        share=reviews.share_of(parts, main_brand, now - window, now),
        live=store.mentions(MentionQuery(brand=brand, limit=12)).items,
        **told,
    )


def _add_case_actions(router: APIRouter, parts: Parts, site: Site) -> None:
    store, clock = parts.store, parts.clock

    def act(request: Request, case_id: str, action: Callable[[], object]) -> Response:
        return then(address("/", case=case_id, brand=request.query_params.get("brand", "")), action)

    @router.post("/cases/{case_id}/claim")
    def claim(request: Request, case_id: str) -> Response:
        return act(request, case_id, lambda: casework.claim(store, case_id, site.reader(request).user, clock.now()))

    @router.post("/cases/{case_id}/withdraw")
    def withdraw(request: Request, case_id: str, back: Text = "") -> Response:
        action = lambda: casework.withdraw(store, case_id, site.reader(request).user, clock.now())  # noqa: E731
        return then("/outbox", action) if back == "outbox" else act(request, case_id, action)

    @router.post("/cases/{case_id}/resolve")
    def resolve(request: Request, case_id: str) -> Response:
        return act(request, case_id, lambda: casework.resolve(store, case_id, site.reader(request).user, clock.now()))

    @router.post("/cases/{case_id}/reopen")
    def reopen(request: Request, case_id: str) -> Response:
        return act(request, case_id, lambda: casework.reopen(store, case_id, site.reader(request).user, clock.now()))


def _add_reply_actions(router: APIRouter, parts: Parts, site: Site) -> None:
    store, clock = parts.store, parts.clock

    @router.post("/cases/{case_id}/approve")
    def approve(
        request: Request, case_id: str, text: Text, version: Annotated[int, Form()], approach: Text
    ) -> Response:
        typed, asked = _typed(text), Asked(case_id, request.query_params.get("brand", ""))
        problem = problem_with(
            lambda: casework.approve(
                store,
                parts.relay,
                parts.advisor,
                case_id=case_id,
                version=version,
                text=typed,
                approach=approach,
                by=site.reader(request).user,
                now=clock.now(),
                undo_seconds=parts.undo_seconds,
            )
        )
        if not problem:
            return RedirectResponse(address("/", case=case_id, brand=asked.brand), SEE_OTHER)
        # Shown at once instead of after a redirect, which would forget what somebody has written.
        site.look(request)
        return show_now(parts, site, request, asked, Unsent(typed[:_MOST_REPLY], approach, problem))

    @router.post("/cases/{case_id}/take-over")
    def take_over(request: Request, case_id: str, text: Text = "", approach: Text = "") -> Response:
        """Whoever wrote a reply while another had the case goes on writing it."""
        asked = Asked(case_id, request.query_params.get("brand", ""))
        action = lambda: casework.take_over(store, case_id, site.reader(request).user, clock.now())  # noqa: E731
        if not text:
            return then(address("/", case=case_id, brand=asked.brand), action)
        problem = problem_with(action)
        site.look(request)
        return show_now(parts, site, request, asked, Unsent(_typed(text)[:_MOST_REPLY], approach, problem))

    @router.post("/cases/{case_id}/lint")
    def lint(request: Request, case_id: str, text: Text = "", approach: Text = "") -> Response:
        """The card of a draft while it is being edited: the text with its findings, its length, the button."""
        view = views.case_view(parts, case_id, clock.now())
        if view is None:
            return site.missing(request)
        typed = _typed(text)[:_MOST_REPLY]
        shown = views.typed_view(parts.advisor, view, typed, approach)
        return site.page(request, "parts/draft_read.html", shown=shown, chosen=view)


def _add_other_actions(router: APIRouter, parts: Parts, site: Site) -> None:
    @router.post("/demonstration/{order}")
    def demonstration(request: Request, order: str) -> Response:
        orders = {
            "start": parts.demonstration.start,
            "stop": parts.demonstration.stop,
            "erase": parts.demonstration.erase,
        }
        return then("/", orders[order]) if order in orders else site.missing(request)

    @router.post("/preferences")
    def preferences(language: Text = "", theme: Text = "", user: Text = "", back: Text = "/") -> Response:
        """Remember what the reader prefers, and go back to where the form stood."""
        response = RedirectResponse(local(back), SEE_OTHER)
        chosen = {
            people.LANGUAGE: language if language in LANGUAGES else "",
            people.THEME: theme if theme in ("system", "light", "dark") else "",
            USER_COOKIE: people.cookie_value(person(user)),
        }
        for name, value in chosen.items():
            if value:
                response.set_cookie(name, value, max_age=_YEAR, httponly=True, samesite="strict")
        return response


def _typed(text: str) -> str:
    """What a person typed: browsers send line ends as CR LF (HTML, form submission), networks count one character."""
    return text.replace("\r\n", "\n").strip()
