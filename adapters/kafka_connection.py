"""How this program reaches Kafka, and what Kafka's errors mean to a person."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from kafka import errors as kafka_errors
from kafka.net.compat import KafkaNetClient
from msgspec import Struct

from adapters.kafka_address import addresses
from core.errors import ConfigurationError, StorageError

Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

_REASON_MS = 1_000
_LONGEST_DETAIL = 300

_Client = TypeVar("_Client")


class KafkaConnection(Struct, frozen=True, kw_only=True):
    """Where Kafka is and who we are there.

    - `bootstrap`: ``host:port``, several with commas between them.
    - `prefix`: stands before the names of all topics and groups, so that several set-ups share a cluster.
    - `security`, `mechanism`, `username`, `password`, `ca_file`: as Kafka names them; `ca_file` is a PEM file, empty
      for the system's own authorities.
    - `request_seconds`, `delivery_seconds`: how long one request may take, and how long a message may be on its way
      with all repetitions.
    """

    bootstrap: str
    prefix: str = ""
    security: Security = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = ""
    ca_file: str = ""
    request_seconds: float = 10.0
    delivery_seconds: float = 25.0

    def __repr__(self) -> str:
        """Without the password, wherever it is shown."""
        return f"KafkaConnection({self.bootstrap!r}, prefix={self.prefix!r}, security={self.security!r})"

    def options(self) -> dict[str, Any]:
        """What every client of kafka-python is told."""
        options: dict[str, Any] = {
            "bootstrap_servers": addresses(self.bootstrap),
            "client_id": "sixminute",
            "security_protocol": self.security,
            "request_timeout_ms": int(self.request_seconds * 1_000),
            "bootstrap_timeout_ms": int(self.request_seconds * 1_000),
            "reconnect_backoff_max_ms": 1_000,
        }
        if self.ca_file:
            options["ssl_cafile"] = self.ca_file
        if self.security.startswith("SASL"):
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    def client(self, kind: Callable[..., _Client], **settings: Any) -> _Client:
        """Make a client of kafka-python; the caller closes it.

        Raises:
            ConfigurationError: the address or who we are is wrong.
            StorageError: no broker answers.
        """
        networks: list[KafkaNetClient] = []

        def network(**options: Any) -> KafkaNetClient:
            networks.append(KafkaNetClient(**options))
            return networks[-1]

        try:
            with self.errors_in_words("be reached"):
                return kind(**self.options(), **settings, kafka_client=network)
        except BaseException as error:
            for each in networks:
                reason = self._reason(each) if isinstance(error, StorageError) else None
                each.close()  # a client that comes to nothing leaves its thread and sockets behind
                if reason:
                    raise self.failure(reason, "be reached") from error
            raise

    def _reason(self, network: KafkaNetClient) -> Exception | None:
        """Whether it is us who are refused where no broker could be reached: the client only says that it took long."""
        manager = network._manager  # noqa: SLF001 - nothing else tells

        async def connect() -> Any:
            (broker, *_) = manager.cluster.bootstrap_brokers()
            manager.reset_backoff(broker.node_id)
            line = manager.get_connection(broker.node_id, timeout_ms=_REASON_MS, refresh_metadata_on_err=False)
            try:
                await line
            except _REFUSED as error:
                return error
            except kafka_errors.KafkaError:
                # The client loses the broker's last words where the end of the connection comes with them.
                if line.broker_version_data and self.security.startswith("SASL"):
                    return kafka_errors.SaslAuthenticationFailedError("it hangs up when we say who we are")
            return None

        reason: Exception | None = manager.run(connect)
        return reason

    @contextmanager
    def errors_in_words(self, what: str) -> Iterator[None]:
        """Errors of the client as errors of this program: "Kafka at … can't `what`"."""
        try:
            yield
        except kafka_errors.KafkaError as error:
            raise self.failure(error, what) from error
        except (OSError, RuntimeError) as error:
            # The client's own loop ends with a RuntimeError where it was closed under a request.
            raise StorageError(f"Kafka at {self.bootstrap} can't {what}: {error}") from error

    def failure(self, error: Exception, what: str) -> Exception:
        """What an error of the client means, in one line that says what to do."""
        place = f"Kafka at {self.bootstrap}"
        if isinstance(error, _REFUSED):
            return ConfigurationError(
                f"{place} refuses us: {_detail(error)}. "
                "Check SIXMINUTE_KAFKA_SECURITY, …_SASL_MECHANISM, …_USERNAME and …_PASSWORD, and the user's rights."
            )
        if isinstance(error, kafka_errors.UnknownTopicOrPartitionError):
            return StorageError(f"{place} lacks a topic: run `sixminute migrate`")
        if isinstance(error, _UNREACHABLE):
            return StorageError(
                f"{place} doesn't answer: check SIXMINUTE_KAFKA_BOOTSTRAP, SIXMINUTE_KAFKA_SECURITY and the network"
            )
        return StorageError(f"{place} can't {what}: {_detail(error)}")


_REFUSED = (
    kafka_errors.AuthorizationError,
    kafka_errors.SaslAuthenticationFailedError,
    kafka_errors.UnsupportedSaslMechanismError,
    kafka_errors.IllegalSaslStateError,
)
_UNREACHABLE = (
    kafka_errors.KafkaConnectionError,
    kafka_errors.KafkaTimeoutError,
    kafka_errors.MetadataEmptyBrokerList,
    kafka_errors.NodeNotReadyError,
    kafka_errors.RequestTimedOutError,
)


def _detail(error: Exception) -> str:
    """What the client says, unless it tells whole requests; then what Kafka's documentation says."""
    name = type(error).__name__.removesuffix("Error")
    said = str(error.args[0]) if error.args and error.args[0] else ""
    if not said or len(said) > _LONGEST_DETAIL:
        said = getattr(error, "description", None) or said[:_LONGEST_DETAIL]
    return f"{name}: {said}" if said else name
