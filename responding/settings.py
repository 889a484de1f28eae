"""Everything that can be configured about answering, with the defaults of the brief of practitioners.

All durations are `timedelta`; clock times are local to the calendar's zone.
"""

from datetime import date, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct, field
from msgspec.structs import force_setattr

from core.case import Grade
from core.errors import ConfigurationError
from core.lengths import Length

Place = Literal["x", "conversation", "forum", "form", "email", "voice", "in_person"]
"""Where a complaint stands: X, another conversational network, any other public place, or a direct way."""

Golden = Literal["span", "same_day", "limit"]
"""How the golden target is found: a span after posting, within the working day, or no target but the limit."""

LimitRule = Literal["span", "span_or_noon", "next_morning"]
"""How the limit is found: a span; a span, but noon where it came out of hours; the next working morning's end."""


class PlaceWindow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table of windows by place; `pauses` says that the clock stands still out of hours."""

    golden: Golden = "span"
    golden_span: timedelta = timedelta(0)
    limit: LimitRule = "span"
    limit_span: timedelta = timedelta(0)
    pauses: bool = False


class Calendar(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a brand's people work: local opening hours on working `days` (Monday 0), without `holidays`.

    Raises:
        ConfigurationError: the zone is unknown, the hours are the wrong way round, or nobody ever works.
    """

    zone: str = "UTC"
    opens: time = time(9)
    closes: time = time(18)
    noon: time = time(12)
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigurationError(f"Unknown time zone {self.zone!r}: use a name such as Asia/Taipei.") from error
        if not self.opens < self.noon <= self.closes:
            raise ConfigurationError(
                f"Working hours {self.opens} to {self.closes} don't contain noon ({self.noon}): set them in this order."
            )
        if not self.days or not set(self.days) <= set(range(7)):
            raise ConfigurationError(f"Working days {self.days} must be some of 0 (Monday) to 6 (Sunday).")


def default_places() -> dict[str, Place]:
    """Which place a channel is; a channel that isn't named is a ``forum``, the strictest public place but X."""
    names: dict[Place, str] = {
        "x": "x twitter",
        "conversation": "bluesky mastodon threads weibo plurk facebook instagram",
        "forum": "reddit ptt dcard lihkg youtube review",
        "form": "form webform web",
        "email": "email e-mail mail",
        "voice": "voice voicemail phone",
        "in_person": "in_person store product_safety",
    }
    return {channel: place for place, channels in names.items() for channel in channels.split()}


def default_windows() -> dict[Place, PlaceWindow]:
    """The table of response windows by place."""
    hour, day = timedelta(hours=1), timedelta(hours=24)
    six_minutes = timedelta(minutes=6)
    return {
        "x": PlaceWindow(golden_span=six_minutes, limit_span=hour),
        "conversation": PlaceWindow(golden_span=six_minutes, limit_span=hour),
        "forum": PlaceWindow(golden_span=hour, limit_span=hour),
        "form": PlaceWindow(limit_span=day, pauses=True),
        "email": PlaceWindow(golden="same_day", limit="span_or_noon", limit_span=day, pauses=True),
        "voice": PlaceWindow(golden="limit", limit="next_morning", pauses=True),
        "in_person": PlaceWindow(),
    }


def default_grade_limits() -> dict[Grade, timedelta]:
    """The table of first answers by grade."""
    return {
        Grade.URGENT: timedelta(hours=1),
        Grade.HIGH: timedelta(hours=4),
        Grade.STANDARD: timedelta(hours=24),
        Grade.MINOR: timedelta(hours=48),
    }


def default_lengths() -> dict[str, Length]:
    """What each network accepts; a channel that isn't named gets the setting `other_length`."""
    return {
        "x": Length(280, "x"),
        "twitter": Length(280, "x"),
        "bluesky": Length(300, "graphemes"),
        "mastodon": Length(500),
        "threads": Length(500),
        "plurk": Length(360),
        "weibo": Length(2_000),
        "instagram": Length(2_200),
        "facebook": Length(8_000),
        "reddit": Length(10_000),
        "youtube": Length(10_000),
    }


