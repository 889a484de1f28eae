"""The only place that picks who answers a port."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.bus_embedded import EmbeddedBus
from adapters.clock import SystemClock
from adapters.data_directory import DataDirectory
from adapters.migrate import upgrade
from adapters.store import SqlStore
from api.parts import Demonstration, Parts
from core.brand import Brand
from core.corrected_share import KnownError
from core.errors import ConfigurationError, ModelError
from core.ports.bus import Bus
from core.ports.classifier import Classifier
from core.ports.clock import Clock
from core.ports.store import Store
from core.relay import Relay
from responding.advisor import Advisor
from runtime.measuring import MeasuredBus, Measures, measured
from runtime.settings import Settings, acting_user
from sentiment import identification, model_folder
from sentiment.reading import Reader
from sentiment.scorer import Scorer
from sentiment.words import bundled_words, load_words

if TYPE_CHECKING:
    from adapters.kafka_connection import KafkaConnection

_LEASE_SECONDS = 6.0
"""The shortest that brokers accept unless they are told otherwise."""

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1", "[::1]")


@dataclass(frozen=True)
class House:
    """One process's share of everything: its clock, bus, store and the relay between the two."""

    settings: Settings
    clock: Clock
    bus: Bus
    store: Store
    relay: Relay
    measures: Measures = field(default_factory=Measures)

    def close(self) -> None:
        """Let go of files and connections."""
        self.bus.close()
        self.store.close()


class LateHouse:
    """A house that one thread opens as soon as the servers are there, while the others wait for that.

    So there is one attempt at a time, and one complaint, however many services there are.
    """

    def __init__(self, settings: Settings, role: str) -> None:
        self.measures = Measures()
        self._make = partial(open_house, settings, measures=self.measures, around=tracing(settings, role))
        self._one_at_a_time = threading.Lock()
        self._is_open = threading.Event()
        self.opened: House | None = None
        """The house if it is open already."""

    def open(self) -> House:
        """Open it, once; where that fails, ask again.

        Raises:
            ConfigurationError: a setting, or who we are, is wrong.
            StorageError: bus or store can't be reached or are not prepared.
        """
        with self._one_at_a_time:
            if self.opened is None:
                self.opened = self._make()
                self._is_open.set()
            return self.opened

    def __call__(self) -> House:
        """The house, once somebody has opened it: waits for as long as that takes."""
        self._is_open.wait()
        return self.open()

    def close(self) -> None:
        """Close it if it is open. An attempt under way isn't waited for: it may take as long as a dead server likes."""
        if self.opened is not None:
            self.opened.close()


def open_house(
    settings: Settings,
    clock: Clock | None = None,
    *,
    sole_consumer: bool = False,
    measures: Measures | None = None,
    around: Callable[[Bus], Bus] | None = None,
) -> House:
    """Open bus and store. What lies in the data directory is made and brought up to date; servers are for `prepare`.

    `sole_consumer` says that no other process consumes from this data directory (its lock is held): then the leases of
    a process that died are not waited for. What passes is added to `measures`. `around` is what `tracing` gave for what
    runs here.

    Raises:
        ConfigurationError: an address can't be read, or a server refuses us.
        StorageError: something of it can't be opened, or is not prepared.
    """
    clock = clock or system_clock()
    around = around or tracing(settings, "command")
    store = open_store(settings)
    try:
        bus = around(open_bus(settings, clock, sole_consumer=sole_consumer))
    except Exception:
        store.close()
        raise
    measures = measures or Measures()
    bus, watched = MeasuredBus(bus, measures), measured(store, measures)
    return House(settings=settings, clock=clock, bus=bus, store=watched, relay=Relay(watched, bus), measures=measures)


def tracing(settings: Settings, role: str) -> Callable[[Bus], Bus]:
    """What puts traces around a bus, or nothing where none are wanted; `role` is what runs here.

    Raises:
        ConfigurationError: traces are wanted, but OpenTelemetry isn't installed.
    """
    if not settings.traces:
        return lambda bus: bus
    try:
        from runtime import tracing as traces
    except ImportError as error:
        raise ConfigurationError(
            f"SIXMINUTE_TRACES is set, but OpenTelemetry isn't installed ({error}): install sixminute[tracing], or "
            "unset it"
        ) from None
    return lambda bus: traces.TracedBus(bus, traces.provider(settings.traces, role), settings.bus)


def open_store(settings: Settings) -> SqlStore:
    """The store; a file is made and brought up to date.

    Raises:
        ConfigurationError: the address can't be read, or the server refuses us.
        StorageError: it can't be opened, or is not prepared.
    """
    if is_file(settings):
        DataDirectory(settings.data_dir)
        upgrade(settings.store_url())
    return SqlStore(settings.store_url())


def check_kafka(settings: Settings) -> str:
    """Ask the brokers for the topics.

    Raises:
        ConfigurationError: Kafka refuses us, or a topic has too few partitions.
        StorageError: Kafka doesn't answer, or a topic is missing.
    """
    from adapters import kafka_topics
    from adapters.kafka_offsets import Offsets

    connection = kafka(settings)
    with closing(Offsets(connection)) as offsets:
        there = kafka_topics.check(connection, offsets, settings.kafka_partitions)
    return f"Kafka at {settings.kafka_bootstrap}, {len(there)} topics, {max(there.values())} partitions"


