"""Figures for Prometheus, read when they are asked for."""

from collections.abc import Callable, Collection, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.events import CONSUMERS, TOPICS
from runtime.supervisor import Supervisor
from runtime.wiring import House

GROUPS = tuple(group for groups in CONSUMERS.values() for group in groups)
"""Every consumer group."""


class _Stages(Collector):
    def __init__(self, supervisor: Supervisor, house: Callable[[], House | None], groups: Collection[str]) -> None:
        self._supervisor, self._house, self._groups = supervisor, house, groups

    def collect(self) -> Iterable[Metric]:
        done = CounterMetricFamily("sixminute_messages_done", "Messages a stage has finished.", labels=["stage"])
        failures = CounterMetricFamily(
            "sixminute_step_failures", "Steps that failed and were repeated.", labels=["stage"]
        )
        busy = CounterMetricFamily(
            "sixminute_busy_seconds", "Seconds a stage spent on finished steps.", labels=["stage"]
        )
        for name, tally in self._supervisor.tallies.items():
            done.add_metric([name], tally.done)
            failures.add_metric([name], tally.failures)
            busy.add_metric([name], tally.busy_seconds)
        healthy = GaugeMetricFamily("sixminute_healthy", "1 where a stage is well, else 0.", labels=["stage"])
        for name, sentence in self._supervisor.health().items():
            healthy.add_metric([name], 1.0 if sentence == "ok" else 0.0)
        return [done, failures, busy, healthy, *self._of_bus()]

    def _of_bus(self) -> Iterable[Metric]:
        house = self._house()
        if house is None:
            return
        lag = GaugeMetricFamily("sixminute_lag", "Messages a group has still to do.", labels=["topic", "group"])
        for topic, groups in CONSUMERS.items():
            for group in groups:
                if group in self._groups:
                    lag.add_metric([topic, group], house.bus.lag(group, topic))
        yield lag
        dead = GaugeMetricFamily("sixminute_dead_letters", "Messages that wait for a person.", labels=["topic"])
        for topic in TOPICS:
            dead.add_metric([f"{topic}.dead"], house.bus.lag("person", f"{topic}.dead"))
        yield dead


def renderer(
    supervisor: Supervisor, house: Callable[[], House | None], groups: Collection[str] = GROUPS
) -> CollectorRegistry:
    """A registry of this process's own, so that two in one test process don't meet.

    Args:
        supervisor: knows the jobs.
        house: bus and store, None while they can't be reached.
        groups: of which the lag is told.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Stages(supervisor, house, groups))
    return registry


def render(registry: CollectorRegistry) -> bytes:
    """The Prometheus text format."""
    return generate_latest(registry)
