"""The mentions behind an alert."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from alerting.settings import AlertingSettings
from core.mention import Label, StoredMention
from core.ports.queries import MentionQuery
from core.ports.store import Store

_PAGE = 500
_THEMES = 3


class Evidence(Struct, frozen=True, kw_only=True):
    """Ids of the mentions that were counted, and their most frequent themes."""

    mentions: tuple[str, ...]
    themes: tuple[str, ...]


def evidence(store: Store, brand: str, windows: Iterable[datetime], settings: AlertingSettings) -> Evidence:
    """What stood in the windows that end at these moments: negative mentions and those with sensitive words."""
    found = {
        stored.mention.id: stored.score.reading.themes
        for end in windows
        for query in _queries(brand, end, settings)
        for stored in _all(store, query)
    }
    themes = Counter(theme for themes in found.values() for theme in themes)
    ranked = sorted(themes, key=lambda theme: (-themes[theme], theme))
    return Evidence(mentions=tuple(found), themes=tuple(ranked[:_THEMES]))


def _queries(brand: str, end: datetime, settings: AlertingSettings) -> tuple[MentionQuery, MentionQuery]:
    since = end - timedelta(minutes=settings.window_minutes)
    return (
        MentionQuery(brand=brand, label=Label.NEGATIVE, since=since, until=end, limit=_PAGE),
        MentionQuery(brand=brand, sensitive=True, since=since, until=end, limit=_PAGE),
    )


def _all(store: Store, query: MentionQuery) -> Iterator[StoredMention]:
    page = store.mentions(query)
    yield from page.items
    while page.next:
        page = store.mentions(msgspec.structs.replace(query, cursor=page.next))
        yield from page.items
