"""Who is paged over an incident, when, over what, until somebody has it in hand (pure).

`advance` takes what happened and gives the state after it, with what is to be done. It may be asked as often as one
likes: what was done is in the state, so that the same event again changes nothing. What is to be done is done after
the state is kept; where that fails in between, the state's `due` brings it up again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from alerting import deeds, ladder, notices, urgent
from alerting.asking import Action, Report, accepted, due_now, failed, new_ask
from alerting.directory import Directory
from alerting.ladder import Turn, policy_of
from alerting.urgent import Urgent
from core.alert import Alert, AlertEvent, Level
from core.escalation import Ask, Escalation, EscalationKind, Handling
from core.paging import ASKING, RINGING, PageKind

_ALERTS_KEPT = 100


class Fired(Struct, frozen=True):
    """An alert about the incident; `source` where it is about one that is blind."""

    alert: Alert
    source: str = ""


class Accepted(Struct, frozen=True):
    """A channel took a page."""

    page: str
    channel: str


class Failed(Struct, frozen=True):
    """A channel didn't take a page; `retry_after` are seconds, where the channel named them."""

    page: str
    channel: str
    reason: str
    permanent: bool = False
    retry_after: float | None = None


class ChannelFails(Struct, frozen=True):
    """Of the state of a channel: it could not tell a person of something of a level; see `alerting.notices`."""

    channel: str
    person: str
    level: Level
    reason: str


class Unanswered(Struct, frozen=True):
    """Of the state of a person: a test page was not acknowledged; see `alerting.notices`."""

    person: str


class Quieted(Struct, frozen=True):
    """Nobody is paged over the incident before `until`; None: no longer. What was to be told is told then."""

    until: datetime | None


class Passed(Struct, frozen=True):
    """Time has passed."""


Event = Fired | Urgent | Accepted | Failed | ChannelFails | Unanswered | Quieted | Passed | Handling


def advance(
    state: Escalation, event: Event, now: datetime, directory: Directory, *, known: Sequence[Event] = ()
) -> Turn:
    """The state after an event at a moment, and what is to be done then, in order.

    `known` is taken note of before, so that nobody is paged over what a silence holds back or what is over. Over a
    brand that was made up no people are paged at all, also where that began before there were any.
    """
    after, actions = state, list[Action]()
    for each in (*known, event):
        after, more = _apply(after, each, now, directory)
        actions += more
    if directory.people and after.brand in directory.invented:
        after, sent = _pages(deeds.unasked(after, now, directory), now, directory)
        due = min((ask.due for ask in after.asks if ask.due is not None), default=None)
        return msgspec.structs.replace(after, due=due), sent
    after, more = _let_time_pass(after, now, directory)
    after = msgspec.structs.replace(after, due=_due(after, directory))
    return after, (*actions, *more)


def begin_test(id_: str, person: str, now: datetime, directory: Directory) -> Turn:
    """A test page to one person."""
    return advance(notices.test_of(id_, person, now, directory), Passed(), now, directory)


def _apply(state: Escalation, event: Event, now: datetime, directory: Directory) -> Turn:
    turn: Turn = state, ()
    match event:
        case Fired():
            turn = _fired(state, event, now, directory), ()
        case Urgent():
            turn = urgent.stand(state, event, now, directory)
        case Handling():
            turn = deeds.handled(state, event, now, directory)
        case Accepted():
            turn = _accepted(state, event, now, directory), ()
        case Failed():
            turn = _failed(state, event, now, directory)
        case ChannelFails():
            turn = notices.tell(state, event.channel, event.person, event.level, now, directory, event.reason), ()
        case Unanswered():
            turn = notices.tell(state, "", event.person, Level.BLUE, now, directory), ()
        case Quieted():
            turn = msgspec.structs.replace(state, quiet_until=event.until), ()
        case Passed():
            pass
    return turn


def _fired(state: Escalation, event: Fired, now: datetime, directory: Directory) -> Escalation:
    alert = event.alert
    if alert.id in state.alerts:
        return state
    state = msgspec.structs.replace(
        state,
        brand=alert.brand,
        source=event.source,
        level=alert.level,
        alerts=(*state.alerts, alert.id)[-_ALERTS_KEPT:],
    )
    if alert.event == AlertEvent.OPENED:
        return _opened(state, alert, now, directory)
    if alert.event == AlertEvent.RAISED and alert.level > state.highest:
        return _raised(state, alert, now, directory)
    if alert.event == AlertEvent.CLOSED and not state.ended:
        return deeds.end(state, "", now, directory)
    return state


def _opened(state: Escalation, alert: Alert, now: datetime, directory: Directory) -> Escalation:
    # Opening begins anew: people were told that it had closed.
    opened = msgspec.structs.replace(
        state,
        highest=alert.level,
        risen=False,
        episode=state.episode + 1,
        alerted_at=alert.at,
        reached_at=None,
        asks=(),
        told=(),
        rung={},
        ended=False,
        resolved_by="",
        resolved_at=None,
        promised_by="",
        promised_until=None,
        reminded=0,
    )
    return ladder.begin(opened, now, directory)


