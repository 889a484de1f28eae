"""The whole application in one test: real bus, real store, every stage, the pages; a clock that the test moves.

A test says what people post, lets the stages settle, moves the clock, and expects what must happen. What must not
happen is checked at the end: a reply that went out without the test expecting it, or an alert that the test neither
expected nor looked at, fails it.
"""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.parts import DemonstrationState
from core.alert import Alert
from core.brand import Brand
from core.case import Case, Delivery, DeliveryState
from core.events import MENTIONS_RAW, encode, received_event
from core.mention import Mention, mention_id
from core.ports.bus import Message
from core.ports.classifier import Classifier
from core.ports.queries import CaseQuery
from core.service import Service
from runtime import stages
from runtime.settings import Settings
from runtime.wiring import web
from runtime.wiring.house import open_house
from tests.fakes import FakeClock, WordClassifier


class NoDemonstration:
    """Answers for a program that was started without it."""

    brand = "Nobody"
    offered = True

    def state(self) -> DemonstrationState:
        return "absent"

    def start(self) -> None:
        raise AssertionError("no test starts the demonstration here")

    def stop(self) -> None:
        raise AssertionError("no test stops the demonstration here")

    def erase(self) -> None:
        raise AssertionError("no test erases the demonstration here")


class Application:
    """Everything between a post and the reply on its way out."""

    def __init__(
        self,
        folder: Path,
        brands: Sequence[Brand] = (Brand(name="Acme"),),
        classifier: Classifier | None = None,
        clock: FakeClock | None = None,
        database_url: str = "",
        **settings: Any,
    ) -> None:
        self.clock = clock or FakeClock()
        self.settings = Settings(
            data_dir=folder / "data", brands=tuple(brands), user="Ana", database_url=database_url, **settings
        )
        self.house = open_house(self.settings, self.clock)
        self._classifier = classifier or WordClassifier()
        self.services = self._make_services()
        parts = web.parts(self.house, NoDemonstration(), self.health, lambda: b"")
        self.client = TestClient(create_app(parts), base_url="http://localhost")
        self._numbers = itertools.count(1)
        self._known_alerts: set[str] = set()
        self._known_deliveries: set[str] = set()

    def _make_services(self) -> list[Service]:
        return [job.make() for job in stages.jobs(self.settings, lambda: self.house, lambda: self._classifier)]

    def health(self) -> Mapping[str, str]:
        return {"pipeline": "ok"}

    def say(
        self,
        text: str,
        *,
        brand: str = "Acme",
        source: str = "x",
        at: datetime | None = None,
        network_id: str = "",
        revision: int = 0,
    ) -> str:
        """Somebody posts; gives back the mention's id."""
        posted = at or self.clock.now()
        network_id = network_id or f"post-{next(self._numbers)}"
        mention = Mention(
            id=mention_id(source, network_id, brand),
            brand=brand,
            source=source,
            network_id=network_id,
            created_at=posted,
            ingested_at=self.clock.now(),
            text=text,
            author=f"author-{network_id}",
            revision=revision,
        )
        event = received_event(mention, "edited" if revision else "posted")
        self.house.bus.publish([Message(MENTIONS_RAW, mention.id, encode(event))])
        return mention.id

    def settle(self) -> None:
        """Let every stage work until none has anything left to do."""
        while sum(service.step(0.0) for service in self.services):
            pass

    def forward(self, step: timedelta = timedelta(minutes=1), **duration: float) -> None:
        """Let time pass in small steps, with every stage at work."""
        until = self.clock.now() + timedelta(**duration)
        while self.clock.now() < until:
            self.clock.time = min(self.clock.now() + step, until)
            self.settle()

    def restart(self) -> None:
        """As after a crash: the services of before are gone without a word, new ones take over after their leases."""
        self.clock.forward(seconds=60)
        self.services = self._make_services()

    def cases(self) -> Sequence[Case]:
        return self.house.store.cases(CaseQuery()).items

    def alerts(self) -> Sequence[Alert]:
        """All alerts so far; the test has seen them."""
        found = self._alerts()
        self._known_alerts.update(alert.id for alert in found)
        return found

    def expect_no_more_alerts(self) -> None:
        """Nothing has fired beyond what the test has looked at."""
        more = [(str(each.event), int(each.level)) for each in self._alerts() if each.id not in self._known_alerts]
        assert not more, f"nobody expected {more}"

    def _alerts(self) -> Sequence[Alert]:
        incidents = self.house.store.incidents().items
        return [alert for incident in reversed(incidents) for alert in self.house.store.alerts(incident.id)]

    def outbox(self) -> Sequence[Delivery]:
        return self.house.store.deliveries()

    def expect_delivery(self) -> Delivery:
        """Exactly one more reply has gone out than the test expected so far."""
        (delivery,) = self._unexpected_deliveries()
        self._known_deliveries.add(delivery.id)
        return delivery

    def _unexpected_deliveries(self) -> Sequence[Delivery]:
        sent = self.house.store.deliveries(states=(DeliveryState.SENT,))
        return [each for each in sent if each.id not in self._known_deliveries]

    def check(self) -> None:
        """What must not have happened by the end of a test."""
        self.expect_no_more_alerts()
        assert not self._unexpected_deliveries(), "a reply went out that nobody expected"

    def close(self) -> None:
        for service in self.services:
            service.close()
        self.client.close()
        self.house.close()
