"""What is refused of maintenance windows, and why."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.bounds import FIRST_YEAR, LAST_YEAR, NAME_RULE, is_near, is_plain_name
from core.errors import ConfigurationError
from core.quiet import LONGEST, Maintenance

_WEEK = timedelta(days=7)


def check_maintenance(windows: Sequence[Maintenance], brands: Collection[str], sources: Collection[str]) -> None:
    """See to it that windows can be.

    Raises:
        ConfigurationError: one can't; the message names it and says what to do.
    """
    names = [window.name for window in windows]
    for window in windows:
        where = f"[[maintenance]] {window.name!r}"
        if not window.name.strip() or not window.owner.strip():
            raise ConfigurationError("[[maintenance]]: every window needs a name and an owner that aren't empty")
        longest = _WEEK if window.repeat else LONGEST
        wrong = {
            NAME_RULE: not is_plain_name(window.name),
            "is there twice; give each a name of its own": names.count(window.name) > 1,
            f"zone {window.zone!r} isn't known: write one such as Asia/Taipei": not _is_zone(window.zone),
            "starts and ends are local times: leave their zone out, it stands in `zone`": bool(
                window.starts.tzinfo or window.ends.tzinfo
            ),
            f"choose times of a year from {FIRST_YEAR} to {LAST_YEAR}": not (
                is_near(window.starts) and is_near(window.ends)
            ),
            "name a brand or a source: everything at once can't be silenced": not (window.brand or window.source),
            f"{window.brand!r} is no configured brand: add it or correct it": bool(window.brand)
            and window.brand not in brands,
            f"{window.source!r} is no configured source: add it or correct it": bool(window.source)
            and window.source not in sources,
            f"last {window.last!r} is no day: write it like 2026-12-31": not _is_day(window.last),
            "last is for windows that repeat": bool(window.last) and not window.repeat,
        }
        for complaint, holds in wrong.items():
            if holds:
                raise ConfigurationError(f"{where}: {complaint}")
        if not timedelta() < window.ends - window.starts <= longest:
            raise ConfigurationError(f"{where}: it must end after it starts, and last {longest.days} days at most")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


def _is_day(written: str) -> bool:
    try:
        return not written or bool(date.fromisoformat(written))
    except ValueError:
        return False
