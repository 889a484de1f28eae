"""Working time: opening hours in a zone, weekends and holidays (pure).

Everything goes in and comes out in UTC. Spans of paused clocks are counted as people mean them: 24 hours are one
working day (the same local time on the next working day), what is less than a day is counted in working hours.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import ConfigurationError
from responding.settings import Calendar

_DAY = timedelta(days=1)
_SEARCH = 400


def is_open(calendar: Calendar, moment: datetime) -> bool:
    """Whether somebody works at this moment; the closing time itself is out of hours."""
    local = moment.astimezone(ZoneInfo(calendar.zone))
    return is_working_day(calendar, local.date()) and calendar.opens <= local.time() < calendar.closes


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether anybody works on this local day."""
    return day.weekday() in calendar.days and day not in calendar.holidays


def next_opening(calendar: Calendar, moment: datetime) -> datetime:
    """The moment itself where it is in hours, else the next time that work begins."""
    if is_open(calendar, moment):
        return moment
    local = moment.astimezone(ZoneInfo(calendar.zone))
    day = local.date() if local.time() < calendar.opens else local.date() + _DAY
    return at_local(calendar, working_day_from(calendar, day), calendar.opens)


def closing(calendar: Calendar, moment: datetime) -> datetime:
    """When the working day ends in which a moment falls that is in hours."""
    return at_local(calendar, local_day(calendar, moment), calendar.closes)


def next_morning_end(calendar: Calendar, moment: datetime) -> datetime:
    """Noon of the next working day: that of today only where today's work has not begun."""
    opening = next_opening(calendar, moment)
    day = local_day(calendar, opening)
    if opening == moment:
        day = working_day_from(calendar, day + _DAY)
    return at_local(calendar, day, calendar.noon)


def add_working(calendar: Calendar, moment: datetime, span: timedelta) -> datetime:
    """The moment at which a span of paused clock has run down."""
    start = next_opening(calendar, moment)
    days, rest = divmod(span, _DAY)
    if days:
        local = start.astimezone(ZoneInfo(calendar.zone))
        day = local.date()
        for _ in range(days):
            day = working_day_from(calendar, day + _DAY)
        start = at_local(calendar, day, local.time())
    while (left := closing(calendar, start) - start) < rest:
        rest -= left
        start = next_opening(calendar, closing(calendar, start))
    return start + rest


def local_day(calendar: Calendar, moment: datetime) -> date:
    """The date of a moment in the calendar's zone."""
    return moment.astimezone(ZoneInfo(calendar.zone)).date()


def at_local(calendar: Calendar, day: date, at: time) -> datetime:
    """A local clock time as UTC; of a time that daylight saving makes occur twice, the first."""
    return datetime.combine(day, at, ZoneInfo(calendar.zone)).astimezone(UTC)


def working_day_from(calendar: Calendar, day: date) -> date:
    """The first working day from a day on.

    Raises:
        ConfigurationError: the holidays leave no working day for more than a year.
    """
    for _ in range(_SEARCH):
        if is_working_day(calendar, day):
            return day
        day += _DAY
    raise ConfigurationError(f"No working day in the {_SEARCH} days before {day}: look at the calendar's holidays.")
