"""The publisher that never leaves the building: an approved reply stays in the outbox, marked as "would be sent"."""

from core.case import Delivery


class OutboxPublisher:
    """Sends nothing. The outbox is the table of deliveries: those that are sent with `would_be_sent` set."""

    name = "outbox"
    would_be_sent = True

    def publish(self, delivery: Delivery) -> str:
        """Accept a reply, and say that it would have been sent."""
        return f"would be sent on {delivery.channel}: no account of this network is connected"
