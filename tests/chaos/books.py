"""What must be true once all is done, whatever happened on the way."""

import json
from collections import Counter
from datetime import datetime, timedelta

import msgspec

from core.alert import Alert
from core.case import CaseState, Delivery, DeliveryState
from core.events import ALERTS, CONSUMERS, DRAFTS, TOPICS, AlertFired, DraftsReady, decode
from core.mention import Label, StoredMention
from core.ports.queries import CaseQuery, MentionQuery
from responding.grading import needs_answer
from responding.service import case_id
from responding.settings import RespondingSettings
from runtime.wiring.house import House
from tests.chaos.installation import BRANDS, PROBES, Installation
from tests.fakes import WordClassifier
from tests.pages import every

_MANY = 1_000_000


def at_rest(house: House) -> bool:
    """Whether nothing waits for any stage, nor in the outbox."""
    lag = any(house.bus.lag(group, topic) for topic, groups in CONSUMERS.items() for group in groups)
    return not lag and not house.store.waiting()


def accepted(installation: Installation) -> int:
    """How many rows of the recording the ingest workers have brought to the bus."""
    cursor = installation.house.store.cursor("source:feed")
    return json.loads(cursor)["position"] if cursor else 0


def check(installation: Installation, probes: int) -> dict[str, int]:
    """Compare everything; give back what was counted.

    Args:
        installation: at rest.
        probes: how many mentions the driver itself has published besides the recording.

    Raises:
        AssertionError: something doesn't add up; the message says what.
    """
    house = installation.house
    rows = accepted(installation)
    stored = _stored(house)
    _mentions(installation, stored, rows)
    assert len(stored) - len(_of_feed(stored)) == probes, "probes"
    counted = {brand: _counts(house, brand, stored) for brand in (*BRANDS, *PROBES)}
    cases = _cases(house, stored)
    alerts = _alerts(house)
    replies = _replies(installation)
    dead = sum(house.bus.lag("person", f"{topic}.dead") for topic in TOPICS)
    assert dead == 0, f"{dead} dead letters"
    return {
        "rows accepted": rows,
        "mentions": len(stored),
        "counted": sum(counted.values()),
        "cases": cases,
        "alerts": alerts,
        **replies,
    }


def _of_feed(stored: dict[str, StoredMention]) -> dict[str, StoredMention]:
    return {network_id: each for network_id, each in stored.items() if each.mention.brand not in PROBES}


def _stored(house: House) -> dict[str, StoredMention]:
    found = every(lambda cursor: house.store.mentions(MentionQuery(cursor=cursor, limit=1_000)))
    by_id = {each.mention.network_id: each for each in found}
    assert len(by_id) == len(found), "a post is stored twice"
    return by_id


def _mentions(installation: Installation, stored: dict[str, StoredMention], rows: int) -> None:
    """Mentions in = mentions stored, each in its latest form, each with the right label."""
    wanted: dict[str, str] = {}
    lines = (installation.folder / "recording.jsonl").read_text(encoding="utf-8").splitlines()
    in_time = sorted((json.loads(line) for line in lines), key=lambda row: row["created_at"])
    for row in in_time[:rows]:
        wanted[row["id"]] = row["text"]
    found = {network_id: each.mention.text for network_id, each in _of_feed(stored).items()}
    missing, more = wanted.keys() - found.keys(), found.keys() - wanted.keys()
    assert not missing, f"{len(missing)} accepted mentions are not stored: {sorted(missing)[:5]}"
    assert not more, f"{len(more)} mentions are stored that no one accepted: {sorted(more)[:5]}"
    stale = [network_id for network_id, text in wanted.items() if found[network_id] != text]
    assert not stale, f"{len(stale)} mentions lack their edit: {stale[:5]}"
    classify = WordClassifier()
    for each in stored.values():
        [judged] = classify.classify([each.mention.text])
        assert (each.score.label is Label.NEGATIVE) == (judged.negative > 0.5), each.mention.text


def _counts(house: House, brand: str, stored: dict[str, StoredMention]) -> int:
    """The counts of every minute are exactly those of the mentions that are stored."""
    mine = [each for each in stored.values() if each.mention.brand == brand]
    if not mine:
        return 0
    oldest = min(each.mention.created_at for each in mine)
    wanted: Counter[datetime] = Counter(_minute(each) for each in mine)
    negative: Counter[datetime] = Counter(_minute(each) for each in mine if each.score.label is Label.NEGATIVE)
    _, tallies = house.store.series(brand, oldest - timedelta(minutes=1))
    found = {tally.minute: tally.total for tally in tallies}
    assert found == dict(wanted), f"{brand}: counted {sum(found.values())} of {len(mine)}"
    assert {tally.minute: tally.negative for tally in tallies if tally.negative} == dict(negative), brand
    return sum(found.values())


def _minute(each: StoredMention) -> datetime:
    return each.mention.created_at.replace(second=0, microsecond=0)


def _cases(house: House, stored: dict[str, StoredMention]) -> int:
    """One case for each mention that needs an answer, with drafts, and its event on the bus."""
    states = tuple(CaseState)
    query = CaseQuery(states=states, order="newest", limit=1_000)
    cases = every(lambda cursor: house.store.cases(msgspec.structs.replace(query, cursor=cursor)))
    wanted = {case_id(each.mention.id) for each in stored.values() if needs_answer(each, RespondingSettings())}
    found = {case.id for case in cases}
    assert len(found) == len(cases)
    assert found == wanted, f"{len(found - wanted)} cases too many, {len(wanted - found)} missing"
    assert all(house.store.drafts(case.id) for case in cases[:200]), "a case without drafts"
    told = [decode(each.value, DraftsReady) for each in house.bus.browse(DRAFTS, limit=_MANY)]
    assert {event.case for event in told} == found, "drafts on the bus"
    return len(cases)


def _alerts(house: House) -> int:
    """Each alert once; each incident opened once and its alerts on the bus."""
    alerts: list[Alert] = []
    for incident in house.store.incidents(limit=10_000).items:
        mine = list(house.store.alerts(incident.id))
        assert [str(each.event) for each in mine].count("opened") >= 1, incident.id
        steps = [(each.at, str(each.event), int(each.level)) for each in mine]
        assert len(steps) == len(set(steps)), f"an alert of {incident.id} fired twice: {steps}"
        alerts += mine
    told = {decode(each.value, AlertFired).alert.id for each in house.bus.browse(ALERTS, limit=_MANY)}
    assert {each.id for each in alerts} == told, "alerts on the bus"
    return len(alerts)


def _replies(installation: Installation) -> dict[str, int]:
    """No reply twice; every sent one has arrived; what is unclear is shown as such, and nothing hangs."""
    deliveries: list[Delivery] = list(installation.house.store.deliveries(limit=_MANY))
    received = installation.network.received
    twice = [delivery for delivery, times in received.items() if times > 1]
    assert not twice, f"sent twice: {twice}"
    states = Counter(delivery.state for delivery in deliveries)
    assert set(states) <= {DeliveryState.SENT, DeliveryState.UNCLEAR}, states
    sent = {delivery.id for delivery in deliveries if delivery.state is DeliveryState.SENT}
    assert sent <= received.keys(), "a reply counts as sent that the network never got"
    assert received.keys() <= {delivery.id for delivery in deliveries}, "a reply went out that nobody approved"
    return {"replies sent": states[DeliveryState.SENT], "replies unclear": states[DeliveryState.UNCLEAR]}
