"""The demonstration as a person controls it: start, stop, erase; its state outlives the process."""

import threading
from typing import cast

from api.parts import STARTING, DemonstrationState
from core.errors import ConflictError
from ingest.poller import Poller
from ingest.sources.demonstration import DEMONSTRATION_BRAND, Demonstration
from runtime.erasing import erase_brand
from runtime.supervisor import Job, Running, Supervisor
from runtime.wiring.house import House

JOB = "demonstration"
_STATE = "demonstration:state"
_CURSOR = "demonstration"


class DemonstrationRunner:
    """Plays the demonstration into the same pipeline that real mentions take."""

    brand = DEMONSTRATION_BRAND.name
    offered = True

    def __init__(self, house: House, supervisor: Supervisor) -> None:
        self._house = house
        self._supervisor = supervisor
        self._running: Running | None = None
        self._poller: Poller | None = None
        self._one_at_a_time = threading.Lock()

    def state(self) -> DemonstrationState:
        """See `api.parts.Demonstration`."""
        poller = self._poller
        if poller and poller.finished:
            return "finished"
        state = cast("DemonstrationState", self._house.store.cursor(_STATE) or "absent")
        # One that an earlier run of the program left running isn't gone on with unless that is asked for.
        return "stopped" if state == "running" and poller is None else state

    def begin(self) -> None:
        """For a start of the program with the demonstration: go on with a running one, leave a stopped one alone.

        One that finished in an earlier run begins anew, because its crisis is long over.
        """
        state = self._house.store.cursor(_STATE)
        if state == "running":
            with self._one_at_a_time:
                self._play()
        elif state != "stopped":
            self.start()

    def start(self) -> None:
        """See `api.parts.Demonstration`."""
        with self._one_at_a_time:
            self._halt()
            erase_brand(self._house, self.brand)
            self._remember("running", forget_cursor=True)
            self._play()

    def stop(self) -> None:
        """See `api.parts.Demonstration`."""
        with self._one_at_a_time:
            self._halt()
            if self._house.store.cursor(_STATE):
                self._remember("stopped")

    def erase(self) -> None:
        """See `api.parts.Demonstration`."""
        with self._one_at_a_time:
            self._halt()
            erase_brand(self._house, self.brand)
            self._remember("absent", forget_cursor=True)

    def finish(self) -> None:
        """Note at the end of the program that a demonstration has run its course."""
        if self.state() == "finished":
            self._remember("finished")

    def _play(self) -> None:
        house = self._house
        self._poller = Poller(Demonstration(house.clock), house.bus, house.store, house.clock, cursor=_CURSOR)
        poller = self._poller
        self._running = self._supervisor.start(Job(JOB, lambda: poller, STARTING))

    def _halt(self) -> None:
        if self._running:
            self._running.stop()
        self._running = None
        self._poller = None

    def _remember(self, state: str, *, forget_cursor: bool = False) -> None:
        with self._house.store.unit() as unit:
            unit.save_cursor(_STATE, "" if state == "absent" else state)
            if forget_cursor:
                unit.save_cursor(_CURSOR, "")


class DemonstrationElsewhere:
    """Stands for the demonstration where stages run as processes of their own: there it is a source like others."""

    brand = DEMONSTRATION_BRAND.name
    offered = False

    def state(self) -> DemonstrationState:
        """None is controlled from here."""
        return "absent"

    def start(self) -> None:
        """Not from here.

        Raises:
            ConflictError: always; it says where instead.
        """
        raise ConflictError(
            "The demonstration plays in `sixminute up`, or as a source of an ingest worker: "
            '[[sources]] with kind = "demonstration".'
        )

    stop = erase = start
