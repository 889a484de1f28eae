"""Tells a program of yours of pages: a signed webhook by Standard Webhooks.

The body is described in docs/page.schema.json; the specification is at
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
"""

from collections.abc import Collection, Sequence

import msgspec

from alerting.channels.posting import Poster
from core.paging import ASKING, Page
from core.ports.clock import Clock
from core.signatures import signed


class WebhookChannel:
    """Posts every page to one address, signed anew with each try; ``webhook-id`` is the page's id.

    Answers of 200 to 299 mean that it was taken. 408, 425, 429 and those from 500 on pass; all others, 410 among them,
    are for good.

    Args:
        name: the channel's.
        url: where to.
        keys: of `core.signatures.keys_of`; with several, each signs.
        clock: dates the signatures.
        seconds: how long a try may take.
        secrets: what must not stand in errors.
    """

    def __init__(
        self,
        name: str,
        url: str,
        keys: Sequence[bytes],
        clock: Clock,
        *,
        seconds: float,
        secrets: Collection[str] = (),
    ) -> None:
        self.name = name
        self.limit_seconds = seconds
        self._keys = keys
        self._clock = clock
        self._poster = Poster(name, url, seconds, secrets)

    def deliver(self, page: Page) -> None:
        """Post it.

        Raises:
            DeliveryError: see the port.
        """
        body = body_of(page)

        def headers() -> dict[str, str]:
            at = str(int(self._clock.now().timestamp()))
            return {
                "webhook-id": page.id,
                "webhook-timestamp": at,
                "webhook-signature": signed(self._keys, page.id, at, body),
                "User-Agent": "sixminute",
            }

        self._poster.post(body, headers)


def body_of(page: Page) -> bytes:
    """A page as it is posted; the time is that at which it was decided."""
    data = {
        "page": page.id,
        "incident": page.incident,
        "kind": page.kind.value,
        "level": int(page.level),
        "level_name": page.level.name.lower(),
        "asks": page.kind in ASKING,
        "person": page.person,
        "language": page.language,
        "title": page.title,
        "text": page.text,
        "brand": page.brand,
        "source": page.source,
        "url": page.url,
        "acknowledge_url": page.acknowledge_url,
    }
    return msgspec.json.encode({"type": f"page.{page.kind.value}", "timestamp": page.at, "data": data})
