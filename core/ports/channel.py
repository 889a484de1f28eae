"""How people inside the house are told."""

from typing import Protocol

from core.paging import Page


class Channel(Protocol):
    """A way to reach people inside the house. Any thread may use it, several at the same time.

    `limit_seconds` is how long it may take over one page.
    """

    name: str
    limit_seconds: float

    def deliver(self, page: Page) -> None:
        """Hand a page over; the same one again, with the same id, does no harm.

        Returning means that it was taken, not that anybody has read it. It takes no longer than `limit_seconds`.

        Raises:
            DeliveryError: it was not taken; or nobody knows, and the person may have it all the same.
        """
        ...
