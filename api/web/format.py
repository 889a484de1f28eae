"""Numbers, times and durations as the reader writes them. Times come in UTC and are shown in the reader's zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent

from core.language import Language

_LOCALES: dict[Language, str] = {"en": "en_GB", "zh-Hant": "zh_Hant_TW", "zh-Hans": "zh_Hans_CN"}


def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name as the browser gave it; UTC where it is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def duration(seconds: float) -> str:
    """Minutes and seconds, or hours, minutes and seconds, of a length of time: ``4:05``, ``23:04:05``."""
    whole = abs(int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@dataclass(frozen=True)
class Formatter:
    """How one reader sees numbers and times."""

    language: Language
    zone: tzinfo

    @property
    def locale(self) -> Locale:
        """The reader's locale."""
        return Locale.parse(_LOCALES[self.language])

    def number(self, value: float) -> str:
        """A number with the locale's grouping, at most one decimal."""
        return format_decimal(value, format="#,##0.#", locale=self.locale)

    def percent(self, share: float) -> str:
        """A share of 1 as a whole percentage."""
        return format_percent(share, format="0%", locale=self.locale)

    def time(self, at: datetime) -> str:
        """Hours and minutes: ``14:06``; with the zone where the reader's isn't known."""
        local = at.astimezone(self.zone)
        return f"{local:%H:%M}" if self.zone is not UTC else f"{local:%H:%M} UTC"

    def moment(self, at: datetime, now: datetime) -> str:
        """The time today, or the day and the time."""
        local = at.astimezone(self.zone)
        if local.date() == now.astimezone(self.zone).date():
            return self.time(at)
        day = format_skeleton("MMMd", local, tzinfo=self.zone, locale=self.locale)
        return f"{day} {self.time(at)}"

    def ago(self, at: datetime, now: datetime) -> str:
        """How long ago (or ahead) a moment is, in words: ``3 minutes ago``."""
        delta = at - now
        if abs(delta) < timedelta(seconds=1):
            delta = timedelta(seconds=-1)
        return str(format_timedelta(delta, add_direction=True, threshold=1.2, locale=self.locale))

    def span(self, delta: timedelta) -> str:
        """A length of time in words: ``3 seconds``, ``2 minutes``."""
        if timedelta() <= delta < timedelta(seconds=1):
            return str(format_timedelta(timedelta(seconds=1), format="short", locale=self.locale))
        return str(format_timedelta(delta, format="short", threshold=1.2, locale=self.locale))
