"""What follows from what people do about an incident: who has it, to whom it goes, what they promised (pure)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from alerting import ladder
from alerting.asking import Action, Report, new_ask
from alerting.directory import Directory
from alerting.duty import next_change, on_duty
from alerting.ladder import Turn, policy_of
from core.escalation import Ask, Deed, Escalation, EscalationKind, Handling, Passing
from core.paging import ASKING, RINGING, PageKind

_MOMENT = timedelta(microseconds=1)
_ON_ITS_WAY = timedelta(seconds=10)
"""After which a page that was being sent has been taken, or nearly always so."""


def handled(state: Escalation, handling: Handling, now: datetime, directory: Directory) -> Turn:
    """What a person did. What is over already can't be handled any more."""
    turn: Turn = state, ()
    if state.ended:
        return turn
    match handling.deed:
        case Deed.ACKNOWLEDGED:
            turn = acknowledge(state, handling.by, now, directory)
        case Deed.DELEGATED:
            turn = _delegate(state, handling, now, directory)
        case Deed.TAKEN_OVER:
            turn = _take_over(state, handling.by, now, directory)
        case Deed.RESOLVED:
            turn = end(state, handling.by, now, directory), ()
        case Deed.PROMISED:
            turn = _promise(state, handling, now, directory), ()
        case Deed.TESTED | Deed.URGENT:
            pass
    return turn


def acknowledge(state: Escalation, by: str, now: datetime, directory: Directory) -> Turn:
    """Somebody has it in hand: nobody else is asked, and those who were hear who it is.

    Where somebody else has it already, only the one to whom it is being passed can take it.
    """
    owner, passing = state.acknowledged_by, state.passing
    if owner and owner != by and (passing is None or passing.to != by):
        return state, ()
    if owner == by and by not in state.asked():
        return state, ()
    answer = Report(what="page_acknowledged", person=by, channel=_last_channel(state, by))
    if state.kind is EscalationKind.TEST:
        over = msgspec.structs.replace(
            state, asks=(), step_due=None, acknowledged_by=by, acknowledged_at=now, ended=True
        )
        return over, (answer,)
    others = () if owner == by else tuple(dict.fromkeys((*_paged(state, by), *([owner] if owner else []))))
    taken = msgspec.structs.replace(
        state,
        asks=_telling(state),
        step_due=None,
        acknowledged_by=by,
        acknowledged_at=now,
        passing=None,
        handover_at=_shift_ends(state, by, now, directory),
    )
    taken = tell(taken, others, PageKind.ACKNOWLEDGED, by, now, directory)
    return _hush(taken, state.asks, PageKind.ACKNOWLEDGED, by, now, directory), (answer,)


def _take_over(state: Escalation, by: str, now: datetime, directory: Directory) -> Turn:
    """Somebody takes it from whoever has it, with what they promised; they hear of it as all do who were paged."""
    owner = state.acknowledged_by
    if owner and owner != by:
        passing = Passing(to=by, by=owner, kind=PageKind.DELEGATED, due=now)
        promised_by = by if state.promised_by == owner else state.promised_by
        state = msgspec.structs.replace(state, passing=passing, promised_by=promised_by)
    return acknowledge(state, by, now, directory)


def unasked(state: Escalation, now: datetime, directory: Directory) -> Escalation:
    """What is known of it without anybody being asked or told; what rings already is told to stop."""
    bare = msgspec.structs.replace(
        state,
        asks=tuple(ask for ask in state.asks if ask.hushes),
        step_due=None,
        passing=None,
        handover_at=None,
        look_due=None,
        joined_due=None,
    )
    return msgspec.structs.replace(_hush(bare, state.asks, PageKind.RESOLVED, "", now, directory), rung={})


