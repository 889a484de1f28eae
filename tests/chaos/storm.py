"""Runs faults one after another while mentions flow and replies are approved, and measures how soon all is well."""

import contextlib
import itertools
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from statistics import median

import httpx
from msgspec import Struct

from adapters.clock import SystemClock
from core.errors import SixminuteError
from core.events import MENTIONS_RAW, encode, received_event
from core.mention import Mention, mention_id
from core.ports.bus import Message
from responding.service import case_id
from tests.chaos.books import accepted, at_rest, check
from tests.chaos.faults import FAULTS
from tests.chaos.installation import PROBES, Installation, wait_until

RECOVERY = 90.0
"""Seconds after which a set-up that hasn't recovered counts as broken."""

_REPLY = (
    "We're sorry that your kettle is broken. We'll write to you here within the hour; message us to talk to a person."
)


class Suffered(Struct, frozen=True):
    """A fault, and the seconds from its mending until a new mention had its case and was counted."""

    fault: str
    recovery: float


class Storm:
    """The driver: publishes probes, approves replies, makes faults.

    Args:
        installation: what suffers.
        picker: chooses.
        tell: is told each fault when it is over.
    """

    def __init__(
        self, installation: Installation, picker: random.Random, tell: Callable[[Suffered], None] = lambda _: None
    ) -> None:
        self._installation = installation
        self._picker = picker
        self._tell = tell
        self._clock = SystemClock()
        self._numbers = itertools.count(1)
        self.probes = 0
        self.approved = 0

    def run(self, faults: Sequence[str]) -> list[Suffered]:
        """Make these faults in turn.

        Raises:
            AssertionError: the set-up didn't recover.
        """
        suffered = []
        wait_until(lambda: accepted(self._installation), RECOVERY, "a first post accepted")
        self.recovery()
        with self._somebody_approves():
            for fault in faults:
                FAULTS[fault](self._installation, self._picker)
                suffered.append(Suffered(fault, self.recovery()))
                self._tell(suffered[-1])
        return suffered

    def recovery(self) -> float:
        """The seconds until complaints posted now, through every partition, have their cases and are counted."""
        house = self._installation.house
        number = next(self._numbers)
        mentions = [self._complaint(brand, number) for brand in PROBES]
        began = self._clock.monotonic()
        messages = [Message(MENTIONS_RAW, each.id, encode(received_event(each))) for each in mentions]
        wait_until(lambda: self._published(messages), RECOVERY, "probes on the bus")
        self.probes += len(mentions)

        def arrived(mention: Mention) -> bool:
            with contextlib.suppress(SixminuteError):
                counted = sum(each.total for each in house.store.series(mention.brand, mention.created_at - _LONG)[1])
                return house.store.case(case_id(mention.id)) is not None and counted == number
            return False

        for mention in mentions:
            wait_until(lambda each=mention: arrived(each), RECOVERY, f"{mention.text} answered and counted")
        return self._clock.monotonic() - began

    def settle(self, patience: float = 300.0) -> dict[str, int]:
        """End the feed, let everything be done, and check the books.

        Raises:
            AssertionError: something doesn't add up, or isn't done in time.
        """
        # What was published just before a fault and not noted as such is published again once the feed goes on.
        stand = accepted(self._installation)
        wait_until(lambda: accepted(self._installation) > stand, RECOVERY, "the feed going on")
        for worker in self._installation.of("ingest"):
            worker.stop()
        house = self._installation.house
        wait_until(lambda: at_rest(house), patience, "all done")
        # A claim that was interrupted is told after a minute.
        wait_until(self._nothing_under_way, patience, "every reply sent or unclear")
        return check(self._installation, self.probes)

    def _nothing_under_way(self) -> bool:
        from core.case import DeliveryState

        under_way = (DeliveryState.WAITING, DeliveryState.CLAIMED)
        return not self._installation.house.store.deliveries(states=under_way)

    def _published(self, messages: Sequence[Message]) -> bool:
        with contextlib.suppress(SixminuteError):
            self._installation.house.bus.publish(messages)
            return True
        return False

    def _complaint(self, brand: str, number: int) -> Mention:
        now = self._clock.now()
        network_id = f"{brand} {number}"
        return Mention(
            id=mention_id("x", network_id, brand), brand=brand, source="x", network_id=network_id,
            created_at=now, ingested_at=now, text=f"{brand}: number {number} is broken", author="probe",
        )  # fmt: skip

    @contextmanager
    def _somebody_approves(self) -> Iterator[None]:
        """A person at the page: approves the reply of an open case about once a second, through the api."""
        over = threading.Event()

        def approve() -> None:
            with httpx.Client(base_url=self._installation.api, timeout=5.0) as client:
                while not over.wait(1.0):
                    with contextlib.suppress(httpx.HTTPError):
                        cases = client.get("/api/v1/cases", params={"order": "newest", "limit": 20}).json()
                        for case in cases.get("items", [])[-1:]:
                            body = {"version": case["version"], "text": _REPLY, "approach": "acknowledge"}
                            answer = client.post(f"/api/v1/cases/{case['id']}/approve", json=body)
                            self.approved += answer.status_code == httpx.codes.OK

        person = threading.Thread(target=approve, daemon=True)
        person.start()
        try:
            yield
        finally:
            over.set()
            person.join()


_LONG = timedelta(hours=12)


def table(suffered: Sequence[Suffered]) -> list[str]:
    """The faults with how often they came and how soon all was well again, as a table in Markdown."""
    lines = ["| fault | times | recovery, median | longest |", "|---|---|---|---|"]
    for fault in FAULTS:
        mine = [each.recovery for each in suffered if each.fault == fault]
        if mine:
            lines.append(f"| {fault} | {len(mine)} | {median(mine):.1f} s | {max(mine):.1f} s |")
    return lines
