"""The publisher worker: approved replies out, each at most once."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import structlog

from core.case import CaseState, Delivery, DeliveryState
from core.errors import DeliveryError, SixminuteError
from core.events import PUBLISHER, REPLIES_APPROVED, ReplyApproved, decode
from core.ports.bus import Bus, Consumer, Message, Received
from core.ports.clock import Clock
from core.ports.publisher import Publisher
from core.ports.store import Store
from core.ports.unit import Unit
from core.service import dead_letter

_BATCH = 200
_AT_ONCE = 500
_INTERRUPTED_AFTER = timedelta(minutes=1)
"""Publishers give up on a network sooner."""

_LOOK_SECONDS = 10.0
_SENDING_SECONDS = 5.0
"""How long a step begins to send replies: whoever stops the service waits for its step, and the network may be slow."""

_INTERRUPTED = "interrupted while sending: look on the network whether it is there"


class PublisherService:
    """Hands approved replies to the publisher when their time for undo is over.

    Only what the store holds as approved is ever sent; the event on ``replies.approved`` only wakes the service. A
    delivery is claimed in the store before the publisher is called. One that stays claimed for longer than any network
    takes to answer was interrupted: its outcome is unclear, it is shown to a person and never sent again. A publisher
    that surely did not send gives the case back to whoever approved; any other error leaves the outcome unclear.

    Args:
        bus: brings ``replies.approved`` to the group ``publisher``.
        store: keeps deliveries and cases.
        clock: says what is due.
        publisher: what an approved reply is handed to.
    """

    name = PUBLISHER

    def __init__(self, bus: Bus, store: Store, clock: Clock, publisher: Publisher) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock
        self._publisher = publisher
        self._consumer: Consumer | None = None
        self._look_at = clock.monotonic()
        self._log = structlog.get_logger(__name__)

    def step(self, timeout: float) -> int:
        """Send what is due, waiting at most `timeout` seconds for a new approval; see `core.service.Service`."""
        if self._clock.monotonic() >= self._look_at:
            self._mark_interrupted()
            self._look_at = self._clock.monotonic() + _LOOK_SECONDS
        # First what the store knows: replies go out while the bus can't be reached.
        sent = self._send_due()
        if self._consumer is None:
            self._consumer = self._bus.consumer(PUBLISHER, [REPLIES_APPROVED])
        received = self._consumer.poll(_BATCH, self._wait(timeout))
        dead = [letter for message in received if (letter := self._unreadable(message))]
        if dead:
            self._bus.publish(dead)
        if received:
            self._consumer.commit(received)
        return sent + len(received)

    def close(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            consumer.close()

    def _unreadable(self, message: Received) -> Message | None:
        try:
            decode(message.value, ReplyApproved)
        except SixminuteError as error:
            return dead_letter(message, str(error), self.name, self._clock)
        return None

    def _waiting(self) -> Sequence[Delivery]:
        return sorted(self._all(DeliveryState.WAITING), key=lambda delivery: delivery.not_before)

    def _all(self, state: DeliveryState) -> Sequence[Delivery]:
        # The store gives the newest; the oldest, which have waited longest, come only when nothing is left out.
        limit = _AT_ONCE
        while len(found := self._store.deliveries(states=(state,), limit=limit)) == limit:
            limit *= 2
        return found

    def _wait(self, timeout: float) -> float:
        waiting = self._waiting()
        if not waiting:
            return timeout
        left = (waiting[0].not_before - self._clock.now()) / timedelta(seconds=1)
        return min(timeout, max(0.0, left))

    def _mark_interrupted(self) -> None:
        now = self._clock.now()
        claimed = [
            delivery
            for delivery in self._all(DeliveryState.CLAIMED)
            # One without a time was claimed by a version that didn't note it.
            if delivery.claimed_at is None or now - delivery.claimed_at >= _INTERRUPTED_AFTER
        ]
        if not claimed:
            return
        with self._store.unit() as unit:
            for delivery in claimed:
                unit.move_delivery(
                    delivery.id,
                    DeliveryState.CLAIMED,
                    DeliveryState.UNCLEAR,
                    now,
                    _INTERRUPTED,
                )
        for delivery in claimed:
            self._tell(delivery, DeliveryState.UNCLEAR, _INTERRUPTED)

    def _send_due(self) -> int:
        sent = 0
        ends = self._clock.monotonic() + _SENDING_SECONDS
        for delivery in self._waiting():
            if delivery.not_before > self._clock.now() or self._clock.monotonic() > ends:
                break
            with self._store.unit() as unit:
                claimed = unit.move_delivery(
                    delivery.id, DeliveryState.WAITING, DeliveryState.CLAIMED, self._clock.now()
                )
            if claimed:
                self._send(delivery)
                sent += 1
        return sent

    def _send(self, delivery: Delivery) -> None:
        try:
            answer = self._publisher.publish(delivery)
        except DeliveryError as error:
            self._finish(delivery, DeliveryState.FAILED, str(error), would_be_sent=False)
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody knows whether the network has the reply
            detail = f"the outcome is unclear ({type(error).__name__}): look on the network whether it is there"
            self._finish(delivery, DeliveryState.UNCLEAR, detail, would_be_sent=False)
        else:
            self._finish(delivery, DeliveryState.SENT, answer, would_be_sent=self._publisher.would_be_sent)

    def _finish(self, delivery: Delivery, state: DeliveryState, detail: str, *, would_be_sent: bool) -> None:
        now = self._clock.now()
        with self._store.unit() as unit:
            # Another worker took this one for interrupted, because it took so long; we know better how it ended.
            for before in (DeliveryState.CLAIMED, DeliveryState.UNCLEAR):
                if unit.move_delivery(delivery.id, before, state, now, detail, would_be_sent=would_be_sent):
                    break
            if state is DeliveryState.SENT:
                unit.mark([delivery.mention], "sent", now)
            if not self._another_under_way(delivery):
                self._move_case(unit, delivery, state)
        self._tell(delivery, state, detail)

    def _tell(self, delivery: Delivery, state: DeliveryState, detail: str) -> None:
        case, channel = delivery.case, delivery.channel
        if state is DeliveryState.SENT:
            self._log.info("reply_sent", case=case, channel=channel, would_be_sent=self._publisher.would_be_sent)
        elif state is DeliveryState.FAILED:
            self._log.warning("reply_failed", case=case, channel=channel, reason=detail)
        else:
            self._log.warning("reply_unclear", case=case, channel=channel, reason=detail)

    def _another_under_way(self, delivery: Delivery) -> bool:
        """A person who took this one for lost may have approved another meanwhile: the case is about that one now."""
        under_way = (DeliveryState.WAITING, DeliveryState.CLAIMED)
        return any(each.id != delivery.id for each in self._store.deliveries(case=delivery.case, states=under_way))

    def _move_case(self, unit: Unit, delivery: Delivery, state: DeliveryState) -> None:
        case = self._store.case(delivery.case)
        if case is None or case.state is not CaseState.APPROVED or state is DeliveryState.UNCLEAR:
            return
        now = self._clock.now()
        if state is DeliveryState.SENT:
            changed = msgspec.structs.replace(case, state=CaseState.ANSWERED, answered_at=now, updated_at=now)
        else:
            changed = msgspec.structs.replace(
                case, state=CaseState.CLAIMED, claimed_by=delivery.approved_by, updated_at=now
            )
        if not unit.change_case(changed):
            # Whoever changed it in this moment knew it as approved; how the reply ended stands in the delivery.
            self._log.warning("case_changed_meanwhile", case=case.id, delivery=delivery.id, state=state.value)
