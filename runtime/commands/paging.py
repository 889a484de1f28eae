"""Commands about paging: test pages, and who is on duty."""

from contextlib import closing
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from core.errors import NotFoundError
from core.escalation import Deed, handling_of
from runtime import settings as settings_module
from runtime.printing import printable
from runtime.wiring import backends, people

page = typer.Typer(name="page", help="Who is paged: send test pages, see who is on duty.")


@page.command("test")
def send_tests(
    person: Annotated[str, typer.Option("--person", help="Only this person; everybody, if not given.")] = "",
) -> None:
    """Send a test page. `up` or an alerting worker takes it from there; one without an answer is reported."""
    settings = settings_module.load()
    names = [each.name for each in people.directory(settings).reachable()]
    if person and person not in names:
        raise NotFoundError(f"--person {person}: there is nobody of that name; there are {', '.join(names)}")
    wish = handling_of("", Deed.TESTED, settings_module.acting_user(settings), backends.system_clock().now(), to=person)
    with closing(backends.open_store(settings)) as store, store.unit() as unit:
        unit.handle(wish)
    print(printable(f"A test page goes to {person or ', '.join(names)}."))


@page.command()
def duty() -> None:
    """Say who is on duty in each rotation, and until when, by the clock of the rotation."""
    settings = settings_module.load()
    known = people.directory(settings)
    if not known.rotations:
        print("There are no rotations: add [[rotations]] to sixminute.toml.")
    for each in people.on_duty_now(known, backends.system_clock().now()):
        (zone,) = [rotation.zone for rotation in known.rotations if rotation.name == each.rotation]
        until = each.until.astimezone(ZoneInfo(zone))
        print(printable(f"{each.rotation}: {each.person} until {until:%Y-%m-%d %H:%M} ({zone})"))
