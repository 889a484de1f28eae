"""What `sixminute doctor` says of who is paged."""

from datetime import datetime
from itertools import product

from alerting.directory import Directory
from core.alert import Level
from core.paging import LOG
from core.ports.store import Store
from runtime.commands.doctor_sources import SomeProblemsError
from runtime.settings import Settings
from runtime.wiring import people


def paging(settings: Settings, now: datetime) -> str:
    """Who can be paged and who is on duty.

    Raises:
        SomeProblemsError: brands of which no policy says anything; policies that tell nobody but the log.
    """
    if not settings.people:
        names = ", ".join(channel.name for channel in settings.channels) or "the log alone"
        return f"nobody is configured, so alerts are told over {names}; add [[people]] to sixminute.toml"
    known = people.directory(settings)
    duty = [f"{each.person} is on duty in {each.rotation}" for each in people.on_duty_now(known, now)]
    well = "; ".join([f"{', '.join(person.name for person in known.people)} can be paged", *duty])
    lacking = [brand.name for brand in settings.brands if not known.covers(brand.name)]
    complaints = [
        f"no policy says anything of {name}: the usual one holds; name it in [[policies]]" for name in lacking
    ]
    complaints += [
        f"at {', '.join(levels)} policy {name!r} tells nobody but the log, which wakes nobody: give one of its people "
        "another channel"
        for name, levels in _only_logged(known, settings, now).items()
    ]
    if complaints:
        raise SomeProblemsError(complaints, well)
    return well


def policies(settings: Settings, store: Store, now: datetime) -> str:
    """What people changed on the page, and whether it can still be meant so.

    Raises:
        SomeProblemsError: a policy that was saved names what the configuration no longer has.
    """
    desk = people.policies(settings, store)
    saved = [each.policy.name for each in desk.ladders(now).ladders if each.origin == "page"]
    well = f"changed on the page: {', '.join(saved)}" if saved else ""
    if wrong := desk.wrong(now):
        raise SomeProblemsError(
            [f"{name}, changed on the page: {fault.message}; correct it at /policies" for name, fault in wrong], well
        )
    return well or "as configured"


def _only_logged(known: Directory, settings: Settings, now: datetime) -> dict[str, list[str]]:
    """Of each policy, the levels at which those whom it reaches have no channel but the log.

    Where it reaches nobody at all, everybody is paged instead.
    """
    logs = {LOG, *(channel.name for channel in settings.channels if channel.kind == "log")}
    found: dict[str, list[str]] = {}
    # The empty name stands for sources that are blind.
    for brand, level in product([*(brand.name for brand in settings.brands), ""], Level):
        heard = known.heard_by(brand, level, now) or known.reachable()
        if not any(set(known.channels_of(person)) - logs for person in heard):
            levels = found.setdefault(known.policy(brand, level).name, [])
            levels += [level.name.lower()] * (level.name.lower() not in levels)
    return found
