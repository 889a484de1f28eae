"""What the addresses of the pages ask for. Whatever can't be read is passed over: a page always opens."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Self
from urllib.parse import urlencode

from core.mention import Label
from core.ports.queries import MentionQuery

SPANS = {"1h": 1, "6h": 6, "24h": 24, "7d": 168}
"""Ranges of the chart in hours."""

_LONGEST_SEARCH = 200
_LONGEST_AUTHOR = 500


def span_of(asked: str, opened_at: datetime | None, now: datetime) -> str:
    """The range that was asked for, else the shortest up to a day that an incident fits in; a day without one."""
    if asked in SPANS:
        return asked
    age = now - opened_at if opened_at else timedelta.max
    return next((span for span in ("1h", "6h") if age < timedelta(hours=SPANS[span])), "24h")


def address(path: str, **query: str) -> str:
    """An address with those parts of its query that aren't empty; an empty path is that of the page itself."""
    filled = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(filled)}" if filled else path


def moment_of(text: str) -> datetime | None:
    """A moment from its RFC 3339 form, in UTC; None where it is none.

    None too in the first and last years of the calendar: in other time zones such a moment may have no date.
    """
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at if MINYEAR < at.year < MAXYEAR else None


def _plain(text: str, longest: int = _LONGEST_SEARCH) -> str:
    return text.replace("\x00", "").strip()[:longest]


@dataclass(frozen=True)
class MentionFilter:
    """The filters of the mentions page, as they stand in its address."""

    brand: str = ""
    source: str = ""
    sentiment: str = ""
    theme: str = ""
    author: str = ""
    sensitive: str = ""
    search: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""

    @classmethod
    def from_query(cls, values: Mapping[str, str]) -> Self:
        """Read an address."""
        sentiment = values.get("sentiment", "")
        return cls(
            brand=values.get("brand", ""),
            source=values.get("source", ""),
            sentiment=sentiment if sentiment in {label.value for label in Label} else "",
            theme=_plain(values.get("theme", "")),
            author=_plain(values.get("author", ""), _LONGEST_AUTHOR),
            sensitive="1" if values.get("sensitive") else "",
            search=_plain(values.get("search", "")),
            since=values.get("since", "") if moment_of(values.get("since", "")) else "",
            until=values.get("until", "") if moment_of(values.get("until", "")) else "",
            cursor=values.get("cursor", ""),
        )

    def query(self) -> MentionQuery:
        """The same for the store."""
        return MentionQuery(
            brand=self.brand,
            source=self.source,
            label=self.sentiment,
            theme=self.theme,
            author=self.author,
            sensitive=bool(self.sensitive),
            search=self.search,
            since=self.since_at,
            until=self.until_at,
            cursor=self.cursor,
        )

    @property
    def since_at(self) -> datetime | None:
        """The earliest moment asked for."""
        return moment_of(self.since)

    @property
    def until_at(self) -> datetime | None:
        """The moment before which mentions are asked for."""
        return moment_of(self.until)

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return replace(self, cursor="") != type(self)()

    def address(self, **changes: str) -> str:
        """The page's address with some filters changed."""
        return address("/mentions", **vars(replace(self, **changes)))
