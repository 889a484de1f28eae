"""Clock, bus and store as the settings name them, what is prepared for them, and the traces around the bus."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.bus_embedded import EmbeddedBus
from adapters.clock import SystemClock
from adapters.data_directory import DataDirectory
from adapters.migrate import upgrade
from adapters.store import SqlStore
from core.errors import ConfigurationError
from core.ports.bus import Bus
from core.ports.clock import Clock
from runtime.settings import Settings

if TYPE_CHECKING:
    from adapters.kafka_connection import KafkaConnection

_LEASE_SECONDS = 6.0
"""The shortest that brokers accept unless they are told otherwise."""


def system_clock() -> Clock:
    """The real clock."""
    return SystemClock()


def data_directory(settings: Settings) -> DataDirectory:
    """The folder of bus and store, which one `up` at a time works in."""
    return DataDirectory(Path(settings.data_dir))


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
