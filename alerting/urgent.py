"""When people are paged over urgent cases (pure): those of one brand together, until they are answered.

Whoever opens the page at night must learn that somebody was hurt, not how many wrote of it: the first urgent case of a
brand pages, those that follow join it. They are asked for as an incident of the level orange would be, so that the
usual quiet hours don't hold them back; a silence holds them back only where it names red.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from alerting import deeds, ladder
from alerting.asking import new_ask
from alerting.directory import Directory
from alerting.ladder import Turn, policy_of
from core.alert import Level
from core.escalation import Escalation, EscalationKind, UrgentCases
from core.paging import ASKING, PageKind

LEVEL = Level.ORANGE
"""As what urgent cases are told: it wakes people, and chooses the policy."""

SILENCED_FROM = Level.RED
"""Up to which level a silence, a maintenance window or an inhibition must go to hold them back."""

LOOK_EVERY = timedelta(minutes=1)
"""How often it is looked whether the cases have been answered; that is also done before every page."""

JOINED_EVERY = timedelta(minutes=10)
"""How often at most whoever has the cases hears that more have joined."""

_KEPT = 100


class Urgent(Struct, frozen=True):
    """How the urgent cases of a brand stand; `cases` is None where all are answered.

    `fresh` is one that has become urgent just now; empty where time has passed. `owner` is who has a grave incident of
    the brand in hand: they are awake and know most, so they are asked before anybody is woken.
    """

    brand: str
    cases: UrgentCases | None
    fresh: str = ""
    owner: str = ""


def stand(state: Escalation, event: Urgent, now: datetime, directory: Directory) -> Turn:
    """What follows from how the cases stand. A case that was taken before, or is answered already, is no news."""
    if event.cases is None:
        if state.ended:
            return state, ()
        return deeds.end(msgspec.structs.replace(state, look_due=None, joined_due=None), "", now, directory), ()
    news = bool(event.fresh) and event.fresh not in state.alerts
    if state.ended and not news:
        return state, ()
    state = msgspec.structs.replace(
        state,
        kind=EscalationKind.URGENT,
        brand=event.brand,
        level=LEVEL,
        highest=LEVEL,
        urgent=True,
        cases=event.cases,
        look_due=state.look_due or now + LOOK_EVERY,
    )
    if news:
        state = msgspec.structs.replace(state, alerts=(*state.alerts, event.fresh)[-_KEPT:])
        state = _joins(state, event, now, directory)
    if event.cases.claimed_by and not state.acknowledged_by and not state.ended:
        # Whoever claims all of them has them in hand, without a tap on the page.
        return deeds.acknowledge(state, event.cases.claimed_by, now, directory)
    return state, ()


def look_again(state: Escalation, now: datetime, _directory: Directory) -> Turn:
    """After this look, the next one."""
    if state.look_due is None or state.look_due > now or state.ended:
        return state, ()
    return msgspec.structs.replace(state, look_due=now + LOOK_EVERY), ()


def tell_joined(state: Escalation, now: datetime, directory: Directory) -> Turn:
    """Whoever has the cases hears that more have joined."""
    if state.joined_due is None or state.joined_due > now or state.ended:
        return state, ()
    state = msgspec.structs.replace(state, joined_at=now, joined_due=None)
    if not state.acknowledged_by:
        return state, ()
    return deeds.tell(state, (state.acknowledged_by,), PageKind.JOINED, "", now, directory), ()


def _joins(state: Escalation, event: Urgent, now: datetime, directory: Directory) -> Escalation:
    """Another case: it is asked for, joins what is being asked, or is told to whoever has the others."""
    if state.ended:
        return _begin(state, event.owner, now, directory)
    if not state.acknowledged_by or state.acknowledged_at is None:
        # A ladder that came to its end without an answer begins anew, one that goes on tells the new number.
        return state if state.step_due else _begin(state, event.owner, now, directory)
    if now - state.acknowledged_at >= timedelta(minutes=directory.paging.urgent_minutes):
        return _begin(state, state.acknowledged_by, now, directory)
    due = max(now, state.joined_at + JOINED_EVERY) if state.joined_at else now
    return msgspec.structs.replace(state, joined_due=state.joined_due or due)


def _begin(state: Escalation, first: str, now: datetime, directory: Directory) -> Escalation:
    """The ladder from its first step; where somebody knows of it or of the brand's incident, they are asked before."""
    begun = msgspec.structs.replace(
        state,
        episode=state.episode + 1,
        alerted_at=now,
        reached_at=None,
        asks=tuple(ask for ask in state.asks if ask.kind not in ASKING and not state.ended),
        told=() if state.ended else state.told,
        joined_at=None,
        joined_due=None,
        ended=False,
    )
    begun = ladder.begin(begun, now, directory)
    person = directory.person(first)
    if person is None or not directory.channels_of(person):
        return begun
    ask = new_ask(begun, person, PageKind.OPENED, LEVEL, now, directory)
    if ask.held:
        return begun
    wait = timedelta(minutes=policy_of(begun, directory).steps[0].after_minutes)
    return msgspec.structs.replace(begun, asks=(*begun.asks, ask), step_due=now + wait)