def _raised(state: Escalation, alert: Alert, now: datetime, directory: Directory) -> Escalation:
    owner = directory.person(state.acknowledged_by)
    telling = tuple(ask for ask in state.asks if ask.kind not in ASKING)
    risen = msgspec.structs.replace(
        state,
        highest=alert.level,
        risen=True,
        alerted_at=alert.at,
        reached_at=None,
        asks=telling,
        told=() if state.ended else state.told,  # those of before heard that it was over
        ended=False,
        episode=max(1, state.episode),
        resolved_by="",
        resolved_at=None,
    )
    risen = ladder.begin(risen, now, directory)
    if owner is None:
        return risen
    # Whoever had it knows most about it, and is asked beside the first step.
    ask = new_ask(risen, owner, PageKind.RAISED, alert.level, now, directory)
    return msgspec.structs.replace(risen, asks=(*risen.asks, ask))


def _accepted(state: Escalation, event: Accepted, now: datetime, directory: Directory) -> Escalation:
    ask = next((each for each in state.asks if each.page == event.page), None)
    if ask is None or event.channel in ask.accepted:
        return state
    per_channel = timedelta(minutes=policy_of(state, directory).minutes_per_channel)
    state = _replaced(state, ask, accepted(ask, event.channel, now, per_channel, directory))
    if event.channel in directory.ringing and ask.kind in RINGING:
        state = msgspec.structs.replace(state, rung={**state.rung, event.channel: ask.person})
    if ask.kind in ASKING:
        told = tuple(dict.fromkeys((*state.told, ask.person)))
        state = msgspec.structs.replace(state, told=told, reached_at=state.reached_at or now)
        if state.kind is EscalationKind.TEST and state.step_due is None:
            patience = timedelta(minutes=directory.paging.test_minutes)
            state = msgspec.structs.replace(state, step_due=now + patience)
    return state


def _failed(state: Escalation, event: Failed, now: datetime, directory: Directory) -> Turn:
    ask = next((each for each in state.asks if each.page == event.page), None)
    if ask is None or ask.channel != event.channel:
        return state, ()
    after = failed(ask, event.channel, now, directory, permanent=event.permanent, retry_after=event.retry_after)
    state = _replaced(state, ask, after)
    report = Report(what="page_failed", person=ask.person, channel=event.channel, reason=event.reason)
    if after is None:
        return state, (report, Report(what="page_given_up", person=ask.person, reason=event.reason))
    if state.kind is EscalationKind.TEST and after.lost:
        return msgspec.structs.replace(state, step_due=now), (report,)
    if after.lost:
        state = deeds.lost(ladder.lost(state, now), ask.person, now)
    return state, (report,)


def _let_time_pass(state: Escalation, now: datetime, directory: Directory) -> Turn:
    """Everything whose time has come, the ladder before the pages that it gives."""
    actions: tuple[Action, ...] = ()
    if state.quiet_until is not None and state.quiet_until <= now:
        state = msgspec.structs.replace(state, quiet_until=None)
    for rule in _RULES[state.kind]:
        state, more = rule(state, now, directory)
        actions += more
    return state, actions


def _pages(state: Escalation, now: datetime, directory: Directory) -> Turn:
    kept: list[Ask] = []
    actions: tuple[Action, ...] = ()
    for ask in state.asks:
        after: Ask | None = ask
        if ask.due is not None and ask.due <= now and not ladder.is_quiet(state, ask):
            after, more = due_now(ask, now, directory)
            actions += more
        if after is not None:
            kept.append(after)
    return (msgspec.structs.replace(state, asks=tuple(kept)), actions) if tuple(kept) != state.asks else (state, ())


def _replaced(state: Escalation, before: Ask, after: Ask | None) -> Escalation:
    asks = tuple(each for ask in state.asks if (each := after if ask is before else ask) is not None)
    return msgspec.structs.replace(state, asks=asks)


def _due(state: Escalation, directory: Directory) -> datetime | None:
    quiet = state.quiet_until
    moments = [quiet if quiet and state.step_due else state.step_due]
    moments += [quiet if ladder.is_quiet(state, ask) else ask.due for ask in state.asks]
    if not state.ended:
        # A shift may end while it is being passed on: that is looked at when it is clear who has it.
        moments.append(state.passing.due if state.passing else state.handover_at)
        moments.append(deeds.reminder_due(state, directory))
        moments += [state.look_due, state.joined_due]
    return min((moment for moment in moments if moment is not None), default=None)


_Rule = Callable[[Escalation, datetime, Directory], Turn]
_INCIDENT_RULES: Sequence[_Rule] = (deeds.hand_over, deeds.take_back, ladder.climb, deeds.remind, _pages)
_RULES: dict[EscalationKind, Sequence[_Rule]] = {
    EscalationKind.INCIDENT: _INCIDENT_RULES,
    EscalationKind.URGENT: (urgent.look_again, urgent.tell_joined, *_INCIDENT_RULES),
    EscalationKind.TEST: (notices.end_test, _pages),
    EscalationKind.NOTICE: (_pages,),
}
