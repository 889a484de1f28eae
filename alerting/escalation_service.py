"""Takes alerts to the people who must know, over the channels of the house, until somebody has them in hand."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from alerting import reporting
from alerting.deciding import put_off
from alerting.directory import Directory
from alerting.duty import last_test
from alerting.escalation import Fired, Passed
from alerting.pager import Pager
from alerting.quieting import Silenced
from alerting.telling import Links, no_links
from alerting.urgent_now import urgent_now
from core.alert import Alert
from core.errors import InputError
from core.escalation import Deed, Escalation, EscalationKind, Handling, id_of_test, id_of_urgent
from core.events import ALERTS, ESCALATION, AlertFired, decode
from core.ports.bus import Bus, Consumer, Received
from core.ports.channel import Channel
from core.ports.clock import Clock
from core.ports.store import Store
from core.ports.unit import Unit
from core.service import dead_letter

_AT_ONCE = 100
_TESTS_SECONDS = 60.0
_RENEWED_SECONDS = 2.0
_LEFT_SECONDS = 60.0
"""How long something that somebody did is left alone after it led to a fault."""

_LATEST_TEST = timedelta(hours=1)
"""A weekly test that nobody could begin in time is left out that week."""

_NO_ALERT_YET = timedelta(hours=1)
"""How long what people did waits for the alert that it is about, which may still be on the bus."""


class EscalationService:
    """Keeps where paging stands over each incident, and gives pages to channels, at least once until acknowledged.

    Every change is decided by `alerting.escalation.advance` and kept by a conditional update before any page goes out:
    of several workers the one whose update succeeds sends it (`alerting.pager`). What a worker leaves behind when it
    dies is due again after a minute, and goes out with the same id. Channels work in threads of their own, with a time
    limit. A fault over one incident keeps no other from paging: an alert goes to the dead letters, the rest is tried
    again after a minute.

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
        self._pager = Pager(store, clock, channels, directory, links, silenced)
        self._patience = patience
        self._batch = batch
        self._renewed = renewed
        self._renewed_at: float | None = None
        self._consumer: Consumer | None = None
        self._tests_at = clock.monotonic()
        self._left_until: dict[str, float] = {}

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
            received = self._consumer.poll(self._batch, 0.0 if self._pager.waits else timeout)
            with self._pager.together():
                for message in received:
                    self._take(message)
                    self._consumer.commit([message])
            done = len(received) + self._take_handlings() + self._begin_weekly_tests() + self._take_due()
            done += self._pager.hear(self._patience)
        except BaseException:
            self.close()
            raise
        return done

    def close(self) -> None:
        """Leave the group; what was not done goes to the next worker."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            consumer.close()

    def _renew(self) -> None:
        now = self._clock.monotonic()
        if self._renewed and (self._renewed_at is None or now - self._renewed_at >= _RENEWED_SECONDS):
            self._pager.directory = self._renewed()
            self._renewed_at = now

    def _take(self, message: Received) -> None:
        try:
            alert = decode(message.value, AlertFired).alert
        except InputError as error:
            self._bus.publish([dead_letter(message, str(error), self.name, self._clock)])
            return
        if not self._pager.unless_faulty(alert.incident, self._fire, alert):
            reason = "paging over it failed, see paging_failed in the log"
            self._bus.publish([dead_letter(message, reason, self.name, self._clock)])

    def _fire(self, alert: Alert) -> None:
        incident = self._store.incident(alert.incident)
        fired = Fired(alert, incident.source if incident else "")
        if self._pager.change(alert.incident, fired):
            reporting.write_alert(alert, self._pager.directory.reader.language)

    def _take_handlings(self) -> int:
        """What people did, since the last time."""
        taken, now = 0, self._clock.monotonic()
        for handling in self._store.waiting_handlings(_AT_ONCE):
            if self._left_until.get(handling.id, now) > now or self._is_early(handling):
                continue
            if self._pager.unless_faulty(handling.incident, self._take_handling, handling):
                self._left_until.pop(handling.id, None)
                taken += 1
            else:
                self._left_until[handling.id] = now + _LEFT_SECONDS
        return taken

    def _take_handling(self, handling: Handling) -> None:
        match handling.deed:
            case Deed.TESTED:
                names = [handling.to] if handling.to else [each.name for each in self._pager.directory.reachable()]
                for name in names:
                    self._pager.begin_test(id_of_test(handling.id, name), name)
                with self._store.unit() as unit:
                    unit.finish_handling(handling.id)
            case Deed.URGENT:
                self._take_urgent(handling)
            case _:
                if self._store.escalation(handling.incident) is None:
                    reporting.write_dropped(handling)
                self._pager.change(handling.incident, handling, partial(_finish, handling.id))

    def _take_urgent(self, handling: Handling) -> None:
        """A case has become urgent; over one that was erased since, or of an invented brand, nobody is paged."""
        case = self._store.case(handling.incident)
        if case is None or (case.brand in self._pager.directory.invented and self._pager.directory.people):
            with self._store.unit() as unit:
                unit.finish_handling(handling.id)
            return
        id_ = id_of_urgent(case.brand)
        fresh = Escalation(incident=id_, kind=EscalationKind.URGENT, brand=case.brand)
        event = urgent_now(self._store, self._store.escalation(id_) or fresh, case)
        if self._pager.change(id_, event, partial(_finish, handling.id), fresh):
            known = self._pager.directory
            reporting.write_urgent(case, known.reader.language, invented=case.brand in known.invented)

    def _is_early(self, handling: Handling) -> bool:
        """Whether the alert that it is about may still come."""
        if handling.deed in {Deed.TESTED, Deed.URGENT}:
            return False
        return self._clock.now() - handling.at < _NO_ALERT_YET and self._store.escalation(handling.incident) is None

    def _take_due(self) -> int:
        due = self._store.due_escalations(self._clock.now(), _AT_ONCE)
        for state in due:
            if not self._pager.unless_faulty(state.incident, self._pager.change, state.incident, Passed()):
                put_off(self._store, state, self._clock.now())
        return len(due)

    def _begin_weekly_tests(self) -> int:
        if self._clock.monotonic() < self._tests_at:
            return 0
        self._tests_at = self._clock.monotonic() + _TESTS_SECONDS
        begun = 0
        for person in self._pager.directory.people:
            due = last_test(person, self._pager.directory.paging, self._clock.now())
            if due is not None and self._clock.now() - due < _LATEST_TEST:
                id_ = id_of_test(f"weekly {due.isoformat()}", person.name)
                begun += self._pager.unless_faulty(id_, self._pager.begin_test, id_, person.name)
        return begun


def _finish(handling: str, unit: Unit, _before: Escalation) -> None:
    unit.finish_handling(handling)
