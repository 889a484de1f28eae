"""Figures for Prometheus. Rendering asks nobody: what bus and store say was looked at before (`runtime.looking`).

Every figure is described in docs/metrics.md.
"""

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import metadata

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from api.parts import STARTING
from core.ports.clock import Clock
from core.spend import Spend, State
from runtime.looking import Looking, OfBus, OfStore, View, look_at_bus, look_at_store
from runtime.measuring import Measures
from runtime.supervisor import STEP_ENDS, Job, Supervisor, Tally
from runtime.wiring.house import House

GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sixminute_build_info": ("What runs here: always 1.", ("version", "python", "role")),
    "sixminute_alive": ("1 as long as no part hangs that only a restart mends, else 0.", ()),
    "sixminute_part_healthy": ("1 where a part of this process is well, else 0.", ("part",)),
    "sixminute_server_reachable": ("1 where bus or store answer this process, else 0.", ("server",)),
    "sixminute_lag_messages": ("Messages that a consumer group has still to do of a topic.", ("group", "topic")),
    "sixminute_dead_letters": ("Messages that wait for a person.", ("topic",)),
    "sixminute_outbox_events": ("Events decided and not on the bus yet.", ()),
    "sixminute_cases": ("Cases that need an answer now; overdue are those past their limit.", ("state",)),
    "sixminute_first_responses": (
        "First replies to cases opened in the last 24 hours, by the window that they met; late is none.",
        ("window",),
    ),
    "sixminute_workers": ("Processes that run a stage and live.", ("stage",)),
    "sixminute_source_held": ("1 where this process runs a source, 0 where another may.", ("source",)),
    "sixminute_source_blind": ("1 where an incident says that a source doesn't see, else 0.", ("source",)),
    "sixminute_spend_dollars": ("What reading a network has cost this month.", ("network",)),
    "sixminute_spend_forecast_dollars": ("What it will have cost at the end of the month.", ("network",)),
    "sixminute_budget_dollars": ("What may be spent on it in a month.", ("network",)),
    "sixminute_budget_state": ("1 for the state of the month's budget, 0 for the others.", ("network", "state")),
}
COUNTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sixminute_messages_done_total": ("Messages that a part has finished.", ("part",)),
    "sixminute_steps_failed_total": ("Steps that failed and were tried again.", ("part",)),
    "sixminute_busy_seconds_total": ("Time that a part spent on steps that had something to do.", ("part",)),
    "sixminute_producers_rebuilt_total": ("Times that the connection that publishes was made anew.", ()),
}
STEP_DURATION = "sixminute_step_duration_seconds"


class Figures(Collector):
    """Everything that one process tells Prometheus.

    Args:
        supervisor: knows the parts of the process.
        house: bus and store, None while they can't be reached.
        measures: what grew with what passed.
        clock: says when to look at bus and store.
        view: what this process tells of them.
    """

    def __init__(
        self, supervisor: Supervisor, house: Callable[[], House | None], measures: Measures, clock: Clock, view: View
    ) -> None:
        self._supervisor, self._house, self._measures, self._view = supervisor, house, measures, view
        self._bus: Looking[OfBus] = Looking(self._of_bus, clock)
        self._store: Looking[OfStore] = Looking(self._of_store, clock)
        # A registry of our own, so that two in one test process don't meet.
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def jobs(self) -> Sequence[Job]:
        """Those who look at bus and store; each has a thread of its own, so that one that hangs holds up nobody."""
        return [
            Job("figures of the bus", lambda: self._bus, STARTING, waited_for=False),
            Job("figures of the store", lambda: self._store, STARTING, waited_for=False),
        ]

    def render(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """All families, those without a series included."""
        samples = {**self._of_process(), **self._of_servers()}
        for name, (help_text, labels) in GAUGES.items():
            gauge = GaugeMetricFamily(name, help_text, labels=labels)
            for values, number in samples.get(name, {}).items():
                gauge.add_metric(values, number)
            yield gauge
        for name, (help_text, labels) in COUNTERS.items():
            counter = CounterMetricFamily(name, help_text, labels=labels)
            for values, number in samples.get(name, {}).items():
                counter.add_metric(values, number)
            yield counter
        steps = HistogramMetricFamily(STEP_DURATION, "Time of one step that had something to do.", labels=["part"])
        for part, tally in self._supervisor.tallies.items():
            steps.add_metric([part], _buckets(tally), tally.busy_seconds)
        yield steps
        yield from self._measures.collect()

    def _of_process(self) -> dict[str, dict[tuple[str, ...], float]]:
        version = metadata.version("sixminute")
        tallies = self._supervisor.tallies
        house = self._house()
        return {
            "sixminute_build_info": {(version, platform.python_version(), self._view.role): 1},
            "sixminute_alive": {(): not self._supervisor.stuck()},
            "sixminute_part_healthy": {
                (part,): sentence == "ok" for part, sentence in self._supervisor.health().items()
            },
            "sixminute_messages_done_total": {(part,): tally.done for part, tally in tallies.items()},
            "sixminute_steps_failed_total": {(part,): tally.failures for part, tally in tallies.items()},
            "sixminute_busy_seconds_total": {(part,): tally.busy_seconds for part, tally in tallies.items()},
            "sixminute_producers_rebuilt_total": {(): getattr(house.bus, "producers_rebuilt", 0) if house else 0},
        }

    def _of_servers(self) -> dict[str, dict[tuple[str, ...], float]]:
        bus, store = self._bus.seen, self._store.seen
        samples: dict[str, dict[tuple[str, ...], float]] = {
            "sixminute_server_reachable": {("bus",): bus is not None, ("store",): store is not None}
        }
        if bus:
            samples["sixminute_lag_messages"] = {(group, topic): count for (group, topic), count in bus.lag.items()}
            samples["sixminute_dead_letters"] = {(topic,): count for topic, count in bus.dead.items()}
        if store:
            samples["sixminute_outbox_events"] = {} if store.outbox is None else {(): store.outbox}
            for name, counts in (
                ("sixminute_cases", store.cases),
                ("sixminute_first_responses", store.responses),
                ("sixminute_workers", store.workers),
                ("sixminute_source_held", store.sources),
                ("sixminute_source_blind", store.blind),
            ):
                samples[name] = {(label,): count for label, count in counts.items()}
            samples |= _of_money(store.spends)
        return samples

    def _of_bus(self) -> OfBus | None:
        house = self._house()
        return look_at_bus(house.bus, self._view) if house else None

    def _of_store(self) -> OfStore | None:
        house = self._house()
        return look_at_store(house.store, self._view, house.clock.now()) if house else None


def _of_money(spends: Sequence[Spend]) -> dict[str, dict[tuple[str, ...], float]]:
    budgets = {each.network: each.budget for each in spends if each.budget is not None}
    return {
        "sixminute_spend_dollars": {(each.network,): each.spent for each in spends},
        "sixminute_spend_forecast_dollars": {(each.network,): each.forecast for each in spends},
        "sixminute_budget_dollars": {(network,): budget for network, budget in budgets.items()},
        "sixminute_budget_state": {
            (each.network, state.value): each.state is state
            for each in spends
            if each.network in budgets
            for state in State
        },
    }


def _buckets(tally: Tally) -> list[tuple[str, float]]:
    """As Prometheus wants them: each holds the smaller ones too."""
    ends = [*map(str, STEP_ENDS), "+Inf"]
    return [(end, sum(tally.steps[: number + 1])) for number, end in enumerate(ends)]
