"""A page as tests bring it to channels."""

from typing import Any

from core.alert import Level
from core.paging import Page, PageKind
from tests.fakes import MONDAY

SHORT = 0.3  # seconds that a channel waits where nothing will come
LONG = 20.0  # where something will


def page(kind: PageKind = PageKind.OPENED, **changes: Any) -> Page:
    return Page(
        **{
            "id": "p-1",
            "kind": kind,
            "incident": "i-1",
            "level": Level.ORANGE,
            "person": "Mei-Ling",
            "language": "zh-Hant",
            "title": "橘色警戒 · 負面貼文 43 則",
            "text": "一小時內從 12 則增加到 43 則。",
            "at": MONDAY,
            "brand": "Lumenbread",
            "url": "https://watch.example/alarm/i-1",
            "acknowledge_url": "https://watch.example/a/TOKEN",
            **changes,
        }
    )
