"""The topics of this program on Kafka: made, brought up to date, and checked. Doing it again changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from kafka import KafkaAdminClient
from kafka import errors as kafka_errors
from kafka.admin import ConfigResource, ConfigResourceType
from msgspec import Struct

from adapters.kafka_connection import KafkaConnection
from adapters.kafka_offsets import Offsets
from adapters.kafka_records import DEAD, LARGEST
from core.errors import ConfigurationError, StorageError
from core.events import TOPICS

_LATEST_RETENTION = 4
"""How many times longer than wished the brokers keep what no stage has done by then."""

_SEGMENTS = 7
_SAFE_REPLICAS = 3
_MILLISECOND = timedelta(milliseconds=1)


class TopicPlan(Struct, frozen=True, kw_only=True):
    """How the topics are laid out.

    - `partitions`: of each topic; the most members that can work in one group. Topics of dead letters have one.
    - `replication`: copies of each partition; 0 leaves it to the brokers.
    - `retention`: how long messages are kept after every stage has done them (see `KafkaBus.expire`).
    """

    partitions: int = 12
    replication: int = 0
    retention: timedelta = timedelta(days=7)

    def topics(self, prefix: str) -> Mapping[str, dict[str, str]]:
        """Every topic with its settings, as Kafka names them."""
        retention = max(1, self.retention // _MILLISECOND)
        common = {"max.message.bytes": str(LARGEST), "message.timestamp.type": "CreateTime"}
        if self.replication >= _SAFE_REPLICAS:
            common["min.insync.replicas"] = "2"
        working = common | {
            "cleanup.policy": "delete",
            "retention.ms": str(_LATEST_RETENTION * retention),
            "segment.ms": str(max(60_000, retention // _SEGMENTS)),
        }
        # Compaction is how Kafka removes single messages: what a person has dealt with disappears by its tombstone.
        dead = common | {
            "cleanup.policy": "compact",
            "min.cleanable.dirty.ratio": "0.1",
            "segment.ms": str(timedelta(hours=1) // _MILLISECOND),
            "max.compaction.lag.ms": str(timedelta(days=1) // _MILLISECOND),
        }
        return {prefix + topic: working for topic in TOPICS} | {prefix + topic + DEAD: dead for topic in TOPICS}


def migrate(connection: KafkaConnection, plan: TopicPlan) -> Sequence[str]:
    """Make the topics that are missing, add partitions where there are too few, and set what differs.

    Returns:
        A sentence for each thing that was changed; none where all was in order.

    Raises:
        ConfigurationError: Kafka refuses us, or the plan.
        StorageError: Kafka doesn't answer.
    """
    wanted = plan.topics(connection.prefix)
    offsets = Offsets(connection)
    try:
        there = offsets.partitions(list(wanted))
    finally:
        offsets.close()
    missing = {name: settings for name, settings in wanted.items() if name not in there}
    few = [name for name, count in there.items() if not name.endswith(DEAD) and count < plan.partitions]
    done = []
    admin = connection.client(KafkaAdminClient)
    try:
        with connection.errors_in_words("make topics"):
            done += [f"made {name}" for name in _made(admin, plan, missing)]
            if few:
                admin.create_partitions(dict.fromkeys(few, plan.partitions))
                done += [f"{name} has {plan.partitions} partitions now" for name in few]
            for name, settings in _differing(admin, {name: wanted[name] for name in there}).items():
                _set(admin, name, settings)
                done.append(f"{name}: {', '.join(f'{key}={value}' for key, value in settings.items())}")
    finally:
        admin.close()
    return done


def _made(admin: KafkaAdminClient, plan: TopicPlan, missing: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Make topics; give back those that another program has not made at the same moment."""
    if not missing:
        return []
    layout = {
        name: {
            "num_partitions": 1 if name.endswith(DEAD) else plan.partitions,
            "replication_factor": plan.replication or -1,
            "configs": dict(settings),
        }
        for name, settings in missing.items()
    }
    made = []
    for topic in admin.create_topics(layout, raise_errors=False)["topics"]:
        error = kafka_errors.for_code(topic["error_code"])
        if error is kafka_errors.NoError:
            made.append(topic["name"])
        elif error is not kafka_errors.TopicAlreadyExistsError:
            raise error(f"{topic['name']}: {topic['error_message']}")
    admin.wait_for_topics(list(missing))
    return made


def _set(admin: KafkaAdminClient, topic: str, settings: Mapping[str, str]) -> None:
    answers = admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, dict(settings))])
    if (answer := answers["topic"][topic]) != "OK":
        raise ConfigurationError(f"the topic {topic} can't be set to {settings}: {answer}")


def check(connection: KafkaConnection, offsets: Offsets, least: int = 1) -> Mapping[str, int]:
    """The partitions of every topic.

    Args:
        connection: where Kafka is, and what stands before the names.
        offsets: who asks.
        least: how many partitions a topic of mentions needs.

    Raises:
        ConfigurationError: Kafka refuses us, or a topic has too few partitions.
        StorageError: Kafka doesn't answer, or a topic is missing.
    """
    names = [connection.prefix + topic + end for topic in TOPICS for end in ("", DEAD)]
    there = offsets.partitions(names)
    missing = [name for name in names if name not in there]
    if missing:
        raise StorageError(f"Kafka at {connection.bootstrap} lacks {', '.join(missing)}: run `sixminute migrate`")
    for name, count in there.items():
        if count < least and not name.endswith(DEAD):
            raise ConfigurationError(
                f"the topic {name} has {count} partitions, {least} are wanted: run `sixminute migrate`"
            )
    return there


def _differing(admin: KafkaAdminClient, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, list(each)) for name, each in wanted.items()]
    if not resources:
        return {}
    found = admin.describe_configs(resources, config_filter="all")["topic"]
    differing = {
        name: {key: value for key, value in each.items() if found[name][key]["value"] != value}
        for name, each in wanted.items()
    }
    return {name: each for name, each in differing.items() if each}
