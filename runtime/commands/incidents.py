"""Commands about incidents: what there is, who has it in hand, and what people say about it.

The rules are those of the web application (`api.handling`); what follows, a worker of the alarm does.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

from core.alert import Incident, Level
from core.errors import InputError, NotFoundError
from core.escalation import Escalation, EscalationKind, id_of_urgent
from core.ports.clock import Clock
from core.ports.store import Store
from runtime import settings as settings_module
from runtime.commands.helping import Command, Group
from runtime.commands.quieting import AsJson, moment
from runtime.printing import print_json, printable
from runtime.settings import Settings, acting_user
from runtime.wiring import backends, people

incident = typer.Typer(
    name="incident",
    cls=Group,
    help="Incidents and urgent cases: list them, take one in hand, pass it on, promise an update, resolve it.",
)

_PAGE = 200

Named = Annotated[str, typer.Argument(metavar="ID", help="As `sixminute incident list` or a page shows it.")]
By = Annotated[str, typer.Option("--by", help="Who does so; you, if not given.")]


@dataclass(frozen=True)
class _Desk:
    """Where it is noted what somebody did; see `api.handling.Desk`."""

    store: Store
    clock: Clock
    people: Sequence[str]
    by: str


@incident.command("list", cls=Command)
def list_incidents(
    brand: Annotated[str, typer.Option("--brand", help="Only of this brand.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also those that have closed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Show the incidents that are open, newest first, and then the urgent cases that people are paged over."""
    settings = settings_module.load(pages=False)
    with closing(backends.open_store(settings)) as store:
        known = tuple(dict.fromkeys([*(one.name for one in settings.brands), *store.brands()]))
        if brand and brand not in known:
            raise InputError(f"--brand {brand}: there is no such brand; there are {', '.join(known) or 'none'}")
        found = [(one, _over(store, one)) for one in _incidents(store, brand, open_only=not everything)]
        urgent = [state for name in ([brand] if brand else known) if (state := _urgent(store, name))]
    for one, over in found:
        print(msgspec.json.encode({**_as_object(one), "resolved_by": over}).decode() if as_json else _line(one, over))
    for state in urgent:
        print(msgspec.json.encode(_urgent_as_object(state)).decode() if as_json else _urgent_line(state))
    if not found and not urgent and not as_json:
        print("No incidents." if everything else "No open incidents.")


@incident.command(cls=Command)
def show(named: Named, as_json: AsJson = False) -> None:
    """Show an incident, urgent cases or a test page: what happened, who was paged over it, and what people did."""
    with closing(backends.open_store(settings_module.load(pages=False))) as store:
        one, state = store.incident(named), store.escalation(named)
        if one is None and state is None:
            raise NotFoundError(f"There is no incident or test {named}: it never existed, or it was erased.")
        if as_json:
            print_json(_whole(store, named, one, state))
            return
        for line in _lines(store, named, one, state):
            print(printable(line))


@incident.command(cls=Command)
def acknowledge(named: Named, by: By = "") -> None:
    """Take an incident or urgent cases in hand, so that nobody else is paged; or answer a test page."""
    from api import handling

    with _desk(by) as desk:
        new = handling.acknowledge(desk, named, desk.by)
        what = _what(desk.store, named)
    print(printable(f"{named}: {desk.by} {'has' if new else 'already has'} {what}."))


@incident.command("pass-on", cls=Command)
def pass_on(named: Named, to: Annotated[str, typer.Option("--to", help="To whom.")], by: By = "") -> None:
    """Pass an incident on. The other one is paged; until they acknowledge it stays where it is."""
    from api import handling

    with _desk(by) as desk:
        handling.delegate(desk, named, desk.by, to)
    print(printable(f"{named}: {to} is asked to take it; until then it stays with {desk.by}."))


@incident.command("take-over", cls=Command)
def take_over(named: Named, by: By = "") -> None:
    """Take an incident from whoever has it, for when they can't go on with it. They hear of it."""
    from api import handling

    with _desk(by) as desk:
        new = handling.take_over(desk, named, desk.by)
    print(printable(f"{named}: {desk.by} {'has' if new else 'already has'} the incident."))


@incident.command(cls=Command)
def promise(
    named: Named,
    until: Annotated[str, typer.Option("--until", help="At this moment at the latest: 2026-03-02T09:00+08:00.")],
    by: By = "",
) -> None:
    """Promise the next update. You are reminded shortly before and when it is due."""
    from api import handling

    at = moment("--until", until)
    with _desk(by) as desk:
        handling.promise(desk, named, desk.by, at)
    print(printable(f"{named}: {desk.by} promises the next update until {_time(at)} UTC."))


@incident.command(cls=Command)
def resolve(named: Named, by: By = "") -> None:
    """Say that an incident is over. Those who were paged hear of it; nobody is asked unless it rises again."""
    from api import handling

    with _desk(by) as desk:
        handling.resolve(desk, named, desk.by)
    print(printable(f"{named}: {desk.by} says that it is over."))


@contextmanager
def _desk(by: str) -> Iterator[_Desk]:
    """Where somebody acts; what a route would answer with as a problem is one line here."""
    from api.problems import ProblemError
    from api.security import person

    settings = settings_module.load(pages=False)
    name = person(by or acting_user(settings))
    if not name:
        raise InputError("--by: say who you are, by a name that can be seen.")
    with closing(backends.open_store(settings)) as store:
        try:
            yield _Desk(store, backends.system_clock(), _people(settings), name)
        except ProblemError as error:
            faults = error.extra.get("errors", ())
            told = "; ".join(f"--{one['field']}: {one['message']}" for one in faults)
            raise InputError(told or error.detail) from None


