"""A bus around a bus: what passes through can be measured or traced without the services knowing."""

from collections.abc import Sequence
from datetime import datetime

from core.ports.bus import Bus, Consumer, Message, Received


class BusAround:
    """Answers the `Bus` port by asking another; subclasses do more beside it."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    @property
    def producers_rebuilt(self) -> int:
        """How often the connection that publishes was made anew; a bus that has none never did."""
        return int(getattr(self._bus, "producers_rebuilt", 0))

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        """See the port."""
        self._bus.publish(messages, timeout)

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """See the port."""
        return self._bus.consumer(group, topics)

    def lag(self, group: str, topic: str) -> int:
        """See the port."""
        return self._bus.lag(group, topic)

    def browse(self, topic: str, limit: int = 100, newest_first: bool = True) -> Sequence[Received]:
        """See the port."""
        return self._bus.browse(topic, limit, newest_first)

    def remove(self, topic: str, received: Sequence[Received]) -> None:
        """See the port."""
        self._bus.remove(topic, received)

    def expire(self, before: datetime) -> int:
        """See the port."""
        return self._bus.expire(before)

    def close(self) -> None:
        """See the port."""
        self._bus.close()
