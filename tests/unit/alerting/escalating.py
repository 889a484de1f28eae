"""A little language for timelines of paging: `at` a time something happens, and exactly the expected pages go out.

A page that no test expected fails it, in `check`. Times are by the clock in the house's zone; a day may stand before
them, as in ``2026-03-03 02:00``.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerting.asking import Report, Send
from alerting.directory import Directory
from alerting.escalation import (
    Accepted,
    ChannelFails,
    Event,
    Failed,
    Fired,
    Passed,
    Quieted,
    Unanswered,
    advance,
    begin_test,
)
from alerting.notices import channel_state, person_state
from alerting.policies import Person, Policy, Step
from alerting.urgent import Urgent
from core.alert import Alert, AlertEvent, Level
from core.escalation import Deed, Escalation, EscalationKind, Handling, UrgentCases
from core.paging import PageKind

BLUE, YELLOW, ORANGE, RED = Level.BLUE, Level.YELLOW, Level.ORANGE, Level.RED
WORDS = {"en": "too many", "zh-Hant": "太多", "zh-Hans": "太多了"}
INCIDENT, URGENT = "i-1", "u-1"


def person(name: str, *channels: str, role: str = "staff", **fields: Any) -> Person:
    return Person(name=name, channels=channels or ("sms",), role=role, **fields)


def ladder(*steps: Sequence[str] | Step, **fields: Any) -> Policy:
    """A policy of one round whose steps have five minutes each."""
    made = tuple(step if isinstance(step, Step) else Step(to=tuple(step)) for step in steps)
    return Policy(**{"name": "ladder", "steps": made, "repeat": 1, **fields})


class Timeline:
    """The pure rules on a clock that the test moves, with channels that do as the test says."""

    def __init__(self, *people: Person, policy: Policy | None = None, zone: str = "UTC", **fields: Any) -> None:
        channels = frozenset({"log", *(name for each in people for name in each.channels)})
        policies = (policy,) if policy else ()
        self.directory = Directory(**{"people": people, "policies": policies, "channels": channels, **fields})
        self.zone = ZoneInfo(zone)
        self.now = self._moment("2026-03-02 00:00")
        self.states: dict[str, Escalation] = {}
        self.cases: dict[str, str] = {}
        self.unexpected: list[tuple[str, str, str, PageKind, Level]] = []
        self.pages: list[Send] = []
        self.reports: list[tuple[str, str, str]] = []
        self.events: list[AlertEvent] = []
        self.hanging: set[str] = set()
        self.failing: dict[str, tuple[bool, float | None]] = {}
        self._numbers = iter(range(1, 10_000))

    # what happens
    def at(self, when: str) -> "Timeline":
        """Let time pass until then, minute by minute and at every moment at which something is due."""
        until = self._moment(when)
        assert until >= self.now, f"{when} is past"
        looks = 0
        while due := self._next(until):
            looks += 1
            assert looks < 2_000, f"something is due at {due} again and again: {self.states}"
            self.now = max(self.now, due)
            for name, state in list(self.states.items()):
                if state.due is not None and state.due <= self.now:
                    self._do(name, Passed())
        self.now = until
        return self

    def alert(self, level: Level, event: AlertEvent | None = None, incident: str = INCIDENT) -> "Timeline":
        """An incident opens, rises or falls to a level."""
        state = self.states.get(incident)
        if event is None:
            opened = state is not None and not (state.ended and not state.resolved_by)
            before = state.level if state else level
            event = AlertEvent.OPENED if not opened else AlertEvent.RAISED if level > before else AlertEvent.LOWERED
        self.events.append(event)
        self._do(incident, Fired(self.made(level, event, incident)))
        return self

    def made(self, level: Level, event: AlertEvent, incident: str = INCIDENT) -> Alert:
        return Alert(
            id=f"a-{next(self._numbers)}",
            brand="Nimbus",
            incident=incident,
            at=self.now,
            event=event,
            level=level,
            rule="baseline",
            reason=WORDS,
            observed=43,
            expected_low=8,
            expected_high=19,
        )

    def closes(self, incident: str = INCIDENT) -> "Timeline":
        return self.alert(BLUE, AlertEvent.CLOSED, incident)

    def urgent_case(self, case: str = "c-1", owner: str = "") -> "Timeline":
        """A case becomes urgent; `owner` has a grave incident of the brand in hand."""
        self.cases.setdefault(case, "")
        return self._look(case, owner)

    def answers(self, *cases: str) -> "Timeline":
        """They need nothing more: answered or resolved."""
        for case in cases:
            del self.cases[case]
        return self._look()

    def claims(self, who: str, *cases: str) -> "Timeline":
        self.cases |= dict.fromkeys(cases, who)
        return self._look()

    def _look(self, fresh: str = "", owner: str = "") -> "Timeline":
        names = list(self.cases.values())
        claimed_by = names[-1] if names and all(names) else ""
        cases = UrgentCases(
            count=len(names), case=next(iter(self.cases)), answer_by=self.now, why=WORDS, since=self.now,
            claimed_by=claimed_by,
        ) if names else None  # fmt: skip
        self._do(URGENT, Urgent("Nimbus", cases, fresh, owner))
        return self

    def acknowledges(self, who: str, incident: str = INCIDENT) -> "Timeline":
        return self._handles(who, Deed.ACKNOWLEDGED, incident)

    def takes_over(self, who: str) -> "Timeline":
        return self._handles(who, Deed.TAKEN_OVER)

    def delegates(self, who: str, to: str) -> "Timeline":
        return self._handles(who, Deed.DELEGATED, to=to)

    def resolves(self, who: str) -> "Timeline":
        return self._handles(who, Deed.RESOLVED)

    def promises(self, who: str, until: str) -> "Timeline":
        return self._handles(who, Deed.PROMISED, until=self._moment(until))

    def silenced(self, until: str, incident: str = INCIDENT) -> "Timeline":
        """Nobody is paged over it until then; empty: the silence is taken back."""
        self._do(incident, Quieted(self._moment(until) if until else None))
        return self

    def tests(self, who: str) -> "Timeline":
        name = f"t-{who}"
        state, actions = begin_test(name, who, self.now, self.directory)
        self._keep(name, state, actions)
        return self

    def hangs(self, channel: str) -> "Timeline":
        """It says nothing any more, neither yes nor no."""
        self.hanging.add(channel)
        return self

    def fails(self, channel: str, *, permanent: bool = False, retry_after: float | None = None) -> "Timeline":
        self.failing[channel] = permanent, retry_after
        return self

    def works(self, channel: str) -> "Timeline":
        self.failing.pop(channel, None)
        self.hanging.discard(channel)
        return self

    # what is expected
    def expect_page(
        self,
        who: str,
        channel: str = "sms",
        at: str = "",
        kind: PageKind | None = None,
        level: Level | None = None,
    ) -> "Timeline":
        """This page went out, now or at that time; it is one that isn't unexpected any more."""
        when = self._said(self._moment(at) if at else self.now)
        for found in self.unexpected:
            if found[:3] == (when, who, channel) and kind in {None, found[3]} and level in {None, found[4]}:
                self.unexpected.remove(found)
                return self
        raise AssertionError(f"no page to {who} over {channel} at {when}, but {self.unexpected}")

    def expect_silence(self) -> "Timeline":
        assert not self.unexpected
        return self

    def expect_report(self, what: str, person: str = "", channel: str = "") -> "Timeline":
        assert (what, person, channel) in self.reports, self.reports
        self.reports.remove((what, person, channel))
        return self

    def check(self) -> None:
        assert not self.unexpected, f"nobody expected {self.unexpected}"

    @property
    def state(self) -> Escalation:
        return self.states[INCIDENT]

    # how it works
    def _handles(
        self, by: str, deed: Deed, incident: str = INCIDENT, to: str = "", until: datetime | None = None
    ) -> "Timeline":
        id_ = f"h-{next(self._numbers)}"
        self._do(incident, Handling(id=id_, incident=incident, deed=deed, by=by, to=to, until=until, at=self.now))
        return self

    def _do(self, name: str, event: Event) -> None:
        kind = EscalationKind.URGENT if name == URGENT else EscalationKind.INCIDENT
        before = self.states.get(name) or Escalation(incident=name, kind=kind)
        state, actions = advance(before, event, self.now, self.directory)
        self._keep(name, state, actions)

    def _keep(self, name: str, state: Escalation, actions: Sequence[Send | Report]) -> None:
        self.states[name] = state
        for action in actions:
            if isinstance(action, Send):
                self._send(name, action)
            else:
                self._report(name, action)

    def _send(self, name: str, send: Send) -> None:
        ask = send.ask
        self.pages.append(send)
        self.unexpected.append((self._said(self.now), ask.person, send.channel, ask.kind, ask.level))
        if send.channel in self.failing:
            permanent, retry_after = self.failing[send.channel]
            self._do(name, Failed(ask.page, send.channel, "refused", permanent, retry_after))
        elif send.channel not in self.hanging:
            self._do(name, Accepted(ask.page, send.channel))

    def _report(self, name: str, report: Report) -> None:
        self.reports.append((report.what, report.person, report.channel))
        if report.what == "page_failed":
            told = self._of_kind(channel_state(report.channel))
            level = self.states[name].highest
            self._do(told, ChannelFails(report.channel, report.person, level, report.reason))
        if report.what == "test_page_unanswered":
            self._do(self._of_kind(person_state(report.person)), Unanswered(report.person))

    def _of_kind(self, fresh: Escalation) -> str:
        assert fresh.kind is EscalationKind.NOTICE
        self.states.setdefault(fresh.incident, fresh)
        return fresh.incident

    def _next(self, until: datetime) -> datetime | None:
        due = [state.due for state in self.states.values() if state.due is not None and state.due <= until]
        return min(due, default=None)

    def _moment(self, when: str) -> datetime:
        if " " not in when:
            when = f"{self.now.astimezone(self.zone).date()} {when}"
        return datetime.fromisoformat(when).replace(tzinfo=self.zone).astimezone(UTC)

    def _said(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S%z")