def default_compensations() -> dict[str, int]:
    """By currency, the amount from which a promised compensation wants a second look."""
    return {"$": 200, "US$": 200, "€": 200, "£": 200, "NT$": 6_000, "HK$": 1_500, "¥": 1_500, "元": 6_000, "塊": 6_000}


class RespondingSettings(Struct, frozen=True, kw_only=True):
    """Which mentions become cases, how grave they are, by when they are answered, and what a reply may be.

    `answer_from` and `mild_below` are probabilities of the negative class. `urgent_kinds` are kinds of sensitive
    words. Several `failure_themes` at once in a text at least `failure_from` negative are a major service failure.
    `vip_followers` stands in for a customer list. `always_running_grades` keep their clock out of hours. A mention
    older than `oldest` (or `oldest_urgent`) whose limit has passed opens no case. In `places`, `windows`,
    `grade_limits`, `lengths` and `compensations` a row that is given replaces the default one; the others stay.

    Raises:
        ConfigurationError: a probability isn't between 0 and 1, or a span is below zero.
    """

    answer_from: float = 0.5
    mild_below: float = 0.65
    urgent_kinds: frozenset[str] = frozenset({"safety", "injury", "legal", "media", "regulator", "data_leak"})
    high_kinds: frozenset[str] = frozenset({"boycott"})
    minor_themes: frozenset[str] = frozenset({"information", "suggestion"})
    failure_themes: frozenset[str] = frozenset({"delivery", "service", "technical", "account", "refund"})
    failure_count: int = 2
    failure_from: float = 0.9
    vip_followers: int = 100_000
    places: dict[str, Place] = field(default_factory=default_places)
    windows: dict[Place, PlaceWindow] = field(default_factory=default_windows)
    grade_limits: dict[Grade, timedelta] = field(default_factory=default_grade_limits)
    always_running_grades: frozenset[Grade] = frozenset({Grade.URGENT})
    lengths: dict[str, Length] = field(default_factory=default_lengths)
    other_length: Length = Length(20_000)
    compensations: dict[str, int] = field(default_factory=default_compensations)
    oldest: timedelta = timedelta(hours=24)
    oldest_urgent: timedelta = timedelta(days=7)
    calendar: Calendar = Calendar()
    calendars: dict[str, Calendar] = {}

    def __post_init__(self) -> None:
        for name in ("answer_from", "mild_below", "failure_from"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigurationError(f"{name} is {getattr(self, name)}: a probability lies between 0 and 1.")
        force_setattr(self, "places", default_places() | self.places)
        force_setattr(self, "windows", default_windows() | self.windows)
        force_setattr(self, "grade_limits", default_grade_limits() | self.grade_limits)
        force_setattr(self, "lengths", default_lengths() | self.lengths)
        force_setattr(self, "compensations", default_compensations() | self.compensations)
        rows = self.windows.values()
        spans = [*self.grade_limits.values(), *(span for row in rows for span in (row.golden_span, row.limit_span))]
        if min(spans) < timedelta(0):
            raise ConfigurationError("A span of a response window is below zero: write it as a positive duration.")

    def place(self, channel: str) -> Place:
        """Where a channel stands."""
        return self.places.get(channel.strip().lower(), "forum")

    def channels(self) -> tuple[str, ...]:
        """Every channel that something is known of, by name."""
        return tuple(sorted({*self.places, *self.lengths}))

    def calendar_of(self, brand: str) -> Calendar:
        """The calendar of a brand, or the one for all."""
        return self.calendars.get(brand, self.calendar)

    def length(self, channel: str) -> Length:
        """What a channel accepts."""
        return self.lengths.get(channel.strip().lower(), self.other_length)
