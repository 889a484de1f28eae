"""The ladder of a policy: who is asked next while nobody has an incident in hand (pure)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from alerting.asking import Action, Report, again, new_ask
from alerting.directory import Directory
from alerting.policies import Person
from core.alert import level_of
from core.escalation import Ask, Escalation
from core.paging import PageKind
from core.policies import Policy, Step

_LADDER = frozenset({PageKind.OPENED, PageKind.RAISED})
"""Kinds of pages that the ladder gives."""

Turn = tuple[Escalation, tuple[Action, ...]]


def policy_of(state: Escalation, directory: Directory) -> Policy:
    """The policy that holds for an incident as grave as it was."""
    return directory.policy(state.brand, state.highest)


def begin(state: Escalation, now: datetime, directory: Directory) -> Escalation:
    """The ladder from its first step on, at the level that the incident has reached."""
    return msgspec.structs.replace(
        state,
        step=0,
        round=state.round + 1,
        last_round=state.round + policy_of(state, directory).repeat,
        step_due=now,
        acknowledged_by="",
        acknowledged_at=None,
        passing=None,
        handover_at=None,
    )


def climb(state: Escalation, now: datetime, directory: Directory) -> Turn:
    """Take all steps that are due: one that reaches nobody, or only those asked already, doesn't cost any time."""
    policy = policy_of(state, directory)
    kind = PageKind.RAISED if state.risen else PageKind.OPENED
    actions: tuple[Action, ...] = ()
    while state.step_due is not None and state.step_due <= now and state.quiet_until is None:
        if state.step < len(policy.steps):
            step = policy.steps[state.step]
            state, asked = _take(state, step, kind, now, directory)
            wait = timedelta(minutes=step.after_minutes) if asked else timedelta(0)
            state = msgspec.structs.replace(state, step=state.step + 1, step_due=now + wait)
        elif not _asked(state):
            state, more = _everybody(state, kind, now, directory)
            actions += more
        elif state.round < state.last_round:
            state = msgspec.structs.replace(state, step=0, round=state.round + 1, step_due=now)
        else:
            state, more = _at_the_end(state, kind, now, directory)
            actions += more
    return state, actions


def is_quiet(state: Escalation, ask: Ask) -> bool:
    """Whether a page waits because the incident is silenced: those that the ladder gives do."""
    return state.quiet_until is not None and ask.kind in _LADDER and not ask.channel and ask.due is not None


def lost(state: Escalation, now: datetime) -> Escalation:
    """Where nobody who was asked can be told at all, the next step is taken at once."""
    asks = _asked(state)
    if state.step_due is None or not asks or not all(ask.lost for ask in asks):
        return state
    return msgspec.structs.replace(state, step_due=now)


def above(state: Escalation, person: str, now: datetime, directory: Directory) -> tuple[Person, ...]:
    """The people of the first step after the last one that names somebody; else the managers."""
    policy = policy_of(state, directory)
    steps = [directory.meant_by(step, now) for step in policy.steps if _holds(state, step)]
    named = [number for number, people in enumerate(steps) if person in {each.name for each in people}]
    if later := [people for people in steps[named[-1] + 1 if named else 0 :] if people]:
        return later[0]
    return tuple(each for each in directory.reachable() if each.role == "manager" and each.name != person)


def _take(
    state: Escalation, step: Step, kind: PageKind, now: datetime, directory: Directory
) -> tuple[Escalation, bool]:
    """Ask the people of a step; false where that is nobody new in this round."""
    if not _holds(state, step):
        return state, False
    return _ask(state, directory.meant_by(step, now), kind, now, directory)


def _ask(
    state: Escalation, people: Sequence[Person], kind: PageKind, now: datetime, directory: Directory
) -> tuple[Escalation, bool]:
    asks = {ask.person: ask for ask in _asked(state)}
    fresh: dict[str, Ask] = {}
    for person in people:
        known = asks.get(person.name)
        if known is None:
            fresh[person.name] = new_ask(state, person, kind, state.highest, now, directory)
        elif known.round < state.round and not known.lost:
            fresh[person.name] = again(known, person, state.round, now)
    kept = tuple(ask for ask in state.asks if ask.kind not in _LADDER or ask.person not in fresh)
    return msgspec.structs.replace(state, asks=(*kept, *fresh.values())), bool(fresh)


def _asked(state: Escalation) -> list[Ask]:
    """The pages that the ladder has given at this level."""
    return [ask for ask in state.asks if ask.kind in _LADDER]


def _everybody(state: Escalation, kind: PageKind, now: datetime, directory: Directory) -> Turn:
    """No step of the policy reaches anybody: whoever can be reached is asked, and it is reported."""
    state, asked = _ask(state, directory.reachable(), kind, now, directory)
    policy = policy_of(state, directory)
    wait = timedelta(minutes=policy.steps[-1].after_minutes) if asked else None
    reason = f"policy {policy.name!r} reaches nobody" + ("; everybody was paged" if asked else "")
    due = None if wait is None else now + wait
    return msgspec.structs.replace(state, step_due=due), (Report(what="policy_reaches_nobody", reason=reason),)


def _at_the_end(state: Escalation, kind: PageKind, now: datetime, directory: Directory) -> Turn:
    """All rounds are over. Whoever sleeps will be told, and with them the ladder begins anew."""
    policy = policy_of(state, directory)
    if all(ask.lost for ask in _asked(state)):
        state, asked = _ask(state, directory.reachable(), kind, now, directory)
        if asked:
            wait = timedelta(minutes=policy.steps[-1].after_minutes)
            reason = f"nobody of policy {policy.name!r} could be told; everybody was paged"
            return msgspec.structs.replace(state, step_due=now + wait), (
                Report(what="policy_reaches_nobody", reason=reason),
            )
    if held := [ask.due for ask in _asked(state) if ask.held and ask.due and ask.due > now]:
        resumed = msgspec.structs.replace(
            state, step=0, round=state.round + 1, last_round=state.round + policy.repeat, step_due=min(held)
        )
        return resumed, ()
    report = Report(what="escalation_unanswered", reason=f"policy {policy.name!r} was gone through without an answer")
    return msgspec.structs.replace(state, step_due=None), (report,) if directory.people else ()


def _holds(state: Escalation, step: Step) -> bool:
    """By the level as it is now: what has calmed down meanwhile wakes no executive."""
    return state.urgent or level_of(step.from_level) <= state.level
