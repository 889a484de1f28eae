"""Figures for Prometheus, read when they are asked for."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.events import CONSUMERS, TOPICS
from core.ports import Bus
from runtime.supervisor import Supervisor


class _Stages(Collector):
    def __init__(self, supervisor: Supervisor, bus: Bus) -> None:
        self._supervisor, self._bus = supervisor, bus

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
        lag = GaugeMetricFamily("sixminute_lag", "Messages a group has still to do.", labels=["topic", "group"])
        for topic, groups in CONSUMERS.items():
            for group in groups:
                lag.add_metric([topic, group], self._bus.lag(group, topic))
        dead = GaugeMetricFamily("sixminute_dead_letters", "Messages that wait for a person.", labels=["topic"])
        for topic in TOPICS:
            dead.add_metric([f"{topic}.dead"], len(self._bus.browse(f"{topic}.dead", limit=1_000)))
        return [done, failures, busy, healthy, lag, dead]


def renderer(supervisor: Supervisor, bus: Bus) -> CollectorRegistry:
    """A registry of this process's own, so that two in one test process don't meet."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Stages(supervisor, bus))
    return registry


def render(registry: CollectorRegistry) -> bytes:
    """The Prometheus text format."""
    return generate_latest(registry)
