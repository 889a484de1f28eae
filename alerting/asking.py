"""One page on its way to one person: over which channel, and what comes next (pure).

A page that asks for an answer goes from channel to channel until it is acknowledged; one that only tells is done as
soon as a channel took it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from alerting.directory import Directory
from alerting.duty import quiet_ends
from alerting.policies import Person
from core.alert import Level
from core.escalation import Ask, Escalation
from core.identity import identity
from core.paging import ASKING, PageKind

SENDING = timedelta(seconds=60)
"""How long a page may be on its way: who sends it gives up sooner, so after that it was left by a worker that died."""

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=5)
_PASSES = 6
"""How often all channels are tried for a page that only tells, before it is given up."""


What = Literal[
    "page_acknowledged",
    "page_failed",
    "page_given_up",
    "policy_reaches_nobody",
    "escalation_unanswered",
    "delegation_unanswered",
    "test_page_unanswered",
]


class Send(Struct, frozen=True, kw_only=True):
    """To do: tell a person over a channel, and say how it went."""

    ask: Ask
    channel: str


class Report(Struct, frozen=True, kw_only=True):
    """To do: write down what the people who run the house must know. `what` is the event of the log."""

    what: What
    person: str = ""
    channel: str = ""
    reason: str = ""


Action = Send | Report


def unsurpassed(decided: Sequence[tuple[Escalation, Action]]) -> list[tuple[Escalation, Action]]:
    """What is to be done of what was decided in one go, in its order.

    Where an incident rose several times at once, a person hears of the highest level alone.
    """
    highest: dict[tuple[str, str], Level] = {}
    for state, action in decided:
        if isinstance(action, Send) and action.ask.kind in ASKING:
            about = state.incident, action.ask.person
            highest[about] = max(highest.get(about, action.ask.level), action.ask.level)
    return [
        (state, action)
        for state, action in decided
        if not isinstance(action, Send)
        or action.ask.kind not in ASKING
        or action.ask.level == highest[state.incident, action.ask.person]
    ]


def new_ask(  # noqa: PLR0917 - everything that a page is known by
    state: Escalation,
    person: Person,
    kind: PageKind,
    level: Level,
    now: datetime,
    directory: Directory,
    *,
    about: str = "",
    without: tuple[str, ...] = (),
    reason: str = "",
    hushes: bool = False,
) -> Ask:
    """A page that is due now, or at the end of the person's quiet hours.

    Opening and rising of a level have one page for each person, whenever it was decided.
    """
    once = kind in {PageKind.OPENED, PageKind.RAISED}
    made = () if once else (kind.value, now.isoformat(), about, *without)
    held = None if hushes else quiet_ends(person, level, now)
    return Ask(
        page=identity("page", state.incident, str(state.episode), person.name, str(int(level)), *made),
        person=person.name,
        kind=kind,
        level=level,
        at=now,
        due=held or now,
        held=held is not None,
        round=state.round,
        about=about,
        without=without,
        reason=reason,
        hushes=hushes,
        lost=not directory.channels_of(person, without),
    )


def again(ask: Ask, person: Person, round_: int, now: datetime) -> Ask:
    """The same page once more, over all channels from the first on."""
    held = quiet_ends(person, ask.level, now)
    return msgspec.structs.replace(
        ask, round=round_, tried=(), accepted=(), passes=0, due=held or now, held=held is not None, channel=""
    )


def due_now(ask: Ask, now: datetime, directory: Directory) -> tuple[Ask | None, tuple[Action, ...]]:
    """What becomes of a page whose time has come; None: nothing more is to be done about it."""
    person = directory.person(ask.person)
    if person is None:
        return None, (Report(what="page_given_up", person=ask.person, reason="nobody of that name is configured"),)
    if ask.channel:  # whoever sent it is gone: the same again
        return _send(ask, ask.channel, now)
    if not ask.hushes and (held := quiet_ends(person, ask.level, now)):
        return msgspec.structs.replace(ask, due=held, held=True), ()
    left = _untried(ask, person, directory)
    if awake := [name for name in left if ask.resting.get(name, now) <= now]:
        return _send(ask, awake[0], now)
    return msgspec.structs.replace(ask, due=min((ask.resting[name] for name in left), default=None), held=False), ()


def accepted(ask: Ask, channel: str, now: datetime, per_channel: timedelta, directory: Directory) -> Ask | None:
    """A channel took it. That isn't an answer: the next channel is tried if none comes."""
    if ask.kind not in ASKING:
        return None
    person = directory.person(ask.person)
    names = directory.channels_of(person, ask.without) if person else ()
    left = set(names) - {*ask.tried, *ask.broken, channel}
    return msgspec.structs.replace(
        ask,
        channel="" if ask.channel == channel else ask.channel,
        sent_at=None,
        accepted=tuple(dict.fromkeys((*ask.accepted, channel))),
        due=now + per_channel if left else None,
    )


def failed(
    ask: Ask, channel: str, now: datetime, directory: Directory, *, permanent: bool, retry_after: float | None
) -> Ask | None:
    """A channel could not take it: the next one is tried at once, and all of them again after a pause.

    None where a page that only tells is given up.
    """
    person = directory.person(ask.person)
    names = directory.channels_of(person, ask.without) if person else ()
    broken = tuple(dict.fromkeys((*ask.broken, channel))) if permanent else ask.broken
    resting = ask.resting
    if retry_after is not None and not permanent:
        resting = {**resting, channel: now + timedelta(seconds=retry_after)}
    lost = set(names) <= set(broken)
    ask = msgspec.structs.replace(ask, channel="", sent_at=None, broken=broken, resting=resting, lost=lost)
    if lost:
        return msgspec.structs.replace(ask, due=None) if ask.kind in ASKING else None
    if person and _untried(ask, person, directory):
        return msgspec.structs.replace(ask, due=now)
    if ask.accepted:
        return msgspec.structs.replace(ask, due=None)
    passes = ask.passes + 1
    if ask.kind not in ASKING and passes >= _PASSES:
        return None
    due = now + min(_FIRST_PAUSE * 2 ** min(passes - 1, 10), _LONGEST_PAUSE)
    awake = min(resting.get(name, now) for name in names if name not in broken)
    return msgspec.structs.replace(ask, tried=(), passes=passes, due=max(due, awake))


def _untried(ask: Ask, person: Person, directory: Directory) -> list[str]:
    """The person's channels that are left in this pass, in the order of preference."""
    names = directory.channels_of(person, ask.without)
    return [name for name in names if name not in ask.tried and name not in ask.broken]


def _send(ask: Ask, channel: str, now: datetime) -> tuple[Ask, tuple[Action, ...]]:
    tried = tuple(dict.fromkeys((*ask.tried, channel)))
    sent = msgspec.structs.replace(ask, channel=channel, sent_at=now, tried=tried, held=False, due=now + SENDING)
    return sent, (Send(ask=sent, channel=channel),)
