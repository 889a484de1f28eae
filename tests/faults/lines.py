"""Faults of a line to Kafka, for tests of what goes over it."""

from collections.abc import Callable, Mapping

from adapters.clock import SystemClock
from tests.servers.proxy import Proxy

CLOCK = SystemClock()


def meanwhile(disturb: Callable[[Proxy], None], seconds: float) -> Callable[[Proxy], None]:
    """A disturbance that lasts so long."""

    def fault(proxy: Proxy) -> None:
        disturb(proxy)
        CLOCK.sleep(seconds)
        proxy.heal()

    return fault


def refuse(proxy: Proxy) -> None:
    proxy.refuse()
    proxy.cut()


FAULTS: Mapping[str, Callable[[Proxy], None]] = {
    "cut": Proxy.cut,
    "reset": Proxy.reset,
    "slow": meanwhile(lambda proxy: proxy.delay(0.3), 1),
    "silent for a moment": meanwhile(Proxy.blackhole, 0.5),
    "silent for longer than anything may take": meanwhile(Proxy.blackhole, 5),
    "answers lost": meanwhile(lambda proxy: proxy.blackhole(answers_only=True), 1.5),
    "refused": meanwhile(refuse, 1),
}
