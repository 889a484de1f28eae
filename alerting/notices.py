"""Pages about the house itself: tests, channels that fail, people who don't answer a test (pure)."""

from datetime import datetime, timedelta

import msgspec

from alerting.asking import Report, new_ask
from alerting.directory import Directory
from alerting.ladder import Turn
from core.alert import Level
from core.escalation import Escalation, EscalationKind
from core.identity import identity
from core.paging import PageKind

NOTICE_EVERY = timedelta(hours=1)
"""How often at most people are told that a channel fails."""

TEST_LEVEL = Level.BLUE
"""Of a test page: everybody's quiet hours hold."""


def test_of(id_: str, person: str, now: datetime, directory: Directory) -> Escalation:
    """The state of a test page to one person. Quiet hours hold: nobody is woken for a test."""
    state = Escalation(incident=id_, kind=EscalationKind.TEST, ended=False, alerted_at=now)
    known = directory.person(person)
    if known is None:
        return state
    ask = new_ask(state, known, PageKind.TEST, TEST_LEVEL, now, directory)
    return msgspec.structs.replace(state, asks=(ask,))


def channel_state(channel: str) -> Escalation:
    """The state in which it is kept when people were told last that a channel fails."""
    return Escalation(incident=identity("notice", "channel", channel), kind=EscalationKind.NOTICE)


def person_state(person: str) -> Escalation:
    """The state in which it is kept when people were told last that a person didn't answer a test."""
    return Escalation(incident=identity("notice", "person", person), kind=EscalationKind.NOTICE)


def tell(  # noqa: PLR0917 - what a notice is about
    state: Escalation, channel: str, person: str, level: Level, now: datetime, directory: Directory, reason: str = ""
) -> Escalation:
    """Tell others on duty that a channel didn't tell a person, and why; without `channel`: that they didn't answer.

    Whoever it is about is told only where there is nobody else.
    """
    if state.alerted_at is not None and now - state.alerted_at < NOTICE_EVERY:
        return state
    without = (channel,) if channel else ()
    can = [each for each in directory.reachable() if directory.channels_of(each, without)]
    on_duty = {each.name for each in directory.looking_after(now)}
    others = [each for each in can if each.name != person]
    told = [each for each in others if each.name in on_duty] or others or can
    state = msgspec.structs.replace(state, alerted_at=now, level=level, highest=level, ended=False)
    kind, about = PageKind.CHANNEL_FAILED, channel or person
    asks = tuple(
        new_ask(state, each, kind, level, now, directory, about=about, without=without, reason=reason) for each in told
    )
    return msgspec.structs.replace(state, asks=asks)


def end_test(state: Escalation, now: datetime, _directory: Directory) -> Turn:
    """The time for an answer to a test is over."""
    if state.kind is not EscalationKind.TEST or state.step_due is None or state.step_due > now:
        return state, ()
    person = next((ask.person for ask in state.asks), "")
    over = msgspec.structs.replace(state, step_due=None, asks=(), ended=True)
    reason = "could be told over no channel" if any(ask.lost for ask in state.asks) else "did not answer"
    return over, (Report(what="test_page_unanswered", person=person, reason=reason),)
