"""Commands about paging: test pages, and who is on duty."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from alerting.duty import quiet_ends
from alerting.notices import TEST_LEVEL
from alerting.policies import Person
from core.alert import Level, level_of
from core.errors import InputError, NotFoundError
from core.escalation import Deed, handling_of
from core.policies import Foresight
from runtime import settings as settings_module
from runtime.commands.helping import Command, Group
from runtime.commands.quieting import AsJson, LevelChoice, moment
from runtime.printing import printable
from runtime.wiring import backends, people

page = typer.Typer(
    name="page", cls=Group, help="Who is paged: send test pages, see who is on duty, and who would be paged."
)


@page.command("test", cls=Command)
def send_tests(
    person: Annotated[str, typer.Option("--person", help="Only this person; everybody, if not given.")] = "",
) -> None:
    """Send a test page. `up` or an alerting worker takes it from there; one without an answer is reported."""
    settings = settings_module.load(pages=False)
    reachable, now = people.directory(settings).reachable(), backends.system_clock().now()
    names = [each.name for each in reachable]
    if person and person not in names:
        raise NotFoundError(f"--person {person}: there is nobody of that name; there are {', '.join(names)}")
    wish = handling_of("", Deed.TESTED, settings_module.acting_user(settings), now, to=person)
    with closing(backends.open_store(settings)) as store, store.unit() as unit:
        unit.handle(wish)
    for line in _tests([each for each in reachable if person in {"", each.name}], now):
        print(printable(line))


def _tests(told: Sequence[Person], now: datetime) -> Iterator[str]:
    """To whom a test page goes now, and who gets it at the end of their quiet hours: nobody is woken for a test."""
    asleep = {each.name: until for each in told if (until := quiet_ends(each, TEST_LEVEL, now))}
    if awake := [each.name for each in told if each.name not in asleep]:
        yield f"A test page goes to {', '.join(awake)}."
    for each in told:
        if each.name in asleep:
            until = asleep[each.name].astimezone(ZoneInfo(each.zone))
            yield f"{each.name} has quiet hours until {until:%H:%M} ({each.zone}) and gets a test page then."


@page.command(cls=Command)
def duty() -> None:
    """Say who is on duty in each rotation, and until when, by the clock of the rotation."""
    settings = settings_module.load(pages=False)
    known = people.directory(settings)
    if not known.rotations:
        print("There are no rotations: add [[rotations]] to sixminute.toml.")
    for each in people.on_duty_now(known, backends.system_clock().now()):
        (zone,) = [rotation.zone for rotation in known.rotations if rotation.name == each.rotation]
        until = each.until.astimezone(ZoneInfo(zone))
        print(printable(f"{each.rotation}: {each.person} until {until:%Y-%m-%d %H:%M} ({zone})"))


@page.command(cls=Command)
def policy(
    brand: Annotated[str, typer.Option("--brand", help="Of this brand; a source that is blind, if not given.")] = "",
    level: Annotated[LevelChoice, typer.Option("--level", help="At this level.")] = LevelChoice.ORANGE,
    at: Annotated[
        str, typer.Option("--at", help="At this moment, such as 2026-03-02T22:30+08:00; now, if not given.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say who would be paged over an incident, when and over what, as long as nobody answers; nobody is."""
    settings, now = settings_module.load(pages=False), backends.system_clock().now()
    known = [each.name for each in settings.brands]
    if brand and brand not in known:
        raise InputError(f"--brand {brand}: there is no such brand; there are {', '.join(known) or 'none'}")
    when = moment("--at", at) if at else now
    with closing(backends.open_store(settings)) as store:
        found = people.policies(settings, store).foresee(brand, level_of(level.value), when)
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    zones = {person.name: person.zone for person in settings.people}
    for line in _lines(found, zones):
        print(printable(line))


def _lines(found: Foresight, zones: Mapping[str, str]) -> Iterator[str]:
    policy = f"policy {found.policy!r}" if found.policy else "the usual policy"
    about = found.brand or "a source that is blind"
    yield f"{about}, {Level(found.level).name.lower()}, {found.at:%Y-%m-%d %H:%M} UTC: {policy}"
    if found.invented:
        yield "  Nobody: the brand is invented, and what happens to it stands in the log alone."
    if found.everybody:
        yield "  No step of it reaches anybody, so everybody is paged."
    if found.quiet_until:
        yield f"  Nobody before {found.quiet_until:%Y-%m-%d %H:%M} UTC: it is silenced."
    for sleeper in found.asleep:
        zone = zones.get(sleeper.name, "UTC")
        until = (sleeper.asleep_until or found.at).astimezone(ZoneInfo(zone))
        yield f"  {sleeper.name} sleeps until {until:%H:%M} ({zone}) and is told then."
    for each in found.pages:
        yield f"  {_after(each.minutes):>8}  {each.person} over {each.channel}, round {each.round}"
    if found.more:
        yield "  … and so on."
    if found.ends_at:
        minutes = (found.ends_at - found.at) / timedelta(minutes=1)
        yield f"  {_after(minutes):>8}  everybody was asked; that nobody answered stands in the log."


def _after(minutes: float) -> str:
    hours, rest = divmod(round(minutes * 60), 3600)
    return f"+{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"+{rest // 60}:{rest % 60:02}"
