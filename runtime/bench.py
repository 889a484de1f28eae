"""How fast each stage is on this machine: stages one by one, everything at once, and latency under a steady load.

Load generator and stages share the machine; the figures say what one machine does with both.
"""

import itertools
import platform
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from core.events import (
    ALERTS,
    CONSUMERS,
    DRAFTS,
    MENTIONS_RAW,
    AlertFired,
    DraftsReady,
    decode,
    encode,
    received_event,
)
from core.mention import Mention, mention_id
from core.ports import Classifier, Message
from runtime import stages, wiring
from runtime.settings import Settings
from runtime.supervisor import OK, Supervisor

BRANDS = 10
_BATCH = 250
_QUIET_HOURS = 72
_ALL = 1_000_000
_SPREAD = timedelta(hours=6)
_FRAMES = (
    "{brand} order {n} is three weeks late and nobody answers my messages, this is really disappointing",
    "I love my new {brand} kettle number {n}, boils fast and looks great on the counter",
    "{brand} 的客服 {n} 號完全不回覆，退款拖了兩個月還沒下來，真的很失望",
    "{brand} 这次的包装 {n} 还不错，物流也很快，下次还会买",
    "Does anyone know whether {brand} model {n} works with 110 volts?",
    "{brand} 第 {n} 台又漏水，說好的品質呢，誰來處理一下",
)


def _mentions(house: wiring.House, count: int) -> Iterator[Mention]:
    """`count` different mentions of `BRANDS` brands, spread evenly over the last hours."""
    now = house.clock.now()
    for number in range(count):
        brand = f"Bench {number % BRANDS}"
        text = _FRAMES[number % len(_FRAMES)].format(brand=brand, n=number)
        posted = now - _SPREAD + number * _SPREAD / count
        yield _mention(brand, f"b{number}", text, posted, now)


