"""Tells over Apprise: Slack, Teams, Telegram, LINE, mail, SMS and a hundred other services, each named by one URL.

The URL holds the secrets of the service, so nothing of it stands in errors, and Apprise's own log isn't kept: its lines
quote addresses. What a service answered is known by its status alone; how long a rate limit lasts Apprise doesn't tell.
"""

import logging
import re
from urllib.parse import urlsplit

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.result import AppriseResult, AppriseResultStatus

from alerting.channels.limits import Limit
from core.alert import Level
from core.errors import ConfigurationError, DeliveryError
from core.paging import ASKING, Page, PageKind

_STATUS = re.compile(r"\berror=(\d{3})\b")
_PASSING = frozenset({408, 425, 429})
_SERVER_FAULT = 500
_TYPES = {
    Level.BLUE: NotifyType.INFO,
    Level.YELLOW: NotifyType.WARNING,
    Level.ORANGE: NotifyType.FAILURE,
    Level.RED: NotifyType.FAILURE,
}
_GOOD_NEWS = frozenset({PageKind.ACKNOWLEDGED, PageKind.RESOLVED})


class AppriseChannel:
    """Brings pages to one service.

    Args:
        name: the channel's.
        url: as Apprise reads it, for example ``slack://…``.
        seconds: how long a try may take.

    Raises:
        ConfigurationError: Apprise can't read the URL. It isn't quoted.
    """

    def __init__(self, name: str, url: str, seconds: float) -> None:
        self.name = name
        self.limit_seconds = seconds
        self._service = service_of(name, url)
        self._service.socket_connect_timeout = min(self._service.socket_connect_timeout, seconds)
        self._service.socket_read_timeout = seconds
        self._everyone = Apprise(asset=self._service.asset)
        self._everyone.add(self._service)
        self._limit = Limit(name, seconds)

    def deliver(self, page: Page) -> None:
        """Send it.

        Raises:
            DeliveryError: see the port.
        """
        self._limit(lambda: self._send(page))

    def _send(self, page: Page) -> None:
        result = self._everyone.notify(
            title=page.title,
            body=body_of(page),
            notify_type=NotifyType.SUCCESS if page.kind in _GOOD_NEWS else _TYPES[page.level],
            # Apprise escapes a plain text for whatever mark-up the service has.
            body_format=NotifyFormat.TEXT,
        )
        if result.status != AppriseResultStatus.SUCCESS:
            raise self._error(result)

    def _error(self, result: AppriseResult) -> DeliveryError:
        statuses = sorted({int(found[1]) for entry in result.logs() for found in _STATUS.finditer(entry.message)})
        answered = f"answered {', '.join(map(str, statuses))}" if statuses else "can't be reached, or refused the page"
        told = {
            AppriseResultStatus.PARTIAL: f"some of its receivers were not reached: it {answered}",
            AppriseResultStatus.TIMEOUT: "no answer in time; it may have been taken all the same",
            AppriseResultStatus.NOMATCH: "its url names nobody to tell",
        }.get(result.status, answered)
        refused = bool(statuses) and all(each < _SERVER_FAULT and each not in _PASSING for each in statuses)
        return DeliveryError(
            f"{self.name}: {self._service.service_name} {told}".replace("  ", " "),
            permanent=refused or result.status == AppriseResultStatus.NOMATCH,
        )


def service_of(name: str, url: str) -> NotifyBase:
    """The service that a URL names; nothing is sent.

    Raises:
        ConfigurationError: Apprise can't read it.
    """
    _hush()
    asset = AppriseAsset(
        app_id="sixminute",
        app_desc="sixminute",
        app_url="",
        # No pictures of other sites in messages, and nothing on the disk.
        image_url_mask="",
        image_url_logo="",
        storage_mode=PersistentStoreMode.MEMORY,
        http_redirects=False,
        service_timeout=0,
        default_service_retry=0,
    )
    service = Apprise.instantiate(url, asset=asset)
    if not isinstance(service, NotifyBase):
        kind = urlsplit(url).scheme or "…"
        raise ConfigurationError(
            f"channel {name!r}: Apprise can't read its url ({kind}://…); docs/channels.md has examples"
        )
    return service


def host_of(service: NotifyBase) -> str:
    """The name of the server that a service is reached at, empty where Apprise doesn't tell."""
    fixed = getattr(service, "notify_url", "") or getattr(service, "webhook_url", "")
    if isinstance(fixed, str) and (host := urlsplit(fixed).hostname):
        return host
    for name in ("smtp_host", "host"):
        host = getattr(service, name, "")
        if isinstance(host, str) and "." in host:
            return host
    return ""


def body_of(page: Page) -> str:
    """The text with the links of the page that it doesn't hold yet."""
    links = [page.acknowledge_url] if page.kind in ASKING else []
    return "\n".join([page.text, *(each for each in (*links, page.url) if each and each not in page.text)])


def _hush() -> None:
    """Keep Apprise's lines to those who ask for them, which is its result."""
    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