def prepare(settings: Settings) -> Sequence[str]:
    """Bring the database's tables and the topics up to date; doing it again changes nothing.

    Returns:
        A sentence for each thing that was changed on a server.

    Raises:
        ConfigurationError: an address can't be read, or a server refuses us.
        StorageError: a server can't be reached, or a newer version of the program prepared it.
    """
    if is_file(settings):
        DataDirectory(settings.data_dir)
    upgrade(settings.store_url())
    if settings.bus == "embedded":
        return []
    from adapters import kafka_topics

    plan = kafka_topics.TopicPlan(
        partitions=settings.kafka_partitions,
        replication=settings.kafka_replication,
        retention=timedelta(days=settings.retention_days),
    )
    return kafka_topics.migrate(kafka(settings), plan)


def kafka(settings: Settings) -> "KafkaConnection":
    """Where Kafka is and who we are there.

    Raises:
        ConfigurationError: the file of authorities isn't there.
    """
    from adapters.kafka_connection import KafkaConnection

    if settings.kafka_ca_file and not Path(settings.kafka_ca_file).is_file():
        raise ConfigurationError(f"SIXMINUTE_KAFKA_CA_FILE={settings.kafka_ca_file}: there is no such file")
    return KafkaConnection(
        bootstrap=settings.kafka_bootstrap,
        prefix=settings.kafka_prefix,
        security=settings.kafka_security,
        mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_username,
        password=settings.kafka_password,
        ca_file=settings.kafka_ca_file,
    )


def open_bus(settings: Settings, clock: Clock, *, sole_consumer: bool = False) -> Bus:
    """The bus; a file is made, topics are for `prepare`.

    Raises:
        ConfigurationError: an address can't be read, or a server refuses us.
        StorageError: it can't be opened, or is not prepared.
    """
    if settings.bus == "kafka":
        from adapters.bus_kafka import KafkaBus

        return KafkaBus(kafka(settings), clock, max_backlog=settings.max_backlog, lease_seconds=_LEASE_SECONDS)
    DataDirectory(settings.data_dir)
    bus = EmbeddedBus(settings.data_dir / "bus.db", clock, max_backlog=settings.max_backlog)
    if sole_consumer:
        bus.forget_members()
    return bus


def is_file(settings: Settings) -> bool:
    """Whether the store is a file of this machine."""
    return settings.store_url().startswith("sqlite")


def complaint(settings: Settings) -> str:
    """A sentence where the bus is everywhere and the store only here; else empty."""
    if settings.bus != "kafka" or not is_file(settings):
        return ""
    return (
        f"the bus is Kafka and the database {settings.store_url()} a file, which workers on other machines don't see: "
        "set SIXMINUTE_DATABASE_URL to the address of a PostgreSQL database"
    )


def system_clock() -> Clock:
    """The real clock."""
    return SystemClock()


def checkpoint(settings: Settings) -> Path | str:
    """Which checkpoint the settings name: a folder, or a name on the model hub."""
    from sentiment.model_folder import bundled_model

    return settings.model or bundled_model()


def classifier(settings: Settings) -> Classifier:
    """The transformer of the settings, and the one for other languages, loaded and warm.

    This imports torch and takes seconds.

    Raises:
        ConfigurationError: see `reader`.
        ModelError: one can't be loaded.
    """
    from sentiment.routing import LanguageRouter

    warm_up(settings)
    main = _transformer(settings, checkpoint(settings))
    other = None
    if settings.model_other:
        try:
            other = _transformer(settings, settings.model_other)
        except ModelError as error:
            # What reads a checkpoint doesn't know which setting named it.
            told = str(error).replace("SIXMINUTE_MODEL", "SIXMINUTE_MODEL_OTHER")
            raise ModelError(told) from error
    return LanguageRouter(main, settings.languages, other)


def _transformer(settings: Settings, place: Path | str) -> Classifier:
    from sentiment.classifier import TransformerClassifier

    loaded = TransformerClassifier(place, precision=settings.precision, threads=settings.threads or None)
    loaded.warm_up()
    return loaded


def known_error(settings: Settings) -> KnownError:
    """What is known of the error of the settings' model, by language; this loads no model.

    Raises:
        ModelError: its figures can't be read.
    """
    return model_folder.known_error(settings.model or model_folder.bundled_model())


def reader(settings: Settings) -> Reader:
    """What reads language, themes, sensitive words and tone, with the user's own words.

    Raises:
        ConfigurationError: their file can't be read or is no word list.
    """
    return _reader(settings.words, settings.languages)


@cache
def _reader(words: str, languages: tuple[str, ...]) -> Reader:
    known = bundled_words()
    return Reader(known.merged(load_words(Path(words).expanduser())) if words else known, languages)


def warm_up(settings: Settings) -> None:
    """Load what reads texts, so that the first one doesn't wait for it; half a second.

    Raises:
        ConfigurationError: see `reader`.
        ModelError: the language identifier can't be loaded.
    """
    reader(settings)
    identification.warm_up()


def scorer(settings: Settings, classifier: Classifier) -> Scorer:
    """Gives scores, in the way of the settings.

    Raises:
        ConfigurationError: see `reader`.
    """
    return Scorer(classifier, reader(settings).read, settings.irony_weight)


def advisor(settings: Settings, brands: Sequence[Brand]) -> Advisor:
    """Who suggests replies and finds their faults.

    Raises:
        ConfigurationError: see `reader`.
    """
    return Advisor(reader(settings).read, settings.responding, lambda: brands)


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
    return Parts(
        store=house.store,
        clock=house.clock,
        advisor=advisor(settings, settings.brands),
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
        hosts=(*LOOPBACK_NAMES, settings.host, *settings.allowed_hosts),
        version=metadata.version("sixminute"),
        known_error=known_error(settings),
        review_days=settings.review_days,
    )


def data_directory(settings: Settings) -> DataDirectory:
    """The folder of bus and store, which one `up` at a time works in."""
    return DataDirectory(Path(settings.data_dir))
