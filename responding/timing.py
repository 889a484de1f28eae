"""The two clocks of a mention that needs an answer (pure); the tables stand in the settings.

The effective limit is the earlier of the place's and the grade's, and the golden target is never after it. Clocks of
public places run round the clock; where a place pauses out of hours, its grade's clock pauses with it, but not that
of an urgent grade. An e-mail that came in hours has one working day, one that came out of hours has until noon.
"""

from datetime import datetime, timedelta

from core.case import Grade, Windows
from responding.calendars import add_working, closing, is_open, next_morning_end
from responding.settings import Calendar, PlaceWindow, RespondingSettings


def windows(channel: str, grade: Grade, created_at: datetime, settings: RespondingSettings, brand: str = "") -> Windows:
    """When to answer what was posted on a channel at `created_at` (UTC): the golden target and the limit."""
    calendar = settings.calendar_of(brand)
    row = settings.windows[settings.place(channel)]
    limit = _limit(row, calendar, created_at)
    grade_pauses = row.pauses and grade not in settings.always_running_grades
    limit = min(limit, _after(calendar, created_at, settings.grade_limits[grade], pauses=grade_pauses))
    return Windows(golden_at=min(_golden(row, calendar, created_at, limit), limit), limit_at=limit)


def promise(channel: str, grade: Grade, limit_at: datetime, settings: RespondingSettings, brand: str = "") -> datetime:
    """By when the next message can be promised in a first answer that goes out before `limit_at`.

    It is the span that the grade allows, counted from the limit, so that it can be kept however late within the
    limit the first answer is sent.
    """
    row = settings.windows[settings.place(channel)]
    pauses = row.pauses and grade not in settings.always_running_grades
    return _after(settings.calendar_of(brand), limit_at, settings.grade_limits[grade], pauses=pauses)


def _after(calendar: Calendar, moment: datetime, span: timedelta, *, pauses: bool) -> datetime:
    return add_working(calendar, moment, span) if pauses else moment + span


def _limit(row: PlaceWindow, calendar: Calendar, created_at: datetime) -> datetime:
    if row.limit == "next_morning" or (row.limit == "span_or_noon" and not is_open(calendar, created_at)):
        return next_morning_end(calendar, created_at)
    return _after(calendar, created_at, row.limit_span, pauses=row.pauses)


def _golden(row: PlaceWindow, calendar: Calendar, created_at: datetime, limit: datetime) -> datetime:
    if row.golden == "limit":
        return limit
    if row.golden == "same_day":
        if is_open(calendar, created_at):
            return closing(calendar, created_at)
        return next_morning_end(calendar, created_at)
    return created_at + row.golden_span
