"""Lists that the store gives page by page, read to their end."""

from collections.abc import Callable
from typing import Any

from core.ports.queries import CasePage, CorrectionPage, IncidentPage, MentionPage


def every(ask: Callable[[str], MentionPage | CasePage | IncidentPage | CorrectionPage]) -> list[Any]:
    """All items; `ask` gives the page that begins at a cursor, the first at the empty one."""
    page = ask("")
    items = list(page.items)
    while page.next:
        page = ask(page.next)
        items += page.items
    return items
