"""What the web application is given to work with."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import metadata
from urllib.parse import urlsplit

from alerting.quiet import planned
from alerting.trying import written
from api.parts import ConfiguredSource, Demonstration, Parts, Webhooks
from core.relay import Relay
from core.signatures import keys_of
from ingest.settings import LIVE
from ingest.webhooks.intake import WebhookIntake
from runtime.settings import acting_user
from runtime.wiring import judging, paging, people, replies
from runtime.wiring.house import House
from runtime.wiring.preview import previewing

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1", "[::1]")


def parts(  # noqa: PLR0917 - what the web application is made of
    house: House,
    demonstration: Demonstration,
    health: Callable[[], Mapping[str, str]],
    metrics: Callable[[], bytes],
    ready: Callable[[], Mapping[str, str]] | None = None,
    alive: Callable[[], str] | None = None,
    relay: Relay | None = None,
) -> Parts:
    """What the web application works with; see `api.parts.Parts`. `relay` where not that of the house."""
    settings = house.settings
    directory = people.directory(settings)
    return Parts(
        store=house.store,
        clock=house.clock,
        advisor=replies.advisor(settings, settings.brands),
        relay=relay or house.relay,
        brands=lambda: settings.brands,
        health=health,
        ready=ready or health,
        alive=alive or (lambda: ""),
        metrics=metrics,
        demonstration=demonstration,
        undo_seconds=settings.undo_seconds,
        window_minutes=settings.alerting.window_minutes,
        user=acting_user(settings),
        hosts=(*LOOPBACK_NAMES, settings.host, *settings.allowed_hosts, *_public_host(settings.public_url)),
        version=metadata.version("sixminute"),
        known_error=judging.known_error(settings),
        review_days=settings.review_days,
        webhooks=webhooks(house),
        policies=people.policies(settings, house.store),
        prices=settings.prices,
        budgets=settings.budgets,
        quiet=paging.quieting(settings, house.store).quiet_by,
        maintenance=partial(planned, settings.maintenance),
        preview=previewing(house.store, house.clock, settings.alerting),
        present=written(settings.alerting),
        sources=tuple(ConfiguredSource(one.name, one.kind, live=one.kind in LIVE) for one in settings.sources),
        people=tuple(person.name for person in directory.reachable()),
        duty=partial(people.on_duty_now, directory),
    )


def _public_host(url: str) -> tuple[str, ...]:
    """The name under which people open the pages, where one is set."""
    host = urlsplit(url).hostname
    return (host,) if host else ()


def webhooks(house: House) -> Webhooks:
    """The webhooks that are on by the settings, and who takes in what they receive.

    Raises:
        ConfigurationError: a secret or a brand is wrong.
    """
    settings = house.settings
    return Webhooks(
        intake=WebhookIntake(house.bus, house.store, house.clock, settings.brands),
        keys=keys_of(settings.webhook_secret),
        meta_app_secret=settings.meta_app_secret,
        meta_verify_token=settings.meta_verify_token,
        line_channel_secret=settings.line_channel_secret,
    )
