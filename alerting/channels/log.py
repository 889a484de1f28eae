"""Tells people in the program's own log."""

import structlog

from core.paging import Page

_LIMIT_SECONDS = 10.0


class LogChannel:
    """Writes one structured line for each page; always there, needs nothing.

    The acknowledging link is left out: whoever reads logs must not be able to answer for somebody else.
    """

    def __init__(self, name: str = "log") -> None:
        self.name = name
        self.limit_seconds = _LIMIT_SECONDS
        self._log = structlog.get_logger(__name__)

    def deliver(self, page: Page) -> None:
        """Write the line."""
        self._log.warning(
            "page",
            kind=page.kind.value,
            brand=page.brand,
            source=page.source,
            person=page.person,
            page_level=page.level.name.lower(),
            title=page.title,
            incident=page.incident,
            page=page.id,
        )