def _people(settings: Settings) -> tuple[str, ...]:
    return tuple(one.name for one in people.directory(settings).reachable())


def _incidents(store: Store, brand: str, *, open_only: bool) -> Iterator[Incident]:
    cursor = ""
    while True:
        page = store.incidents(brand, open_only, cursor, _PAGE)
        yield from page.items
        cursor = page.next
        if not cursor:
            return


def _over(store: Store, one: Incident) -> str:
    """Who said of an incident that it is over; empty where nobody did."""
    state = store.escalation(one.id)
    return state.resolved_by if state else ""


def _urgent(store: Store, brand: str) -> Escalation | None:
    """Where paging stands over the urgent cases of a brand; None where there are none that anybody is paged over."""
    state = store.escalation(id_of_urgent(brand))
    return None if state is None or state.ended else state


def _what(store: Store, named: str) -> str:
    """What somebody who acknowledged it has done."""
    state = store.escalation(named)
    if store.incident(named) is not None or state is None:
        return "this incident in hand"
    return "these urgent cases in hand" if state.kind is EscalationKind.URGENT else "answered this test page"


def _as_object(one: Incident) -> dict[str, Any]:
    """As the API gives it."""
    from api.schemas.incidents import IncidentOut

    return {"kind": "incident", **IncidentOut.model_validate(one).model_dump(mode="json")}


def _urgent_as_object(state: Escalation) -> dict[str, Any]:
    cases = state.cases
    return {
        "kind": "urgent",
        "id": state.incident,
        "brand": state.brand,
        "cases": cases.count if cases else 0,
        "answer_by": msgspec.to_builtins(cases.answer_by) if cases else None,
        "reason": cases.why if cases else {},
        "acknowledged_by": state.acknowledged_by,
        "acknowledged_at": msgspec.to_builtins(state.acknowledged_at),
    }


def _whole(store: Store, named: str, one: Incident | None, state: Escalation | None) -> dict[str, Any]:
    from api.paging import paging_of
    from api.schemas.incidents import AlertOut
    from api.whys import explanations

    alerts = store.alerts(named)
    told = explanations(store, alerts)
    if one is not None:
        about = _as_object(one)
    elif state is not None and state.kind is EscalationKind.URGENT:
        about = _urgent_as_object(state)
    else:
        about = {"kind": "test", "id": named}
    return {
        **about,
        "alerts": [AlertOut.of(alert, told.get(alert.id)).model_dump(mode="json") for alert in alerts],
        "paging": paging_of(store, named).model_dump(mode="json"),
    }


def _line(one: Incident, over: str) -> str:
    from alerting.names import subject

    what = f"source {one.source}" if one.source else subject(one.brand, one.segment)["en"]
    state = f"over, as {over} says" if over else _with(one.acknowledged_by)
    state = f"closed {_time(one.closed_at)} UTC" if one.closed_at else state
    return (
        f"{one.id}  {printable(what)}, {one.level.name.lower()}, since {_time(one.opened_at)} UTC, {printable(state)}\n"
        f"    {printable(one.reason['en'])}"
    )


def _urgent_line(state: Escalation) -> str:
    cases = state.cases
    many = f"{cases.count} urgent case{'' if cases.count == 1 else 's'}" if cases else "urgent cases"
    due = f", first answer by {_time(cases.answer_by)} UTC" if cases else ""
    why = f"\n    {printable(cases.why['en'])}" if cases else ""
    return f"{state.incident}  {printable(state.brand)}, {many}{due}, {printable(_with(state.acknowledged_by))}{why}"


def _lines(store: Store, named: str, one: Incident | None, state: Escalation | None) -> Iterator[str]:
    from api.paging import paging_of

    if one is not None:
        yield from _line(one, _over(store, one)).splitlines()
    elif state is not None and state.kind is EscalationKind.URGENT:
        yield from _urgent_line(state).splitlines()
    else:
        yield f"{named}  a page about the house itself"
    for alert in store.alerts(named):
        level = Level(alert.level).name.lower()
        yield f"  {_time(alert.at)}  {alert.event.value} {level}: {alert.reason['en']}"
    paging = paging_of(store, named)
    if paging.resolved_by:
        yield f"  {paging.resolved_by} said at {_time(paging.resolved_at)} that it is over."
    if paging.asked:
        yield f"  Asked, and not answered yet: {', '.join(paging.asked)}"
    if paging.passing_to:
        yield f"  On its way to {paging.passing_to}"
    if paging.promised_until:
        yield f"  {paging.promised_by} promises the next update until {_time(paging.promised_until)}"
    for tried in paging.attempts:
        said = f"failed: {tried.reason}" if tried.reason else "answered" if tried.answered_at else "taken"
        yield f"  {_time(tried.at)}  {tried.person} over {tried.channel}, {tried.kind.value}: {said}"
    for deed in paging.handled:
        more = f" to {deed.to}" if deed.to else f" until {_time(deed.until)}" if deed.until else ""
        yield f"  {_time(deed.at)}  {deed.by}: {deed.deed.value}{more}"


def _with(person: str) -> str:
    return f"with {person}" if person else "in nobody's hands"


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
