"""The only place that picks who answers a port."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import metadata
from pathlib import Path

from adapters.bus_embedded import EmbeddedBus
from adapters.clock import SystemClock
from adapters.data_directory import DataDirectory
from adapters.migrate import upgrade
from adapters.store import SqlStore
from alerting.channels.log import LogChannel
from alerting.escalation import EscalationService
from alerting.service import AlertingService
from api.parts import LOADING, STARTING, Demonstration, Parts
from core.brand import Brand
from core.errors import ConfigurationError
from core.ports import Bus, Channel, Classifier, Clock, Store
from core.relay import Relay
from core.service import Service
from responding.advisor import Advisor
from responding.delivery import PublisherService
from responding.publishers.outbox import OutboxPublisher
from responding.service import RespondingService
from runtime.housekeeping import Housekeeping
from runtime.settings import Settings, acting_user
from runtime.supervisor import Job
from sentiment import reading
from sentiment.service import SentimentService

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1", "[::1]")


@dataclass(frozen=True)
class House:
    """One process's share of everything: its clock, bus, store and the relay between the two."""

    settings: Settings
    clock: Clock
    bus: Bus
    store: Store
    relay: Relay

    def close(self) -> None:
        """Let go of files and connections."""
        self.bus.close()
        self.store.close()


def open_house(settings: Settings, clock: Clock | None = None, *, sole_consumer: bool = False) -> House:
    """Make the data directory if need be, bring the database's tables up to date, and open bus and store.

    `sole_consumer` says that no other process consumes from this data directory (its lock is held): then the leases of
    a process that died are not waited for.

    Raises:
        ConfigurationError: the database's address is of a kind that this version can't use.
        StorageError: something of it can't be opened.
    """
    if not settings.store_url().startswith("sqlite"):
        raise ConfigurationError(
            f"SIXMINUTE_DATABASE_URL: {settings.database_url.split(':')[0]!r} can't be used by this version; "
            "use sqlite:///FILE or leave it empty."
        )
    clock = clock or system_clock()
    DataDirectory(settings.data_dir)
    upgrade(settings.store_url())
    bus = EmbeddedBus(settings.data_dir / "bus.db", clock)
    if sole_consumer:
        bus.forget_members()
    store = SqlStore(settings.store_url())
    return House(settings=settings, clock=clock, bus=bus, store=store, relay=Relay(store, bus))


def system_clock() -> Clock:
    """The real clock."""
    return SystemClock()


def classifier(settings: Settings) -> Classifier:
    """The transformer of the settings, loaded and warm. This imports torch and takes seconds.

    Raises:
        ModelError: it can't be loaded.
    """
    from sentiment.classifier import TransformerClassifier, bundled_model

    loaded = TransformerClassifier(
        settings.model or bundled_model(), precision=settings.precision, threads=settings.threads or None
    )
    loaded.warm_up()
    return loaded


def advisor(settings: Settings, brands: Sequence[Brand]) -> Advisor:
    """Who suggests replies and finds their faults."""
    return Advisor(reading.read, settings.responding, lambda: brands)


def jobs(
    house: House,
    brands: Sequence[Brand],
    load: Callable[[], Classifier],
    channels: Sequence[Channel] | None = None,
) -> list[Job]:
    """Every stage of the pipeline, in the order in which they start; `channels` tell of alerts, by default the log."""
    told = (LogChannel(),) if channels is None else channels
    settings, bus, store, clock, relay = house.settings, house.bus, house.store, house.clock, house.relay
    loaded: list[Classifier] = []

    def sentiment_service() -> Service:
        # A service is made anew after a failure; the model is not loaded anew for that.
        if not loaded:
            loaded.append(load())
        return SentimentService(bus, store, loaded[0], clock)

    return [
        Job("publisher", lambda: PublisherService(bus, store, clock, OutboxPublisher()), STARTING),
        Job("escalation", lambda: EscalationService(bus, store, clock, told, settings.alerting), STARTING),
        Job("responding", lambda: RespondingService(bus, store, clock, relay, settings.responding, brands), STARTING),
        Job("alerting", lambda: AlertingService(bus, store, clock, relay, settings.alerting), STARTING),
        Job("model", sentiment_service, LOADING),
        Job("housekeeping", lambda: Housekeeping(bus, relay, clock, timedelta(settings.retention_days)), STARTING),
    ]


def parts(
    house: House,
    brands: Sequence[Brand],
    demonstration: Demonstration,
    health: Callable[[], Mapping[str, str]],
    metrics: Callable[[], bytes],
) -> Parts:
    """What the web application works with."""
    settings = house.settings
    return Parts(
        store=house.store,
        clock=house.clock,
        advisor=advisor(settings, brands),
        relay=house.relay,
        brands=lambda: brands,
        health=health,
        metrics=metrics,
        demonstration=demonstration,
        undo_seconds=settings.undo_seconds,
        window_minutes=settings.alerting.window_minutes,
        user=acting_user(settings),
        hosts=(*LOOPBACK_NAMES, settings.host, *settings.allowed_hosts),
        version=metadata.version("sixminute"),
    )


def data_directory(settings: Settings) -> DataDirectory:
    """The folder of bus and store, which one `up` at a time works in."""
    return DataDirectory(Path(settings.data_dir))
