"""What `sixminute doctor` says of the channels over which people are told. It sends nothing."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from alerting.channels import pagerduty
from alerting.channels.settings import ChannelSettings
from core.paging import LOG
from core.ports.clock import Clock
from core.ports.store import Store
from runtime.commands.doctor_sources import SomeProblemsError, SomeWarningsError, said_of_error
from runtime.settings import Settings
from runtime.wiring import paging

_PATIENCE = 5.0
"""Seconds in which the name of a server must be found."""
_LAST_PAGES = timedelta(hours=24)


def channels(settings: Settings, clock: Clock) -> str:
    """Those that are well: their settings hold, and the names of their servers are found.

    Raises:
        SomeProblemsError: the others.
    """
    if not settings.channels:
        return "none configured, so people are told in the log alone; add [[channels]] to sixminute.toml"

    def looked_at(one: ChannelSettings) -> tuple[str, str]:
        """What is to be said of a channel that is well, or what is wrong with it."""
        try:
            host = _host(one, clock)
            if host and (reason := _unknown(host)):
                return "", f"channel {one.name!r}: the name {host} isn't found ({reason}): correct it, or mend the DNS"
        except Exception as error:  # noqa: BLE001  whatever one service brings about must not hide all others
            return "", said_of_error(error)
        return f"{one.name} ({one.kind}{f', {host}' if host else ''})", ""

    with ThreadPoolExecutor(len(settings.channels)) as pool:
        found = list(pool.map(looked_at, settings.channels))
    well = ", ".join(said for said, _ in found if said)
    links = "" if settings.public_url else "; set SIXMINUTE_PUBLIC_URL, so that pages have links to answer by"
    if problems := [wrong for _, wrong in found if wrong]:
        raise SomeProblemsError(problems, well and well + links)
    return well + links


def last_pages(settings: Settings, store: Store, now: datetime) -> str:
    """Whether every channel took what it was given last.

    Raises:
        SomeWarningsError: those that didn't, and haven't worked since.
    """
    known = {LOG, *(one.name for one in settings.channels)}
    failed = [one for one in store.failing_channels(now - _LAST_PAGES) if one.channel in known]
    complaints = [
        f"channel {one.channel!r} failed at {one.at:%Y-%m-%d %H:%M} UTC and hasn't worked since: "
        f"{one.reason.removeprefix(f'{one.channel}: ')}; mend it, then try it: sixminute page test"
        for one in failed
    ]
    if complaints:
        raise SomeWarningsError(complaints, "")
    return "no channel failed last, in the last 24 hours"


def _host(one: ChannelSettings, clock: Clock) -> str:
    """The server of a channel that can be made; empty where it has none, or isn't known."""
    if one.kind == "apprise":
        from alerting.channels.apprise_channel import host_of, service_of

        return host_of(service_of(one.name, one.url))
    paging.channel(one, clock)
    url = one.url or (pagerduty.BASE if one.kind == "pagerduty" else "")
    return urlsplit(url).hostname or ""


def _unknown(host: str) -> str:
    """Why the name of a host isn't found; empty where it is."""
    failed = ["no answer in time"]

    def look() -> None:
        try:
            socket.getaddrinfo(host, None)
            failed[:] = []
        except OSError as error:
            failed[:] = [error.strerror or "no such name"]
        except UnicodeError:
            failed[:] = ["it is no name"]

    # Asking for a name has no time limit of its own.
    thread = threading.Thread(target=look, name=f"look for {host}", daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return failed[0] if failed else ""
