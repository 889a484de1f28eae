"""Tells PagerDuty: Events API v2 (https://developer.pagerduty.com/docs/events-api-v2-overview).

What we call an incident is one there, too, by its `dedup_key`: it is triggered, acknowledged and resolved.
"""

import contextlib
import threading
from typing import Any, Literal

import msgspec

from alerting.channels.posting import Poster
from alerting.plain import cut
from core.alert import Level
from core.errors import DeliveryError
from core.identity import identity
from core.language import Words
from core.paging import Page, PageKind

BASE = "https://events.pagerduty.com"
"""Where accounts in the United States are; those in Europe: ``https://events.eu.pagerduty.com``."""
_PATH = "/v2/enqueue"
_LONGEST_KEY, _LONGEST_SUMMARY = 255, 1_024
TEST_RINGS = 120.0
"""Seconds until a test is taken back, so that it rings and then wakes nobody else."""

_SEVERITIES = {Level.BLUE: "info", Level.YELLOW: "warning", Level.ORANGE: "error", Level.RED: "critical"}

_Action = Literal["trigger", "acknowledge", "resolve"]
_TAKE: Words = {"en": "Take it in hand", "zh-Hant": "我來處理", "zh-Hans": "由我接手"}
_OPEN: Words = {"en": "Open the incident", "zh-Hant": "開啟事件", "zh-Hans": "打开事件"}
_ACTIONS: dict[PageKind, _Action] = {PageKind.ACKNOWLEDGED: "acknowledge", PageKind.RESOLVED: "resolve"}


class PagerDutyChannel:
    """Brings pages to one service of PagerDuty.

    Args:
        name: the channel's.
        key: the integration key of the service ("routing key").
        seconds: how long a try may take.
        base: where the API is.
        test_rings: seconds after which a test is resolved there.
    """

    def __init__(self, name: str, key: str, seconds: float, base: str = BASE, test_rings: float = TEST_RINGS) -> None:
        self.name = name
        self.limit_seconds = seconds
        self._key = key
        self._test_rings = test_rings
        self._poster = Poster(name, base.rstrip("/") + _PATH, seconds, (key,))

    def deliver(self, page: Page) -> None:
        """Send the event.

        Raises:
            DeliveryError: see the port.
        """
        action = _ACTIONS.get(page.kind, "trigger")
        self._send(event_of(page, self._key, action))
        if page.kind == PageKind.TEST:
            # Resolved at once it might not ring; left open it would go on to those above.
            timer = threading.Timer(self._test_rings, self._take_back, (page,))
            timer.daemon = True
            timer.start()

    def _take_back(self, page: Page) -> None:
        # PagerDuty was reached two minutes ago; where it isn't now, whoever was rung resolves it there.
        with contextlib.suppress(DeliveryError):
            self._send(event_of(page, self._key, "resolve"))

    def _send(self, event: dict[str, Any]) -> None:
        self._poster.post(msgspec.json.encode(event))


def event_of(page: Page, key: str, action: _Action) -> dict[str, Any]:
    """An event as the API takes it.

    A channel that fails and a test are no part of an incident of ours: they have keys of their own.
    """
    own = page.kind in {PageKind.TEST, PageKind.CHANNEL_FAILED}
    dedup = f"{page.kind.value}:{page.id}" if own else page.incident
    event: dict[str, Any] = {
        "routing_key": key,
        "event_action": action,
        "dedup_key": dedup if len(dedup) <= _LONGEST_KEY else identity("key", dedup),
    }
    if action != "trigger":
        return event
    # Not "Acknowledge": PagerDuty has a button of that name, which we don't hear of.
    links = [(page.acknowledge_url, _TAKE[page.language]), (page.url, _OPEN[page.language])]
    return {
        **event,
        "client": "sixminute",
        **({"client_url": page.url} if page.url else {}),
        "payload": {
            "summary": cut(page.title, _LONGEST_SUMMARY),
            "source": page.brand or page.source or "sixminute",
            "severity": "info" if page.kind == PageKind.TEST else _SEVERITIES[page.level],
            "timestamp": page.at.isoformat(),
            "component": page.brand or page.source or "sixminute",
            "class": page.kind.value,
            "custom_details": {"text": page.text, "person": page.person, "level": page.level.name.lower()},
        },
        "links": [{"href": href, "text": text} for href, text in links if href],
    }
