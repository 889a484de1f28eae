"""What `sixminute doctor` says of who is paged."""

from datetime import datetime

from core.ports.store import Store
from runtime.commands.doctor_sources import SomeProblemsError
from runtime.settings import Settings
from runtime.wiring import people


def paging(settings: Settings, now: datetime) -> str:
    """Who can be paged and who is on duty.

    Raises:
        SomeProblemsError: brands of which no policy says anything.
    """
    if not settings.people:
        names = ", ".join(channel.name for channel in settings.channels) or "the log alone"
        return f"nobody is configured, so alerts are told over {names}; add [[people]] to sixminute.toml"
    known = people.directory(settings)
    duty = [f"{each.person} is on duty in {each.rotation}" for each in people.on_duty_now(known, now)]
    well = "; ".join([f"{', '.join(person.name for person in known.people)} can be paged", *duty])
    lacking = [brand.name for brand in settings.brands if not known.covers(brand.name)]
    if lacking:
        raise SomeProblemsError(
            [f"no policy says anything of {name}: the usual one holds; name it in [[policies]]" for name in lacking],
            well,
        )
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
