"""Keeps how paging stands over each incident, and does what follows: pages to channels, and lines in the log."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from alerting import reporting
from alerting.asking import Action, Report, Send, unsurpassed
from alerting.courier import Courier, Outcome, attempt_of
from alerting.deciding import Decider, alert_paged_over
from alerting.directory import Directory
from alerting.escalation import Accepted, ChannelFails, Event, Failed, Unanswered, begin_test
from alerting.notices import channel_state, person_state
from alerting.quieting import Silenced
from alerting.telling import Links, no_links, page_of
from core.errors import ConflictError, SixminuteError
from core.escalation import Ask, Escalation, EscalationKind
from core.ports.channel import Channel
from core.ports.clock import Clock
from core.ports.store import Store
from core.ports.unit import Unit

_ATTEMPTS = 10


class Pager:
    """Decides what an event means for those who are paged, keeps it by a conditional update, and then pages.

    Of several workers the one whose update succeeds sends the page.

    Args:
        store: where paging stands.
        clock: says when it is.
        channels: the ways to reach people.
        directory: people, rotations and policies; it may be put in place of by what they are by now.
        links: makes addresses for a page.
        silenced: says until when nobody is paged over an incident, None where people are.
    """

    def __init__(  # noqa: PLR0917 - what it is made of
        self,
        store: Store,
        clock: Clock,
        channels: Sequence[Channel],
        directory: Directory,
        links: Links = no_links,
        silenced: Silenced | None = None,
    ) -> None:
        self.directory = directory
        self._store = store
        self._clock = clock
        self._courier = Courier(channels, clock)
        self._links = links
        self._decider = Decider(store, silenced)
        self._waiting: list[tuple[Escalation, Action]] | None = None

    @property
    def waits(self) -> bool:
        """Whether pages are on their way."""
        return self._courier.waits

    def change(self, incident: str, event: Event, also: "Also | None" = None, fresh: Escalation | None = None) -> bool:
        """Advance a state and keep it, then do what follows from that; whether it changed.

        Args:
            incident: the incident, or what else people are paged over.
            event: what happened.
            also: what is written in the same transaction.
            fresh: the state where none is kept yet.

        Raises:
            ConflictError: it was changed by others again and again.
            StorageError: the store can't be read or written.
        """
        for _ in range(_ATTEMPTS):
            before = self._store.escalation(incident) or fresh or Escalation(incident=incident)
            now = self._clock.now()
            after, actions = self._decider.decide(before, event, now, self.directory)
            with self._store.unit() as unit:
                kept = after == before or unit.keep_escalation(after)
                if kept:
                    if also:
                        also(unit, before)
                    self._keep_answers(unit, before, after, actions)
            if kept:
                self._act(after, actions)
                return after != before
        raise ConflictError(f"paging over {incident} was changed by other workers {_ATTEMPTS} times in a row")

    def begin_test(self, id_: str, person: str) -> bool:
        """Send somebody a test page; whether it is the first time that this one is begun."""
        if self._store.escalation(id_) is not None:
            return False
        state, actions = begin_test(id_, person, self._clock.now(), self.directory)
        with self._store.unit() as unit:
            begun = unit.keep_escalation(state)
        if begun:
            self._act(state, actions)
        return begun

    @contextmanager
    def together(self) -> Iterator[None]:
        """Page at the end over all that changes meanwhile, and not over what has passed again by then."""
        self._waiting = []
        try:
            yield
            waiting = self._waiting
        finally:
            self._waiting = None
        for state, action in unsurpassed(waiting):
            self.unless_faulty(state.incident, self._act, state, (action,))

    def hear(self, patience: float) -> int:
        """Take what channels say of the pages that they were given, as long as something comes; how much it was.

        Args:
            patience: seconds to wait for the next one.
        """
        heard = 0
        while outcomes := self._courier.outcomes(patience):
            heard += len(outcomes)
            for outcome in outcomes:
                self.unless_faulty(outcome.page.incident, self._note, outcome)
        return heard

    def unless_faulty(self, incident: str, do: Callable[..., object], *about: object) -> bool:
        """Whether something could be done: a fault over one incident is told, and keeps no other from paging."""
        try:
            do(*about)
        except SixminuteError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            reporting.write_fault(incident, error)
            return False
        return True

    def _note(self, outcome: Outcome) -> None:
        """How it went with a page."""
        page, now = outcome.page, self._clock.now()

        def note(unit: Unit, before: Escalation) -> None:
            unit.note_attempt(attempt_of(outcome, before, now))

        if outcome.reason:
            failed = Failed(page.id, outcome.channel, outcome.reason, outcome.permanent, outcome.retry_after)
            self.change(page.incident, failed, note)
            return
        self.change(page.incident, Accepted(page.id, outcome.channel), note)
        reporting.write_sent(page, outcome.channel)

    def _keep_answers(self, unit: Unit, before: Escalation, after: Escalation, actions: Sequence[Action]) -> None:
        now = self._clock.now()
        if before.acknowledged_by and before.acknowledged_by != after.acknowledged_by:
            unit.pass_on(after.incident, before.acknowledged_by, after.acknowledged_by, now)
        for action in actions:
            if isinstance(action, Report) and action.what == "page_acknowledged" and action.channel:
                unit.note_answer(after.incident, action.person, action.channel, now)

    def _act(self, state: Escalation, actions: Sequence[Action]) -> None:
        if self._waiting is not None:
            self._waiting += [(state, action) for action in actions]
            return
        for action in actions:
            if isinstance(action, Send):
                self._send(state, action.ask, action.channel)
            else:
                self._report(state, action)

    def _send(self, state: Escalation, ask: Ask, channel: str) -> None:
        person = self.directory.person(ask.person)
        if person is not None:  # the rules name nobody else
            of_incident = state.kind is EscalationKind.INCIDENT
            alert = alert_paged_over(self._store, state.incident) if of_incident else None
            self._courier.send(page_of(ask, state, person, alert, self._clock.now(), self._links), channel)

    def _report(self, state: Escalation, report: Report) -> None:
        reporting.write(report, state.incident)
        if report.what == "page_failed":
            told = channel_state(report.channel)
            event = ChannelFails(report.channel, report.person, state.highest, report.reason)
            self.change(told.incident, event, fresh=told)
        if report.what == "test_page_unanswered":
            told = person_state(report.person)
            self.change(told.incident, Unanswered(report.person), fresh=told)


Also = Callable[[Unit, Escalation], None]
"""What is written in the same transaction; of the state before."""
