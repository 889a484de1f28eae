"""How fast each stage is on this machine: stages one by one, everything at once, and latency under a steady load.

Load generator and stages share the machine; the figures say what one machine does with both.
"""

import platform
import resource
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.ports.classifier import Classifier
from runtime import load, stages
from runtime.settings import Settings
from runtime.supervisor import OK, Supervisor
from runtime.wiring import backends, judging
from runtime.wiring.house import House, open_house


def measure(settings: Settings, mentions: int, rate: float, seconds: float) -> dict[str, Any]:
    """Measure everything; the result says how, and what it was measured on."""
    console = Console(stderr=True)
    result: dict[str, Any] = {"machine": _machine(), "mentions": mentions}
    with tempfile.TemporaryDirectory(prefix="sixminute-bench-") as folder:
        began = backends.system_clock().monotonic()
        classifier = judging.classifier(settings)
        result["model"] = classifier.name
        result["model_load_seconds"] = round(backends.system_clock().monotonic() - began, 2)
        console.print("stages one by one …")
        result["stages"] = _stages(_fresh(settings, Path(folder) / "stages"), classifier, mentions)
        console.print("everything at once …")
        result["end_to_end_per_second"] = _at_once(_fresh(settings, Path(folder) / "once"), classifier, mentions)
        console.print(f"latency at {rate:g} a second for {seconds:g} s …")
        result["latency"] = _latency(_fresh(settings, Path(folder) / "latency"), classifier, rate, seconds)
    result["peak_memory_mb"] = round(_peak_memory())
    return result


def engines(settings: Settings, count: int) -> list[Any]:
    """The configured model on so many generated texts, by each way to run it (`sentiment.bench.Measure`)."""
    from runtime.progress import Progress
    from sentiment.bench import compare, sample_texts

    found = []
    with Progress("ways to run the model") as progress:
        checkpoint, threads = judging.checkpoint(settings), settings.threads or None
        for each in compare(checkpoint, sample_texts(count), backends.system_clock(), threads=threads):
            found.append(each)
            progress.show(len(found), None)
    return found


def show_engines(found: Sequence[Any]) -> None:
    """A table for a person."""
    table = Table(title=f"The model alone, on {_machine()}", title_justify="left")
    for name in ("engine", "texts/s", "× one by one", "same label as fp32"):
        table.add_column(name, justify="left" if name == "engine" else "right")
    for each in found:
        table.add_row(each.engine, f"{each.per_second:,.0f}", f"{each.times:.1f}", f"{100 * each.agreement:.1f} %")
    Console().print(table)


def _fresh(settings: Settings, folder: Path) -> Settings:
    return msgspec.structs.replace(settings, data_dir=folder, bus="embedded", database_url="")


def _machine() -> str:
    import os

    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _peak_memory() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _stages(settings: Settings, classifier: Classifier, count: int) -> dict[str, float]:
    """Mentions a second of each stage with the machine to itself."""
    house = open_house(settings)
    services = {job.name: job.make() for job in stages.jobs(settings, lambda: house, lambda: classifier, channels=())}
    rates: dict[str, float] = {}
    try:
        began = house.clock.monotonic()
        load.publish(house, load.mentions(house, count))
        rates["ingest"] = count / (house.clock.monotonic() - began)
        for name in ("model", "alerting", "responding"):
            began = house.clock.monotonic()
            while services[name].step(0.0):
                pass
            rates["sentiment" if name == "model" else name] = count / (house.clock.monotonic() - began)
    finally:
        _close(house, services.values())
    return {name: round(rate) for name, rate in rates.items()}


def _close(house: House, services: Any) -> None:
    for service in services:
        service.close()
    house.close()


def _at_once(settings: Settings, classifier: Classifier, count: int) -> int:
    """Mentions a second from the first publish until every group has done everything."""
    house = open_house(settings)
    supervisor = _running(house, classifier)
    try:
        began = house.clock.monotonic()
        load.publish(house, load.mentions(house, count, first=count))
        _drained(house)
        return round(count / (house.clock.monotonic() - began))
    finally:
        supervisor.stop()
        house.close()


def _running(house: House, classifier: Classifier) -> Supervisor:
    supervisor = Supervisor(house.clock)
    jobs = stages.jobs(house.settings, lambda: house, lambda: classifier, channels=())
    for job in jobs:
        supervisor.start(job)
    while sum(sentence == OK for sentence in supervisor.health().values()) < len(jobs):
        house.clock.sleep(0.05)
    return supervisor


def _drained(house: House) -> None:
    while not load.drained(house):
        house.clock.sleep(0.02)


def _latency(settings: Settings, classifier: Classifier, rate: float, seconds: float) -> dict[str, Any]:
    """Seconds from a post to the event on the bus: alerts (from the post that decided) and drafts."""
    house = open_house(settings)
    supervisor = _running(house, classifier)
    try:
        # Quiet days first: without a past, the alarm can't know that what comes is unusual.
        load.publish(house, load.quiet_days(house))
        _drained(house)
        posted_at = load.steady(house, rate, seconds)
        _drained(house)
        return {"rate": rate, **load.latencies(house, posted_at)}
    finally:
        supervisor.stop()
        house.close()


def show(result: dict[str, Any]) -> None:
    """The result as a table for a person."""
    table = Table(title=Text(f"sixminute bench · {result['machine']} · {result['model']}"))
    table.add_column("what")
    table.add_column("figure", justify="right")
    for stage, rate in result["stages"].items():
        table.add_row(f"{stage}, alone", f"{rate:,} mentions/s")
    table.add_row("everything at once", f"{result['end_to_end_per_second']:,} mentions/s")
    for name in ("post_to_draft", "post_to_alert"):
        spread = result["latency"][name]
        if "p50_seconds" in spread:
            figure = f"p50 {spread['p50_seconds']:.2f} s, p99 {spread['p99_seconds']:.2f} s"
            table.add_row(f"{name.replace('_', ' ')} at {result['latency']['rate']:g}/s ({spread['count']})", figure)
    table.add_row("loading the model", f"{result['model_load_seconds']:.1f} s")
    table.add_row("peak memory", f"{result['peak_memory_mb']:,} MB")
    Console().print(table)
