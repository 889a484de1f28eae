"""Commands about the alarm: silences, and what other settings would have done."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from core import silencing
from core.alert import Level, level_of
from core.bounds import FIRST_YEAR, LAST_YEAR, is_near
from core.errors import InputError
from core.preview import Outcome
from core.quiet import LONGEST, Silence
from runtime import settings as settings_module
from runtime.commands.helping import Command, Group
from runtime.printing import printable
from runtime.settings import acting_user
from runtime.wiring import backends
from runtime.wiring.preview import previewing

silence = typer.Typer(
    name="silence", cls=Group, help="Times in which nobody is told of incidents: add one, list them, end one."
)


class LevelChoice(StrEnum):
    """Up to which level a silence holds."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@silence.command("add", cls=Command)
def add_silence(  # noqa: PLR0917 - options of a command
    reason: Annotated[str, typer.Option("--reason", help="Why; whoever comes next must understand it.")],
    brand: Annotated[str, typer.Option("--brand", help="Incidents of this brand.")] = "",
    source: Annotated[str, typer.Option("--source", help="Blindness of this source.")] = "",
    hours: Annotated[float | None, typer.Option("--hours", help="For so many hours from now on.")] = None,
    until: Annotated[str, typer.Option("--until", help="Until this moment, such as 2026-03-02T09:00+08:00.")] = "",
    level: Annotated[LevelChoice, typer.Option("--level", help="Up to this level.")] = LevelChoice.ORANGE,
    by: Annotated[str, typer.Option("--by", help="Whose silence it is; you, if not given.")] = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="Also of a brand that isn't there yet.")] = False,
) -> None:
    """Tell nobody of incidents for a while. They are evaluated and recorded as ever; red only if said expressly."""
    if (hours is None) == (not until):
        raise InputError("Say until when: either --hours N or --until MOMENT.")
    if hours is not None and not 0 < hours <= LONGEST / timedelta(hours=1):
        raise InputError(f"--hours {hours:g}: choose above 0, at most {LONGEST // timedelta(hours=1)}")
    settings, now = settings_module.load(pages=False), backends.system_clock().now()
    ends = moment("--until", until) if hours is None else now + timedelta(hours=hours)
    with closing(backends.open_store(settings)) as store:
        known = tuple(dict.fromkeys([*(one.name for one in settings.brands), *store.brands()]))
        if brand and brand not in known and not anyway:
            raise InputError(
                f"--brand {brand}: there is no such brand; there are {', '.join(known) or 'none'}. "
                "Correct the name, or add --anyway"
            )
        made = silencing.silence(
            store,
            by=by or acting_user(settings),
            reason=reason,
            until=ends,
            now=now,
            brand=brand,
            source=source,
            level=level_of(level.value),
        )
    print(_line(made, now))


@silence.command("list", cls=Command)
def list_silences(
    everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the silences that hold or are still to begin, newest first."""
    now = backends.system_clock().now()
    with closing(backends.open_store(settings_module.load(pages=False))) as store:
        found = [one for one in store.silences() if everything or one.ends > now]
    for one in found:
        print(msgspec.json.encode(one).decode() if as_json else _line(one, now))
    if not found and not as_json:
        print("No silences.")


@silence.command("end", cls=Command)
def end_silence(
    silence_id: Annotated[str, typer.Argument(metavar="ID", help="As `sixminute silence list` shows it.")],
    by: Annotated[str, typer.Option("--by", help="Who ends it; you, if not given.")] = "",
) -> None:
    """Take a silence back: people are told again, also of what is still open."""
    settings, now = settings_module.load(pages=False), backends.system_clock().now()
    with closing(backends.open_store(settings)) as store:
        print(_line(silencing.end(store, silence_id, by or acting_user(settings), now), now))


def preview(
    brand: Annotated[str, typer.Option("--brand", help="The brand.")],
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of [alerting], such as false_alarms_per_week=2.")
    ] = None,
    days: Annotated[int, typer.Option("--days", help="So many days up to now, at most 31.")] = 30,
    as_json: AsJson = False,
) -> None:
    """What the alarm would have done with other settings, beside the present ones; nothing is changed."""
    settings, clock = settings_module.load(pages=False), backends.system_clock()
    wanted = dict(_pair(each) for each in changes or ())
    with closing(backends.open_store(settings)) as store:
        if brand not in store.brands():
            raise InputError(f"No mentions of {brand!r}; there are: {', '.join(store.brands()) or 'none'}")
        found = previewing(store, clock, settings.alerting)(brand, wanted, days, clock.now())
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    print(f"{printable(brand)}, {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC")
    print(f"As it is set:    {_counted(found.present)}")
    if wanted:
        print(f"With {', '.join(f'{name} = {value}' for name, value in wanted.items())}: {_counted(found.proposed)}")
    for one in (found.proposed if wanted else found.present).incidents:
        closed = f"{one.closed_at:%Y-%m-%d %H:%M}" if one.closed_at else "still open"
        print(f"  {one.opened_at:%Y-%m-%d %H:%M}  to {closed:<16}  {one.peak.name.lower():<6}  {one.rule}")


def _counted(outcome: Outcome) -> str:
    several = len(outcome.incidents)
    levels = ", ".join(f"{count} {Level(level).name.lower()}" for level, count in outcome.by_level.items() if count)
    return f"{several} incident{'' if several == 1 else 's'}" + (f" ({levels})" if levels else "")


def _pair(written: str) -> tuple[str, str]:
    name, sign, value = written.partition("=")
    if not sign or not name.strip():
        raise InputError(f"--set {written}: write it like false_alarms_per_week=2")
    return name.strip(), value.strip()


def moment(option: str, written: str) -> datetime:
    """The moment (UTC) that an option names.

    Raises:
        InputError: it is none, or has no zone.
    """
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise InputError(f"{option} {written}: write it like 2026-03-02T09:00+08:00") from None
    if at.tzinfo is None:
        raise InputError(f"{option} {written}: add its zone, as in 2026-03-02T09:00+08:00, or Z for UTC")
    if not is_near(at):
        raise InputError(f"{option} {written}: choose a year from {FIRST_YEAR} to {LAST_YEAR}")
    return at.astimezone(UTC)


def _line(one: Silence, now: datetime) -> str:
    what = " and ".join(printable(name) for name in (one.brand, one.source and f"source {one.source}") if name)
    ended = f", ended by {printable(one.ended_by)}" if one.ended_by else "" if one.ends > now else ", over"
    return (
        f"{one.id}  {what}, up to {one.level.name.lower()}, "
        f"{one.since:%Y-%m-%d %H:%M} to {one.ends:%Y-%m-%d %H:%M} UTC{ended}\n"
        f"    {printable(one.owner)}: {printable(one.reason)}"
    )