def end(state: Escalation, by: str, now: datetime, directory: Directory) -> Escalation:
    """It is over, by itself or because somebody says so: those who were paged hear of it, once."""
    over = msgspec.structs.replace(
        state,
        asks=(),
        step_due=None,
        passing=None,
        handover_at=None,
        promised_by="",
        promised_until=None,
        resolved_by=by,
        resolved_at=now if by else None,
        ended=True,
    )
    over = tell(over, _paged(state, by), PageKind.RESOLVED, by, now, directory)
    return msgspec.structs.replace(_hush(over, state.asks, PageKind.RESOLVED, by, now, directory), rung={})


def hand_over(state: Escalation, now: datetime, directory: Directory) -> Turn:
    """The shift ends in which it was acknowledged: whoever comes on duty is asked to take it."""
    at = state.handover_at
    if at is None or at > now or state.ended or state.passing is not None:
        return state, ()
    owner = state.acknowledged_by
    state = msgspec.structs.replace(state, handover_at=_shift_ends(state, owner, now, directory))
    before = at - _MOMENT
    for rotation in directory.rotations_of(policy_of(state, directory)):
        if on_duty(rotation, before) == owner and (newcomer := on_duty(rotation, now)) != owner:
            return _pass_on(state, newcomer, owner, PageKind.HANDOVER, now, directory), ()
    return state, ()


def take_back(state: Escalation, now: datetime, directory: Directory) -> Turn:
    """Who was asked to take it over didn't answer: it goes back; without an answer there, the ladder begins anew."""
    passing = state.passing
    if passing is None or passing.due > now or state.ended:
        return state, ()
    state = msgspec.structs.replace(state, asks=_telling(state), passing=None)
    owner = state.acknowledged_by
    unanswered = Report(what="delegation_unanswered", person=passing.to, reason=f"it was passed on by {passing.by}")
    if passing.to == owner:
        return ladder.begin(state, now, directory), (unanswered,)
    return _pass_on(state, owner, passing.to, PageKind.DELEGATED, now, directory), (unanswered,)


def lost(state: Escalation, person: str, now: datetime) -> Escalation:
    """Nobody can tell this person: what is being passed on to them goes back at once."""
    if state.passing is None or state.passing.to != person:
        return state
    return msgspec.structs.replace(state, passing=msgspec.structs.replace(state.passing, due=now))


def remind(state: Escalation, now: datetime, directory: Directory) -> Turn:
    """Whoever promised an update hears of it shortly before and when it is due; after that those above."""
    due = reminder_due(state, directory)
    if due is None or due > now or state.ended or state.promised_until is None:
        return state, ()
    stages = _stages(state.promised_until, directory)
    reached = max(number for number, moment in enumerate(stages, 1) if moment <= now)
    state = msgspec.structs.replace(state, reminded=reached)
    names: Iterable[str] = (state.promised_by,)
    if reached == len(stages):
        names = (*names, *(person.name for person in ladder.above(state, state.promised_by, now, directory)))
    return tell(state, names, PageKind.UPDATE_DUE, state.promised_by, now, directory), ()


def reminder_due(state: Escalation, directory: Directory) -> datetime | None:
    """When the next reminder of a promised update is told."""
    if state.promised_until is None:
        return None
    return next(iter(_stages(state.promised_until, directory)[state.reminded :]), None)


def _promise(state: Escalation, handling: Handling, now: datetime, directory: Directory) -> Escalation:
    """In the place of what was promised before. What is due soon needs no reminder before that."""
    assert handling.until is not None, "whoever promises an update says when"
    soon = _stages(handling.until, directory)[0] <= now
    return msgspec.structs.replace(state, promised_by=handling.by, promised_until=handling.until, reminded=int(soon))


def _delegate(state: Escalation, handling: Handling, now: datetime, directory: Directory) -> Turn:
    actions: tuple[Action, ...] = ()
    if state.acknowledged_by != handling.by:
        state, actions = acknowledge(state, handling.by, now, directory)
    if state.acknowledged_by != handling.by or handling.to == handling.by:
        return state, actions
    if state.passing is not None and state.passing.to == handling.to:  # they are being asked
        return state, actions
    state = msgspec.structs.replace(state, asks=_telling(state))
    return _pass_on(state, handling.to, handling.by, PageKind.DELEGATED, now, directory), actions


