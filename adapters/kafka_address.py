"""Reading the addresses of brokers, for who checks settings and for who connects; it needs no Kafka client."""

from core.errors import ConfigurationError

_LARGEST_PORT = 65_535


def addresses(bootstrap: str) -> list[str]:
    """The brokers of ``host:port,host:port``, one by one.

    Raises:
        ConfigurationError: one of them is no ``host:port``, or there is none.
    """
    found = [part.strip() for part in bootstrap.split(",") if part.strip()]
    for address in found:
        host, _, port = address.rpartition(":")
        # Brackets keep the colons of an IPv6 address from those of the port.
        named = bool(host) and not any(map(str.isspace, host)) and (":" not in host or host.startswith("["))
        if not (named and port.isdecimal() and 0 < int(port) <= _LARGEST_PORT):
            raise ConfigurationError(f"kafka_bootstrap: {address!r} is no address: write host:port,host:port")
    if not found:
        raise ConfigurationError("kafka_bootstrap is empty: name the brokers as host:port,host:port")
    return found
