"""Who may do what on Kafka, and what a person is told who may not: against a real broker with users, rights and TLS."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from adapters.bus_kafka import KafkaBus
from adapters.kafka_connection import KafkaConnection
from adapters.kafka_topics import TopicPlan, migrate
from core.errors import ConfigurationError, StorageError
from core.events import MENTIONS_RAW, SENTIMENT
from core.ports.bus import Message
from tests.faults.lines import CLOCK
from tests.servers import missing
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka_client import HALF_MADE
from tests.servers.process import LOOPBACK, Port, UnavailableError, program

pytestmark = HALF_MADE

PASSWORD = "correct horse"
PREFIX = "house."
PLAN = TopicPlan(partitions=2, retention=timedelta(days=1))


class Guarded:
    """A broker with a listener for each kind of security, and who may use it."""

    def __init__(self, folder: Path) -> None:
        self.sasl, self.tls = Port(), Port()
        self.certificate = folder / "broker.pem"
        self._make_certificate()
        self.broker = KafkaBroker(folder / "kafka")
        self.broker.properties.update(self._properties())

    def _make_certificate(self) -> None:
        key = self.certificate.with_name("key.pem")
        command = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=broker -addext subjectAltName=IP:{LOOPBACK}"
        made = ["-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run([program("openssl", "openssl"), *command.split(), *made], check=True, capture_output=True)
        both = key.read_text(encoding="ascii") + self.certificate.read_text(encoding="ascii")
        self.certificate.with_name("both.pem").write_text(both, encoding="ascii")

    def _properties(self) -> dict[str, object]:
        listeners = {
            "PLAINTEXT": self.broker.port,
            "CONTROLLER": self.broker.controller_port,
            "SASL": self.sasl.number,
            "TLS": self.tls.number,
        }
        addresses = {name: f"{name}://{LOOPBACK}:{port}" for name, port in listeners.items()}
        login = "org.apache.kafka.common.security"
        return {
            "listeners": ",".join(addresses.values()),
            "advertised.listeners": ",".join(address for name, address in addresses.items() if name != "CONTROLLER"),
            "listener.security.protocol.map": (
                "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SASL_SSL"
            ),
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            **{
                f"listener.name.{name}.plain.sasl.jaas.config": (
                    f'{login}.plain.PlainLoginModule required user_alice="{PASSWORD}" user_bob="{PASSWORD}";'
                )
                for name in ("sasl", "tls")
            },
            **{
                f"listener.name.{name}.scram-sha-512.sasl.jaas.config": f"{login}.scram.ScramLoginModule required;"
                for name in ("sasl", "tls")
            },
            "listener.name.tls.ssl.keystore.type": "PEM",
            "listener.name.tls.ssl.keystore.location": self.certificate.with_name("both.pem"),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS;User:alice",
        }


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    try:
        made = Guarded(tmp_path_factory.mktemp("guarded"))
        made.broker.start()
    except UnavailableError as error:
        missing(str(error))
    inside = KafkaConnection(bootstrap=made.broker.bootstrap, prefix=PREFIX)
    migrate(inside, PLAN)
    admin = inside.client(KafkaAdminClient)
    users = [
        UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, PASSWORD) for user in ("alice", "bob", "carol")
    ]
    admin.alter_user_scram_credentials(users)
    admin.close()
    yield made
    made.broker.stop()


@pytest.fixture
def alice(guarded: Guarded) -> KafkaConnection:
    """She may do everything."""
    return KafkaConnection(
        bootstrap=guarded.sasl.address,
        prefix=PREFIX,
        security="SASL_PLAINTEXT",
        username="alice",
        password=PASSWORD,
        request_seconds=2,
        delivery_seconds=4,
    )


def use(connection: KafkaConnection) -> None:
    """Everything a worker does."""
    bus = KafkaBus(connection, CLOCK)
    try:
        bus.publish([Message(MENTIONS_RAW, "a", b"a")])
        member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
        try:
            while not (got := member.poll(100, 1)):
                pass
            member.commit(got)
        finally:
            member.close()
    finally:
        bus.close()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_a_user_with_all_rights_can_work(alice: KafkaConnection, mechanism: str) -> None:
    use(msgspec.structs.replace(alice, mechanism=mechanism))


def test_a_user_can_work_over_tls(alice: KafkaConnection, guarded: Guarded) -> None:
    use(
        msgspec.structs.replace(
            alice, bootstrap=guarded.tls.address, security="SASL_SSL", ca_file=str(guarded.certificate)
        )
    )


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512", "SCRAM-SHA-256"])
def test_a_wrong_password_or_mechanism_is_a_matter_of_configuration_and_not_told(
    alice: KafkaConnection, mechanism: str
) -> None:
    wrong = msgspec.structs.replace(alice, mechanism=mechanism, password="battery staple")
    with pytest.raises(ConfigurationError, match=r"refuses us.*Check SIXMINUTE_KAFKA_SECURITY") as told:
        use(wrong)
    assert "battery" not in f"{told.value} {told.value.__cause__} {wrong!r}"


def test_a_user_without_rights_is_told_so(alice: KafkaConnection) -> None:
    with pytest.raises(ConfigurationError, match="the user's rights"):
        use(msgspec.structs.replace(alice, username="bob"))


@pytest.mark.parametrize("lacking", ["write", "read", "group"])
def test_each_right_that_is_missing_is_told(alice: KafkaConnection, guarded: Guarded, lacking: str) -> None:
    rights = {
        "write": (ResourceType.TOPIC, PREFIX + MENTIONS_RAW, ACLOperation.WRITE),
        "read": (ResourceType.TOPIC, PREFIX + MENTIONS_RAW, ACLOperation.READ),
        "group": (ResourceType.GROUP, PREFIX + SENTIMENT, ACLOperation.READ),
    }
    everything = [
        ACL("User:carol", "*", operation, ACLPermissionType.ALLOW, ResourcePattern(kind, "*"))
        for kind in (ResourceType.TOPIC, ResourceType.GROUP)
        for operation in (ACLOperation.DESCRIBE, ACLOperation.READ, ACLOperation.WRITE)
        if not (kind == ResourceType.GROUP and operation == ACLOperation.WRITE)
    ]
    kind, name, operation = rights[lacking]
    but = ACL("User:carol", "*", operation, ACLPermissionType.DENY, ResourcePattern(kind, name))
    admin = KafkaConnection(bootstrap=guarded.broker.bootstrap).client(KafkaAdminClient)
    admin.create_acls([*everything, but])
    try:
        with pytest.raises(ConfigurationError, match="the user's rights"):
            use(msgspec.structs.replace(alice, username="carol"))
    finally:
        admin.delete_acls([but])
        admin.close()
    use(msgspec.structs.replace(alice, username="carol"))


def test_rights_to_make_and_set_topics_are_needed_for_that_only(alice: KafkaConnection, guarded: Guarded) -> None:
    carol = msgspec.structs.replace(alice, username="carol")
    topics = ResourcePattern(ResourceType.TOPIC, "*")
    rights = [
        ACL("User:carol", "*", operation, ACLPermissionType.ALLOW, topics)
        for operation in (ACLOperation.DESCRIBE, ACLOperation.DESCRIBE_CONFIGS)
    ]
    admin = KafkaConnection(bootstrap=guarded.broker.bootstrap).client(KafkaAdminClient)
    admin.create_acls(rights)
    admin.close()
    assert migrate(carol, PLAN) == []
    with pytest.raises(
        ConfigurationError, match=r"house\.\S+ can't be set to .*retention\.ms.*TopicAuthorizationFailed"
    ):
        migrate(carol, TopicPlan(partitions=2, retention=timedelta(days=2)))
    with pytest.raises(ConfigurationError, match="refuses us: TopicAuthorizationFailed"):
        migrate(msgspec.structs.replace(carol, prefix="elsewhere."), PLAN)


@pytest.mark.parametrize("security", ["PLAINTEXT", "SSL"])
def test_the_wrong_kind_of_security_is_suspected(alice: KafkaConnection, security: str) -> None:
    with pytest.raises(StorageError, match="check SIXMINUTE_KAFKA_BOOTSTRAP, SIXMINUTE_KAFKA_SECURITY"):
        use(msgspec.structs.replace(alice, security=security))


def test_a_certificate_that_nobody_vouches_for_is_refused(alice: KafkaConnection, guarded: Guarded) -> None:
    with pytest.raises(StorageError, match="SIXMINUTE_KAFKA_SECURITY and the network"):
        use(msgspec.structs.replace(alice, bootstrap=guarded.tls.address, security="SASL_SSL"))


def test_an_address_where_nobody_is_is_told(alice: KafkaConnection) -> None:
    with pytest.raises(StorageError, match="doesn't answer: check SIXMINUTE_KAFKA_BOOTSTRAP"):
        use(msgspec.structs.replace(alice, bootstrap=Port().address, request_seconds=0.5))


@pytest.mark.parametrize("bootstrap", ["", " , ", "kafka", "kafka:", ":9092", "kafka:0", "kafka:99999", "a:1,b"])
def test_an_address_that_is_none_is_told(bootstrap: str) -> None:
    with pytest.raises(ConfigurationError, match="kafka_bootstrap"):
        KafkaConnection(bootstrap=bootstrap).options()
