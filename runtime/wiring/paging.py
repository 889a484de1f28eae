"""Over which channels people are told, as the settings say."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerting import telling
from alerting.channels.log import LogChannel
from alerting.channels.pagerduty import BASE, PagerDutyChannel
from alerting.channels.settings import ChannelSettings, secrets_of
from alerting.channels.webhook import WebhookChannel
from alerting.quiet import Concern
from alerting.quieting import Quieting, Silenced
from core.alert import Incident
from core.links import Links, link_key
from core.paging import LOG
from core.ports.channel import Channel
from core.ports.clock import Clock
from core.ports.store import Store
from core.signatures import keys_of
from runtime.settings import Settings

_ASKED_AGAIN = timedelta(minutes=1)


def channels(given: Sequence[ChannelSettings], clock: Clock) -> tuple[Channel, ...]:
    """All of them, and the log where no other has its name.

    Raises:
        ConfigurationError: see `channel`.
    """
    made = tuple(channel(one, clock) for one in given)
    return made if any(one.name == LOG for one in given) else (LogChannel(), *made)


def channel(one: ChannelSettings, clock: Clock) -> Channel:
    """One channel; nothing is sent.

    Raises:
        ConfigurationError: Apprise can't read its URL, or a key is none.
    """
    if one.kind == "apprise":
        # Apprise takes half a second to load: only who uses it waits for that.
        from alerting.channels.apprise_channel import AppriseChannel

        return AppriseChannel(one.name, one.url, one.limit_seconds)
    if one.kind == "pagerduty":
        return PagerDutyChannel(one.name, one.secret, one.limit_seconds, one.url or BASE)
    if one.kind == "webhook":
        keys = keys_of(one.secret, f"[[channels]], {one.name!r}")
        secrets = secrets_of(one)
        return WebhookChannel(one.name, one.url, keys, clock, seconds=one.limit_seconds, secrets=secrets)
    return LogChannel(one.name)


def links(public_url: str, store: Store) -> Links:
    """What makes the links in pages; without a public address there are none."""
    return Links(lambda: link_key(store), public_url)


def links_in_pages(public_url: str, store: Store, clock: Clock) -> telling.Links:
    """The addresses that stand in pages; what acknowledges is made anew with each page."""
    made = links(public_url, store)

    def of(incident: str, person: str, case: str) -> tuple[str, str]:
        leads_to = made.case(case) if case else made.incident(incident)
        return leads_to, made.acknowledge(incident, person, clock.now())

    return of


def quieting(settings: Settings, store: Store) -> Quieting:
    """Says by what nobody is told of an incident, by the settings and what the store knows."""
    return Quieting(store, settings.maintenance, settings.quiet)


def silenced(settings: Settings, store: Store) -> Silenced:
    """Says until when nobody is paged over an incident; where nobody knows, it is to be asked again in a minute."""
    asked = quieting(settings, store)

    def until(incident: Incident | Concern, now: datetime) -> datetime | None:
        quiet = asked.quiet_by(incident, now)
        return None if quiet is None else quiet.until or now + _ASKED_AGAIN

    return until