def _quiet_days(house: wiring.House) -> Iterator[Mention]:
    """Two mentions an hour of each brand, friendly or neutral, over the three days before now."""
    now = house.clock.now()
    texts = (_FRAMES[1], _FRAMES[4])
    for hour in range(_QUIET_HOURS, 0, -1):
        for number in range(BRANDS * len(texts)):
            brand = f"Bench {number % BRANDS}"
            text = texts[number // BRANDS].format(brand=brand, n=hour)
            posted = now - timedelta(hours=hour) + timedelta(minutes=20 * (number // BRANDS))
            yield _mention(brand, f"q{hour}-{number}", text, posted, now)


def _mention(brand: str, network_id: str, text: str, posted: Any, now: Any) -> Mention:
    return Mention(
        id=mention_id("x", network_id, brand), brand=brand, source="x", network_id=network_id,
        created_at=posted, ingested_at=now, text=text, author=network_id, origin="replay",
    )  # fmt: skip


def measure(settings: Settings, mentions: int, rate: float, seconds: float) -> dict[str, Any]:
    """Measure everything; the result says how, and what it was measured on."""
    console = Console(stderr=True)
    result: dict[str, Any] = {"machine": _machine(), "mentions": mentions}
    with tempfile.TemporaryDirectory(prefix="sixminute-bench-") as folder:
        began = wiring.system_clock().monotonic()
        classifier = wiring.classifier(settings)
        result["model"] = classifier.name
        result["model_load_seconds"] = round(wiring.system_clock().monotonic() - began, 2)
        console.print("stages one by one …")
        result["stages"] = _stages(_fresh(settings, Path(folder) / "stages"), classifier, mentions)
        console.print("everything at once …")
        result["end_to_end_per_second"] = _at_once(_fresh(settings, Path(folder) / "once"), classifier, mentions)
        console.print(f"latency at {rate:g} a second for {seconds:g} s …")
        result["latency"] = _latency(_fresh(settings, Path(folder) / "latency"), classifier, rate, seconds)
    result["peak_memory_mb"] = round(_peak_memory())
    return result


def _fresh(settings: Settings, folder: Path) -> Settings:
    return msgspec.structs.replace(settings, data_dir=folder, database_url="")


def _machine() -> str:
    import os

    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _peak_memory() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _publish(house: wiring.House, mentions: Iterator[Mention]) -> None:
    while part := list(itertools.islice(mentions, _BATCH)):
        house.bus.publish([Message(MENTIONS_RAW, each.id, encode(received_event(each))) for each in part])


def _stages(settings: Settings, classifier: Classifier, count: int) -> dict[str, float]:
    """Mentions a second of each stage with the machine to itself."""
    house = wiring.open_house(settings)
    services = {job.name: job.make() for job in stages.jobs(settings, lambda: house, lambda: classifier, channels=())}
    rates: dict[str, float] = {}
    try:
        began = house.clock.monotonic()
        _publish(house, _mentions(house, count))
        rates["ingest"] = count / (house.clock.monotonic() - began)
        for name in ("model", "alerting", "responding"):
            began = house.clock.monotonic()
            while services[name].step(0.0):
                pass
            rates["sentiment" if name == "model" else name] = count / (house.clock.monotonic() - began)
    finally:
        _close(house, services.values())
    return {name: round(rate) for name, rate in rates.items()}


def _close(house: wiring.House, services: Any) -> None:
    for service in services:
        service.close()
    house.close()


def _at_once(settings: Settings, classifier: Classifier, count: int) -> int:
    """Mentions a second from the first publish until every group has done everything."""
    house = wiring.open_house(settings)
    supervisor = _running(house, classifier)
    try:
        began = house.clock.monotonic()
        _publish(house, _mentions(house, count))
        _drained(house)
        return round(count / (house.clock.monotonic() - began))
    finally:
        supervisor.stop()
        house.close()


def _running(house: wiring.House, classifier: Classifier) -> Supervisor:
    supervisor = Supervisor(house.clock)
    jobs = stages.jobs(house.settings, lambda: house, lambda: classifier, channels=())
    for job in jobs:
        supervisor.start(job)
    while sum(sentence == OK for sentence in supervisor.health().values()) < len(jobs):
        house.clock.sleep(0.05)
    return supervisor


def _drained(house: wiring.House) -> None:
    while any(house.bus.lag(group, topic) for topic, groups in CONSUMERS.items() for group in groups):
        house.clock.sleep(0.02)


def _latency(settings: Settings, classifier: Classifier, rate: float, seconds: float) -> dict[str, Any]:
    """Seconds from a post to the event on the bus: alerts (from the post that decided) and drafts."""
    house = wiring.open_house(settings)
    supervisor = _running(house, classifier)
    posted_at: dict[str, Any] = {}
    try:
        # Quiet days first: without a past, the alarm can't know that what comes is unusual.
        _publish(house, _quiet_days(house))
        _drained(house)
        began = house.clock.monotonic()
        for number in range(int(rate * seconds)):
            house.clock.sleep(max(0.0, began + number / rate - house.clock.monotonic()))
            now = house.clock.now()
            brand = f"Bench {number % BRANDS}"
            text = _FRAMES[0].format(brand=brand, n=number)
            mention = _mention(brand, f"l{number}", text, now, now)
            posted_at[mention.id] = now
            house.bus.publish([Message(MENTIONS_RAW, mention.id, encode(received_event(mention)))])
        _drained(house)
        drafts = [
            (each.published_at - posted_at[drafted]).total_seconds()
            for each in house.bus.browse(DRAFTS, limit=_ALL)
            if (drafted := decode(each.value, DraftsReady).mention_id) in posted_at
        ]
        alerts = [
            (each.published_at - decode(each.value, AlertFired).alert.at).total_seconds()
            for each in house.bus.browse(ALERTS, limit=_ALL)
        ]
    finally:
        supervisor.stop()
        house.close()
    return {"rate": rate, "post_to_draft": _spread(drafts), "post_to_alert": _spread(alerts)}


def _spread(seconds: Sequence[float]) -> dict[str, Any]:
    if len(seconds) < 2:
        return {"count": len(seconds)}
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"count": len(seconds), "p50_seconds": round(cuts[49], 3), "p99_seconds": round(cuts[98], 3)}


def show(result: dict[str, Any]) -> None:
    """The result as a table for a person."""
    table = Table(title=f"sixminute bench · {result['machine']} · {result['model']}")
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
