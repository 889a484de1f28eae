"""The application on the real embedded store, with an advisor and a demonstration that tests can control."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from alerting.directory import Directory
from alerting.policies import Person, Policy, Rotation, Step
from alerting.policy_desk import StoredPolicies
from api.app import create_app
from api.parts import DemonstrationState, OnDuty, Parts, Webhooks
from core.alert import Alert, AlertEvent, BandPoint, Incident, IncidentState, Level, TallyEntry
from core.brand import Brand
from core.case import Case, CaseState, Draft, Finding, Grade, Suggestion
from core.language import Words
from core.mention import Label, Mention, Reading, Score, ScoredMention, StoredMention, mention_id
from core.ports.bus import Bus
from core.ports.store import Store
from core.relay import Relay
from ingest.webhooks.intake import WebhookIntake
from tests.backends import open_embedded
from tests.fakes import MONDAY, FakeClock

DIRECTORY = Directory(
    people=(
        Person(name="Ana", channels=("chat", "log")),
        Person(name="Ben", role="manager"),
        Person(name="Cem", quiet_from=time(22), quiet_to=time(7)),
    ),
    rotations=(Rotation(name="desk", people=("Ana",), starts=datetime.fromisoformat("2026-03-02 09:00")),),
    policies=(
        Policy(
            name="grave",
            levels=("orange", "red"),
            steps=(Step(to=("rotation:desk",), after_minutes=3), Step(to=("role:manager",))),
            repeat=1,
        ),
        Policy(name="rest", steps=(Step(to=("Cem",)), Step(to=("Ben",)))),
    ),
    channels=frozenset({"log", "chat"}),
)
HOSTILE = "<script>alert(1)</script> =cmd|' /C calc'!A0 \u202e\u200b 💥 \ufffe \"'&"


def words(text: str) -> Words:
    return {"en": text, "zh-Hant": f"{text}(繁)", "zh-Hans": f"{text}(简)"}


class WordAdvisor:
    """Finds fault with the word ``forbidden``; suggests two drafts that quote nothing."""

    def suggest(self, channel: str, text: str, created_at: datetime, brand: str = "") -> Suggestion:
        return Suggestion(
            language="zh-Hant" if "嗎" in text else "en",
            grade=Grade.URGENT if "smoke" in text else Grade.STANDARD,
            golden_at=created_at + timedelta(minutes=6),
            limit_at=created_at + timedelta(hours=1),
            drafts=(
                Draft(text=f"We look into it on {channel}.", approach="acknowledge", language="en"),
                Draft(text=f"{brand} is sorry.", approach="apologise", language="en"),
            ),
        )

    def channels(self) -> Sequence[str]:
        return ("email", "x")

    def redraft(self, stored: StoredMention, version: int) -> Sequence[Draft]:
        read = f"{stored.score.reading.language}, {stored.score.p_negative}, {stored.mention.followers}"
        return (Draft(text=f"Version {version} for {read}.", approach="acknowledge", language="en"),)

    def lint(self, channel: str, text: str, reply_to: str = "") -> Sequence[Finding]:
        start = text.find("forbidden")
        if start < 0:
            return ()
        return (
            Finding(
                rule="forbidden-word",
                severity="fail",
                start=start,
                end=start + 9,
                message=words("This must not be said."),
                fix=words("Leave it out."),
            ),
        )


@dataclass
class RecordingDemonstration:
    brand: str = "Lumenbread"
    offered: bool = True
    orders: list[str] = field(default_factory=list)
    now: DemonstrationState = "absent"

    def state(self) -> DemonstrationState:
        return self.now

    def start(self) -> None:
        self.orders.append("start")
        self.now = "running"

    def stop(self) -> None:
        self.orders.append("stop")
        self.now = "stopped"

    def erase(self) -> None:
        self.orders.append("erase")
        self.now = "absent"


@dataclass
class World:
    """Everything behind the application, and ways to fill it."""

    store: Store
    bus: Bus
    clock: FakeClock
    parts: Parts
    app: FastAPI
    health: dict[str, str]
    demonstration: RecordingDemonstration

    def mention(self, network_id: str = "1", brand: str = "Acme", **changes: Any) -> str:
        id_ = mention_id("x", network_id, brand)
        label = changes.pop("label", Label.NEGATIVE)
        sensitive = changes.pop("sensitive", ())
        mention = Mention(
            **{
                "id": id_,
                "brand": brand,
                "source": "x",
                "network_id": network_id,
                "created_at": self.clock.now(),
                "ingested_at": self.clock.now(),
                "text": "My toaster began to smoke.",
                "author": "anna",
                **changes,
            }
        )
        score = Score(
            label=label,
            p_negative=0.9,
            p_neutral=0.07,
            p_positive=0.03,
            reading=Reading(language="en", themes=("safety",), sensitive=sensitive),
            model="words",
            scored_at=self.clock.now(),
        )
        with self.store.unit() as unit:
            unit.put_mentions([ScoredMention(mention=mention, score=score)])
        return id_

    def case(self, network_id: str = "1", **changes: Any) -> str:
        mention = self.mention(network_id)
        now = self.clock.now()
        case = Case(
            **{
                "id": f"c-{network_id}",
                "mention": mention,
                "brand": "Acme",
                "channel": "x",
                "language": "en",
                "grade": Grade.HIGH,
                "why_grade": words("A safety word."),
                "themes": ("safety",),
                "opened_at": now,
                "golden_at": now + timedelta(minutes=6),
                "limit_at": now + timedelta(hours=1),
                "updated_at": now,
                "state": CaseState.OPEN,
                **changes,
            }
        )
        with self.store.unit() as unit:
            unit.put_case(case, [Draft(text="We look into it.", approach="acknowledge", language="en")])
        return case.id

    def incident(self, id_: str = "i-1", **changes: Any) -> str:
        now = self.clock.now()
        incident = Incident(
            **{
                "id": id_,
                "brand": "Acme",
                "state": IncidentState.RISING,
                "level": Level.ORANGE,
                "peak": Level.ORANGE,
                "rule": "negative-count",
                "reason": words("Negative posts rose."),
                "observed": 14.0,
                "expected_low": 0.0,
                "expected_high": 5.0,
                "opened_at": now,
                "updated_at": now,
                **changes,
            }
        )
        alert = Alert(
            id=f"a-{id_}",
            brand="Acme",
            incident=id_,
            at=now,
            event=AlertEvent.OPENED,
            level=Level.ORANGE,
            rule="negative-count",
            reason=words("Negative posts rose."),
            observed=14.0,
            expected_low=0.0,
            expected_high=5.0,
        )
        with self.store.unit() as unit:
            unit.put_incident(incident)
            unit.put_alert(alert)
        return id_

    def tally(self, mention: str, at: datetime, *, negative: bool) -> None:
        with self.store.unit() as unit:
            unit.tally("Acme", [TallyEntry(mention=mention, at=at, negative=negative, sensitive=False)])

    def band(self, *points: BandPoint) -> None:
        with self.store.unit() as unit:
            unit.put_band("Acme", points)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = FakeClock(MONDAY)
    bus, store = open_embedded(tmp_path, clock)
    health = {"bus": "ok", "store": "ok", "model": "ok"}
    demonstration = RecordingDemonstration()
    parts = Parts(
        store=store,
        clock=clock,
        advisor=WordAdvisor(),
        relay=Relay(store, bus),
        brands=lambda: (Brand(name="Acme", aliases=("Acme Toasters",)), Brand(name="Lumenbread", demonstration=True)),
        health=lambda: health,
        ready=lambda: health,
        alive=lambda: "",
        metrics=lambda: b"# TYPE sixminute_up gauge\nsixminute_up 1\n",
        demonstration=demonstration,
        undo_seconds=10.0,
        window_minutes=60,
        user="on duty",
        hosts=("localhost", "testserver"),
        version="0.1.0",
        webhooks=Webhooks(intake=WebhookIntake(bus, store, clock, (Brand(name="Acme"),))),
        policies=StoredPolicies(store, DIRECTORY, ("Acme", "Lumenbread")),
        people=("Ana", "Ben", "Cem"),
        duty=lambda now: (OnDuty("desk", "Ana", now + timedelta(hours=1)),),
    )
    yield World(store, bus, clock, parts, create_app(parts, stream_interval=0.01), health, demonstration)
    store.close()
    bus.close()


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with TestClient(world.app) as client:
        yield client