def _pass_on(  # noqa: PLR0917 - from whom, to whom, why and when
    state: Escalation, to: str, by: str, kind: PageKind, now: datetime, directory: Directory
) -> Escalation:
    """Ask somebody to take it; where they can't be asked it goes back at once."""
    person = directory.person(to)
    if person is None or not directory.channels_of(person):
        return msgspec.structs.replace(state, passing=Passing(to=to, by=by, kind=kind, due=now))
    ask = new_ask(state, person, kind, state.highest, now, directory, about=by)
    # Whoever sleeps has as much time from the morning on; until then it stays where it is.
    due = (ask.due or now) + timedelta(minutes=policy_of(state, directory).steps[0].after_minutes)
    return msgspec.structs.replace(state, asks=(*state.asks, ask), passing=Passing(to=to, by=by, kind=kind, due=due))


def _shift_ends(state: Escalation, owner: str, now: datetime, directory: Directory) -> datetime | None:
    """When the first shift ends in which the owner is on duty for this incident."""
    rotations = directory.rotations_of(policy_of(state, directory))
    return min((next_change(each, now) for each in rotations if on_duty(each, now) == owner), default=None)


def tell(  # noqa: PLR0917 - who is told what
    state: Escalation, names: Iterable[str], kind: PageKind, about: str, now: datetime, directory: Directory
) -> Escalation:
    """A page to each of them that asks for nothing."""
    known = [directory.person(name) for name in dict.fromkeys(names)]
    asks = tuple(
        new_ask(state, person, kind, state.level, now, directory, about=about)
        for person in known
        if person is not None and directory.channels_of(person)
    )
    return msgspec.structs.replace(state, asks=(*state.asks, *asks))


def _hush(  # noqa: PLR0917 - what rang for what
    state: Escalation, asks: Iterable[Ask], kind: PageKind, by: str, now: datetime, directory: Directory
) -> Escalation:
    """Have every channel stop that rings until it is told to, whoever else is told over which other channels.

    `asks` are those of before: what is on its way rings only now.
    """
    ringing = {ask.channel: ask.person for ask in asks if ask.kind in RINGING and ask.channel in directory.ringing}
    hushing: list[Ask] = []
    for channel, name in {**state.rung, **ringing}.items():
        has_it = [person for person in directory.reachable() if channel in directory.channels_of(person)]
        person = next((each for each in has_it if each.name == name), next(iter(has_it), None))
        if person is None:
            continue
        without = tuple(each for each in directory.channels_of(person) if each != channel)
        ask = new_ask(state, person, kind, state.level, now, directory, about=by, without=without, hushes=True)
        # What is told to stop before it rings would ring all the same.
        due = now + _ON_ITS_WAY if channel in ringing else now
        hushing.append(msgspec.structs.replace(ask, due=due))
    return msgspec.structs.replace(state, asks=(*state.asks, *hushing))


def _paged(state: Escalation, without: str) -> tuple[str, ...]:
    """Who was paged since it opened, or is just being paged."""
    on_its_way = [ask.person for ask in state.asks if ask.channel and ask.kind in ASKING]
    return tuple(name for name in dict.fromkeys((*state.told, *on_its_way)) if name != without)


def _telling(state: Escalation) -> tuple[Ask, ...]:
    return tuple(ask for ask in state.asks if ask.kind not in ASKING)


def _last_channel(state: Escalation, person: str) -> str:
    """The channel over which somebody was told last of what is asked."""
    found = [ask.accepted[-1] for ask in state.asks if ask.person == person and ask.kind in ASKING and ask.accepted]
    return found[-1] if found else ""


def _stages(until: datetime, directory: Directory) -> tuple[datetime, datetime, datetime]:
    apart = timedelta(minutes=directory.paging.remind_minutes)
    return until - apart, until, until + apart
