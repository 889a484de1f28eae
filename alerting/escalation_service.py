"""Takes alerts to the people who must know, over the channels of the house, until somebody has them in hand."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from alerting import reporting
from alerting.asking import Action, Report, Send, unsurpassed
from alerting.courier import Courier, Outcome, attempt_of
from alerting.deciding import Decider, alert_paged_over, put_off
from alerting.directory import Directory
from alerting.duty import last_test
from alerting.escalation import Accepted, ChannelFails, Event, Failed, Fired, Passed, Unanswered, begin_test
from alerting.notices import channel_state, person_state
from alerting.quieting import Silenced
from alerting.telling import Links, no_links, page_of
from alerting.urgent_now import urgent_now
from core.errors import ConflictError, InputError, SixminuteError
from core.escalation import Ask, Deed, Escalation, EscalationKind, Handling, id_of_test, id_of_urgent
from core.events import ALERTS, ESCALATION, AlertFired, decode
from core.ports.bus import Bus, Consumer, Received
from core.ports.channel import Channel
from core.ports.clock import Clock
from core.ports.store import Store
from core.ports.unit import Unit
from core.service import dead_letter

_ATTEMPTS = 10
_AT_ONCE = 100
_TESTS_SECONDS = 60.0
_RENEWED_SECONDS = 2.0
_LATEST_TEST = timedelta(hours=1)
"""A weekly test that nobody could begin in time is left out that week."""

_NO_ALERT_YET = timedelta(hours=1)
"""How long what people did waits for the alert that it is about, which may still be on the bus."""


class EscalationService:
    """Keeps where paging stands over each incident, and gives pages to channels, at least once until acknowledged.

    Every change is decided by `alerting.escalation.advance` and kept by a conditional update before any page goes out:
    of several workers the one whose update succeeds sends it. What a worker leaves behind when it dies is due again
    after a minute, and goes out with the same id. Channels work in threads of their own, with a time limit.

    Args:
        bus: where alerts come from, and where dead letters go.
        store: where everything is kept, and where people leave what they did.
        clock: says what is due.
        channels: the ways to reach people.
        directory: people, rotations and policies.
        links: makes addresses for a page.
        silenced: says until when nobody is paged over an incident, None where people are.
        patience: seconds for which a step waits for channels; what takes longer is taken up by a later step.
        batch: at most so many alerts in a step.
        renewed: gives the directory as it is by now, since people change policies; asked every other second.
    """

    name = ESCALATION

    def __init__(  # noqa: PLR0917 - what it is made of
        self,
        bus: Bus,
        store: Store,
        clock: Clock,
        channels: Sequence[Channel],
        directory: Directory,
        links: Links = no_links,
        silenced: Silenced | None = None,
        *,
        patience: float = 0.5,
        batch: int = 100,
        renewed: Callable[[], Directory] | None = None,
    ) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock
        self._courier = Courier(channels, clock)
        self._directory = directory
        self._links = links
        self._decider = Decider(store, silenced)
        self._patience = patience
        self._batch = batch
        self._renewed = renewed
        self._renewed_at: float | None = None
        self._consumer: Consumer | None = None
        self._tests_at = clock.monotonic()
        self._waiting: list[tuple[Escalation, Action]] | None = None

    def step(self, timeout: float) -> int:
        """Take alerts, what people did and what is due, and send; say how many things that were.

        It waits at most `timeout` seconds for alerts, and about as long as `patience` for channels.

        Raises:
            StorageError: the store or the bus can't be written. What was being sent is sent again later.
            ConflictError: other workers keep changing the same state.
        """
        if self._consumer is None:
            self._consumer = self._bus.consumer(ESCALATION, (ALERTS,))
        try:
            self._renew()
            received = self._consumer.poll(self._batch, 0.0 if self._courier.waits else timeout)
            self._waiting = []
            for message in received:
                self._take(message)
                self._consumer.commit([message])
            waiting, self._waiting = self._waiting, None
            for state, action in unsurpassed(waiting):
                self._act(state, (action,))
            done = len(received) + self._take_handlings() + self._begin_weekly_tests() + self._take_due()
            while outcomes := self._courier.outcomes(self._patience):
                done += len(outcomes)
                for outcome in outcomes:
                    self._note(outcome)
        except BaseException:
            self.close()
            raise
        return done

    def close(self) -> None:
        """Leave the group; what was not done goes to the next worker."""
        self._waiting = None
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            consumer.close()

    def _renew(self) -> None:
        now = self._clock.monotonic()
        if self._renewed and (self._renewed_at is None or now - self._renewed_at >= _RENEWED_SECONDS):
            self._directory = self._renewed()
            self._renewed_at = now

    def _take(self, message: Received) -> None:
        try:
            alert = decode(message.value, AlertFired).alert
        except InputError as error:
            self._bus.publish([dead_letter(message, str(error), self.name, self._clock)])
            return
        incident = self._store.incident(alert.incident)
        fired = Fired(alert, incident.source if incident else "")
        untold = alert.brand in self._directory.invented and self._directory.people
        if untold or self._change(alert.incident, fired):
            reporting.write_alert(alert, self._directory.reader.language)

    def _take_handlings(self) -> int:
        """What people did, since the last time."""
        taken = 0
        for handling in self._store.waiting_handlings(_AT_ONCE):
            if handling.deed is Deed.TESTED:
                names = [handling.to] if handling.to else [each.name for each in self._directory.reachable()]
                for name in names:
                    self._begin_test(id_of_test(handling.id, name), name)
                with self._store.unit() as unit:
                    unit.finish_handling(handling.id)
            elif handling.deed is Deed.URGENT:
                self._take_urgent(handling)
            elif self._is_early(handling):
                continue
            else:
                if self._store.escalation(handling.incident) is None:
                    reporting.write_dropped(handling)
                self._change(handling.incident, handling, partial(_finish, handling.id))
            taken += 1
        return taken

    def _take_urgent(self, handling: Handling) -> None:
        """A case has become urgent; over one that was erased since, or of an invented brand, nobody is paged."""
        case = self._store.case(handling.incident)
        if case is None or (case.brand in self._directory.invented and self._directory.people):
            with self._store.unit() as unit:
                unit.finish_handling(handling.id)
            return
        id_ = id_of_urgent(case.brand)
        fresh = Escalation(incident=id_, kind=EscalationKind.URGENT, brand=case.brand)
        event = urgent_now(self._store, self._store.escalation(id_) or fresh, case)
        if self._change(id_, event, partial(_finish, handling.id), fresh):
            reporting.write_urgent(case, self._directory.reader.language)

    def _is_early(self, handling: Handling) -> bool:
        """Whether the alert that it is about may still come."""
        return self._clock.now() - handling.at < _NO_ALERT_YET and self._store.escalation(handling.incident) is None

    def _take_due(self) -> int:
        due = self._store.due_escalations(self._clock.now(), _AT_ONCE)
        for state in due:
            try:
                self._change(state.incident, Passed())
            except SixminuteError:
                raise
            except Exception as error:  # noqa: BLE001 - a fault over one incident must not keep the others from paging
                put_off(self._store, state, self._clock.now(), error)
        return len(due)

    def _begin_weekly_tests(self) -> int:
        if self._clock.monotonic() < self._tests_at:
            return 0
        self._tests_at = self._clock.monotonic() + _TESTS_SECONDS
        begun = 0
        for person in self._directory.people:
            due = last_test(person, self._directory.paging, self._clock.now())
            if due is not None and self._clock.now() - due < _LATEST_TEST:
                begun += self._begin_test(id_of_test(f"weekly {due.isoformat()}", person.name), person.name)
        return begun

    def _begin_test(self, id_: str, person: str) -> bool:
        if self._store.escalation(id_) is not None:
            return False
        state, actions = begin_test(id_, person, self._clock.now(), self._directory)
        with self._store.unit() as unit:
            begun = unit.keep_escalation(state)
        if begun:
            self._act(state, actions)
        return begun

    def _note(self, outcome: Outcome) -> None:
        """How it went with a page."""
        page, now = outcome.page, self._clock.now()

        def note(unit: Unit, before: Escalation) -> None:
            unit.note_attempt(attempt_of(outcome, before, now))

        if outcome.reason:
            failed = Failed(page.id, outcome.channel, outcome.reason, outcome.permanent, outcome.retry_after)
            self._change(page.incident, failed, note)
            return
        self._change(page.incident, Accepted(page.id, outcome.channel), note)
        reporting.write_sent(page, outcome.channel)

    def _change(
        self, incident: str, event: Event, also: "_Also | None" = None, fresh: Escalation | None = None
    ) -> bool:
        """Advance a state and keep it, then do what follows from that; whether it changed.

        Raises:
            ConflictError: it was changed by others again and again.
        """
        for _ in range(_ATTEMPTS):
            before = self._store.escalation(incident) or fresh or Escalation(incident=incident)
            now = self._clock.now()
            after, actions = self._decider.decide(before, event, now, self._directory)
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
        person = self._directory.person(ask.person)
        if person is not None:  # the rules name nobody else
            of_incident = state.kind is EscalationKind.INCIDENT
            alert = alert_paged_over(self._store, state.incident) if of_incident else None
            self._courier.send(page_of(ask, state, person, alert, self._clock.now(), self._links), channel)

    def _report(self, state: Escalation, report: Report) -> None:
        reporting.write(report, state.incident)
        if report.what == "page_failed":
            told = channel_state(report.channel)
            event = ChannelFails(report.channel, report.person, state.highest, report.reason)
            self._change(told.incident, event, fresh=told)
        if report.what == "test_page_unanswered":
            told = person_state(report.person)
            self._change(told.incident, Unanswered(report.person), fresh=told)


_Also = Callable[[Unit, Escalation], None]
"""What is written in the same transaction; of the state before."""


def _finish(handling: str, unit: Unit, _before: Escalation) -> None:
    unit.finish_handling(handling)
