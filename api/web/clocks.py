"""The clock of a case and the length of a reply: pure functions. All times are UTC."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import regex

from core.case import Case, CaseState

ClockState = Literal["golden", "late", "overdue", "stopped"]

LIMITS = {"x": 280, "bluesky": 300, "mastodon": 500, "threads": 500, "weibo": 2000, "facebook": 8000, "instagram": 2200}
"""Characters that the networks allow in a public reply, as their help pages say; other channels set none."""


_LINK_WEIGHT = 23
_LINK = regex.compile(r"https?://[^\s<>「」（），。！？、]+", regex.IGNORECASE)
_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
_LIGHT = regex.compile("[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")


@dataclass(frozen=True)
class CaseClock:
    """What the ring of a case shows.

    ``golden``: the golden target is ahead, `until` is it. ``late``: golden is missed, `until` is the limit.
    ``overdue``: the limit is past and the clock counts up from it. ``stopped``: answered. `left` is the share of the
    window that remains, 0 to 1; `seconds` are those to (or since) `until`.
    """

    state: ClockState
    since: datetime
    until: datetime
    golden_at: datetime
    limit_at: datetime
    seconds: float
    left: float


def case_clock(case: Case, posted_at: datetime, now: datetime) -> CaseClock:
    """The clock of a case at a moment; the ring of the golden window begins when the mention was posted."""
    since, until, state = _window(case, posted_at, now)
    whole = (until - since).total_seconds()
    ahead = (until - now).total_seconds()
    return CaseClock(
        state=state,
        since=since,
        until=until,
        golden_at=case.golden_at,
        limit_at=case.limit_at,
        seconds=abs(ahead),
        left=min(1.0, max(0.0, ahead / whole)) if whole > 0 else 0.0,
    )


def _window(case: Case, posted_at: datetime, now: datetime) -> tuple[datetime, datetime, ClockState]:
    if case.state not in (CaseState.OPEN, CaseState.CLAIMED):
        return posted_at, case.limit_at, "stopped"
    if now < min(case.golden_at, case.limit_at):
        return posted_at, min(case.golden_at, case.limit_at), "golden"
    if now < case.limit_at:
        return posted_at, case.limit_at, "late"
    return case.limit_at, case.limit_at, "overdue"


@dataclass(frozen=True)
class Length:
    """Characters of a reply as its network counts them; `limit` is None where the channel sets none."""

    used: int
    limit: int | None

    @property
    def over(self) -> bool:
        """Whether it is too long to be sent."""
        return self.limit is not None and self.used > self.limit


def reply_length(channel: str, text: str) -> Length:
    """How long a reply is, by what a person sees as a character; X gives each a weight, and 23 to a link.

    This counts while somebody writes; whether a reply is too long to be sent, the linter decides. X's weights:
    https://developer.x.com/en/docs/counting-characters (version 3).
    """
    if channel != "x":
        return Length(len(_GRAPHEME.findall(text)), LIMITS.get(channel))
    links = len(_LINK.findall(text))
    rest = _LINK.sub("", unicodedata.normalize("NFC", text))
    return Length(_LINK_WEIGHT * links + sum(map(_weight, _GRAPHEME.findall(rest))), LIMITS[channel])


def _weight(grapheme: str) -> int:
    return 2 if _EMOJI.search(grapheme) else sum(1 if _LIGHT.fullmatch(character) else 2 for character in grapheme)


def hour_before(at: datetime) -> datetime:
    """The beginning of the trailing hour that the alarm counts in."""
    return at - timedelta(hours=1)
