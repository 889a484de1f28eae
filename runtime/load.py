"""Load for measuring: mentions of invented brands, at once or at a steady rate, and what came of them when."""

import itertools
import statistics
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

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
from core.ports.bus import Message
from runtime.wiring.house import House

BRANDS = 10
_UNREAD = 1_000_000
"""From this number on no other load has the texts."""
BATCH = 250
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


def mentions(house: House, count: int, first: int = 0) -> Iterator[Mention]:
    """`count` different mentions of `BRANDS` brands, spread evenly over the last hours.

    Those from another `first` on have other texts: one that was read before costs the model nothing.
    """
    now = house.clock.now()
    for number in range(first, first + count):
        brand = f"Bench {number % BRANDS}"
        text = _FRAMES[number % len(_FRAMES)].format(brand=brand, n=number)
        posted = now - _SPREAD + (number - first) * _SPREAD / count
        yield _mention(brand, f"b{number}", text, posted, now)


def quiet_days(house: House) -> Iterator[Mention]:
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


def publish(house: House, some: Iterator[Mention]) -> None:
    """Put mentions on the bus as fast as it takes them."""
    while part := list(itertools.islice(some, BATCH)):
        house.bus.publish([Message(MENTIONS_RAW, each.id, encode(received_event(each))) for each in part])


def drained(house: House) -> bool:
    """Whether every group has done everything."""
    return not any(house.bus.lag(group, topic) for topic, groups in CONSUMERS.items() for group in groups)


def steady(house: House, rate: float, seconds: float) -> Mapping[str, datetime]:
    """Publish complaints one by one, `rate` a second; gives back when each mention was posted, by its id."""
    posted_at: dict[str, datetime] = {}
    began = house.clock.monotonic()
    for number in range(int(rate * seconds)):
        house.clock.sleep(max(0.0, began + number / rate - house.clock.monotonic()))
        now = house.clock.now()
        brand = f"Bench {number % BRANDS}"
        mention = _mention(brand, f"l{number}", _FRAMES[0].format(brand=brand, n=_UNREAD + number), now, now)
        posted_at[mention.id] = now
        house.bus.publish([Message(MENTIONS_RAW, mention.id, encode(received_event(mention)))])
    return posted_at


def latencies(house: House, posted_at: Mapping[str, datetime]) -> dict[str, Any]:
    """Seconds from a post to the event on the bus: drafts, and alerts (from the post that decided)."""
    drafts = [
        (each.published_at - posted_at[drafted]).total_seconds()
        for each in house.bus.browse(DRAFTS, limit=_ALL)
        if (drafted := decode(each.value, DraftsReady).mention_id) in posted_at
    ]
    alerts = [
        (each.published_at - alert.at).total_seconds()
        for each in house.bus.browse(ALERTS, limit=_ALL)
        if (alert := decode(each.value, AlertFired).alert).at >= min(posted_at.values())
    ]
    return {"post_to_draft": _spread(drafts), "post_to_alert": _spread(alerts)}


def _spread(seconds: Sequence[float]) -> dict[str, Any]:
    if len(seconds) < 2:
        return {"count": len(seconds)}
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"count": len(seconds), "p50_seconds": round(cuts[49], 3), "p99_seconds": round(cuts[98], 3)}
