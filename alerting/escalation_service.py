"""Takes alerts to the people who must know, over the channels of the house."""

from collections.abc import Sequence

import structlog

from alerting.settings import AlertingSettings
from core.alert import Alert, AlertEvent
from core.errors import DeliveryError, InputError
from core.events import ALERTS, ESCALATION, AlertFired, decode
from core.ports.bus import Bus, Consumer, Received
from core.ports.channel import Channel
from core.ports.clock import Clock
from core.ports.store import Store
from core.service import dead_letter


class EscalationService:
    """Delivers what arrives on ``alerts`` over every channel, at least once.

    An incident that rises to a level it had before is no news, until it closes and opens again. What was delivered is
    noted in the store after the delivery, so a crash in between repeats the page rather than losing it.

    Args:
        bus: where alerts come from, and where dead letters go.
        store: where deliveries are noted.
        clock: dates the dead letters.
        channels: the ways to reach people.
        settings: the settings; of them the language.
        batch: at most so many alerts in a step.
    """

    name = ESCALATION

    def __init__(
        self,
        bus: Bus,
        store: Store,
        clock: Clock,
        channels: Sequence[Channel],
        settings: AlertingSettings,
        *,
        batch: int = 100,
    ) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock
        self._channels = channels
        self._settings = settings
        self._batch = batch
        self._consumer: Consumer | None = None
        self._log = structlog.get_logger(__name__)

    def step(self, timeout: float) -> int:
        """Deliver one batch, waiting at most `timeout` seconds for it; say how many alerts were done.

        Raises:
            DeliveryError: a channel failed for the time being. The batch is delivered again, without what went through.
            StorageError: the store or the bus can't be written.
        """
        if self._consumer is None:
            self._consumer = self._bus.consumer(ESCALATION, (ALERTS,))
        try:
            received = self._consumer.poll(self._batch, timeout)
            for message in received:
                self._take(message)
                self._consumer.commit([message])
        except BaseException:
            self.close()
            raise
        return len(received)

    def close(self) -> None:
        """Leave the group; what was not delivered goes to the next worker."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            consumer.close()

    def _take(self, message: Received) -> None:
        try:
            alert = decode(message.value, AlertFired).alert
        except InputError as error:
            self._bus.publish([dead_letter(message, str(error), self.name, self._clock)])
            return
        failed: list[DeliveryError] = []
        for channel in self._channels:
            try:
                self._deliver(channel, alert)
            except DeliveryError as error:
                failed.append(error)
                self._log.warning("page_failed", channel=channel.name, incident=alert.incident, reason=str(error))
        lasting = [str(error) for error in failed if error.permanent]
        passing = [error for error in failed if not error.permanent]
        if passing:
            raise passing[0]
        if lasting:
            self._bus.publish([dead_letter(message, "; ".join(lasting), self.name, self._clock)])

    def _deliver(self, channel: Channel, alert: Alert) -> None:
        done, highest = f"page:{channel.name}:{alert.id}", f"page:{channel.name}:{alert.incident}:highest"
        if self._store.cursor(done):
            return
        notes = {done: self._clock.now().isoformat()}
        if alert.event != AlertEvent.RAISED or alert.level > int(self._store.cursor(highest) or 0):
            channel.deliver(alert, self._settings.page_language)
            if alert.event in {AlertEvent.OPENED, AlertEvent.RAISED}:
                # Opening begins anew: people were told that it had closed.
                notes[highest] = str(int(alert.level))
        with self._store.unit() as unit:
            for name, value in notes.items():
                unit.save_cursor(name, value)
