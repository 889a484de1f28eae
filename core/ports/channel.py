"""How people inside the house are told of alerts."""

from typing import Protocol

from core.alert import Alert
from core.language import Language


class Channel(Protocol):
    """A way to reach a person inside the house."""

    name: str

    def deliver(self, alert: Alert, language: Language) -> None:
        """Tell of an alert.

        Raises:
            DeliveryError: it could not be told.
        """
        ...
