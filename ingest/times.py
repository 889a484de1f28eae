"""When something was posted, in the forms that exports use."""

import re
from datetime import UTC, datetime, timedelta, timezone

EARLIEST_YEAR = 1990
LATEST_YEAR = 2100

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_ZONE = r"(?P<zone>z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
_ISO = re.compile(
    rf"(?P<year>\d{{4}})[-/.年](?P<month>\d{{1,2}})[-/.月](?P<day>\d{{1,2}})日?(?:[t\s]\s*{_CLOCK}\s*{_ZONE})?",
    re.IGNORECASE | re.ASCII,
)
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>[01]\d)(?P<day>[0-3]\d)", re.ASCII)
_TWITTER = re.compile(
    rf"[a-z]{{3}} (?P<month>[a-z]{{3}}) (?P<day>\d{{1,2}}) {_CLOCK} {_ZONE} (?P<year>\d{{4}})",
    re.IGNORECASE | re.ASCII,
)
_EPOCH = re.compile(r"\d{9,17}(?:\.\d{1,9})?", re.ASCII)
_MILLISECONDS_FROM, _MICROSECONDS_FROM = 10**11, 10**14


def parse_time(text: str) -> datetime:
    """The moment that `text` names, in UTC.

    Read are RFC 3339 and ISO 8601 (``2017-10-31T22:10:47Z``, ``2017/10/31 22:10``, ``2017年10月31日 22:10``,
    ``20171031``), the form of Twitter's first API (``Tue Oct 31 22:10:47 +0000 2017``), and seconds, milliseconds or
    microseconds since 1970. **A time without a zone is taken as UTC**, a day without a time as its midnight. Forms in
    which day and month could be confused are refused.

    Raises:
        ValueError: it is no such time, no day of the calendar, or outside of the years 1990 to 2100.
    """
    text = text.strip()
    if match := _ISO.fullmatch(text) or _TWITTER.fullmatch(text) or _COMPACT.fullmatch(text):
        moment = _from_parts({name: part for name, part in match.groupdict().items() if part is not None})
    elif _EPOCH.fullmatch(text):
        moment = _from_epoch(float(text))
    else:
        raise ValueError("is no time that can be read; write it like 2017-10-31T22:10:47Z")
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError(
            f"is in the year {moment.year}, which can't be; years {EARLIEST_YEAR} to {LATEST_YEAR} are read"
        )
    return moment


def _from_parts(parts: dict[str, str]) -> datetime:
    month = parts["month"]
    try:
        local = datetime(
            int(parts["year"]),
            int(month) if month.isdigit() else _MONTHS[month.lower()],
            int(parts["day"]),
            int(parts.get("hour", 0)),
            int(parts.get("minute", 0)),
            int(parts.get("second", 0)),
            int(parts.get("fraction", "0").ljust(6, "0")[:6]),
            tzinfo=_zone(parts.get("zone", "z")),
        )
        return local.astimezone(UTC)
    except (ValueError, KeyError, OverflowError) as error:
        raise ValueError("is no moment of the calendar") from error


def _zone(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _from_epoch(number: float) -> datetime:
    if number >= _MICROSECONDS_FROM:
        number /= 1_000_000
    elif number >= _MILLISECONDS_FROM:
        number /= 1_000
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
