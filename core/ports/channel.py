"""How people inside the house are told."""

from typing import Protocol

from core.paging import Page


class Channel(Protocol):
    """A way to reach people inside the house. Any thread may use it, several at the same time."""

    name: str

    def deliver(self, page: Page) -> None:
        """Tell a person; a page that comes again has the same id.

        Raises:
            DeliveryError: it could not be told; `permanent` says whether to try again.
        """
        ...
