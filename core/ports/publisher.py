"""How approved replies reach a network."""

from typing import Protocol

from core.case import Delivery


class Publisher(Protocol):
    """A way to send an approved reply to a network."""

    name: str
    would_be_sent: bool

    def publish(self, delivery: Delivery) -> str:
        """Send; give back what the network said (an id or address).

        Raises:
            DeliveryError: it was surely not sent. Any other error leaves the outcome unclear.
        """
        ...
