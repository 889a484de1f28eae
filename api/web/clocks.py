"""The clock of a case: pure functions. All times are UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.case import UNANSWERED, Case

ClockState = Literal["golden", "late", "overdue", "stopped"]


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
    if case.state not in UNANSWERED:
        return posted_at, case.limit_at, "stopped"
    if now < min(case.golden_at, case.limit_at):
        return posted_at, min(case.golden_at, case.limit_at), "golden"
    if now < case.limit_at:
        return posted_at, case.limit_at, "late"
    return case.limit_at, case.limit_at, "overdue"
