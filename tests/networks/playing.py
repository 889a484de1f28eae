"""What networks that play a steady stream of posts have in common, and the ten ways in which they go wrong."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta

from core.ports.clock import Clock
from ingest.settings import SourceSettings
from tests.networks.faults import Answer, Closed, Cut, Fault, Refuse, Stall, WrongJson
from tests.networks.server import NetworkServer

RESET = timedelta(seconds=60)
"""After so long the network will have us again, where it says so."""
LIMITED, CUT, REFUSED, STALL, HALF, WRONG, CLOSED = (
    "429 with a reset", "cut", "refused", "stall", "half a line", "wrong JSON", "closed in order",
)  # fmt: skip
FAULTS = (CUT, REFUSED, LIMITED, "429", "500", "503", STALL, HALF, WRONG, CLOSED)


class Played(ABC):
    """One network.

    `every` is the seconds of the clock between two posts, `table` how its source is configured, `where` the settings
    that say where it is. `path` is where its stream or its list is asked for, empty where there are several. `ids` are
    the network's own by the words that were posted. `deleted_after` are the seconds after which a source can know of a
    deletion: 0 where the network tells, more where it must be asked, None where it doesn't even answer that.
    """

    path = ""
    deleted_after: float | None = 0.0
    name: str
    every: float
    server: NetworkServer
    table: SourceSettings
    where: Mapping[str, str]

    def __init__(self, clock: Clock, every: float) -> None:
        self.clock = clock
        self.every = every
        self.ids: dict[str, str] = {}
        self._number = 0

    def next(self) -> int:
        """A number that no post here has had."""
        self._number += 1
        return self._number

    @abstractmethod
    def write(self, *texts: str) -> None:
        """Somebody posts these now; where there are several they are told in the wrong order."""

    @abstractmethod
    def again(self) -> None:
        """The latest post is told once more."""

    @abstractmethod
    def edit(self, text: str, words: str) -> None:
        """What was posted as `text` says something else now."""

    @abstractmethod
    def delete(self, text: str) -> None:
        """What was posted as `text` is deleted."""

    def refill(self) -> None:  # noqa: B027 - most have no limit that wears out
        """Begin a new window of the rate limit."""

    @abstractmethod
    def go_wrong(self, fault: str) -> None:
        """Put one of `FAULTS` on."""

    def mend(self) -> None:  # noqa: B027 - most faults end by themselves
        """Take a stall off."""

    @abstractmethod
    def is_ready(self, cursor: str) -> bool:
        """Whether the source has begun, by its cursor: what is posted from now on must come."""


class Streaming(Played):
    """A network that tells by itself."""

    half: str
    wrong: str

    def go_wrong(self, fault: str) -> None:
        """Put one of `FAULTS` on."""
        if fault == STALL:
            self.mute(True)
        elif fault == WRONG:
            self.tell(self.wrong)
        elif fault == CLOSED:
            self.end()
        else:
            if fault == HALF:
                self.tell(self.half)
            elif fault != CUT:
                self.server.fail(self.refusal(fault), path=self.path)
            self.server.cut_all()

    def mend(self) -> None:
        """Take a stall off: what hung is broken, and what was said into it is lost."""
        self.server.cut_all()
        self.mute(False)

    def refusal(self, fault: str) -> Fault:
        """What a new stream is answered."""
        if fault == REFUSED:
            return Refuse()
        return self.limited() if fault == LIMITED else Answer(int(fault))

    @abstractmethod
    def limited(self) -> Answer:
        """429, and when it ends."""

    @abstractmethod
    def tell(self, words: str) -> None:
        """These words come as they are."""

    @abstractmethod
    def end(self) -> None:
        """End the stream in order."""

    @abstractmethod
    def mute(self, yes: bool) -> None:
        """Say nothing any more, or speak again."""


class Polled(Played):
    """A network that is asked."""

    def go_wrong(self, fault: str) -> None:
        """Put one of `FAULTS` on the next requests."""
        self.server.fail(*self.faults()[fault])

    def faults(self) -> dict[str, Sequence[Fault]]:
        """What each fault is here."""
        return {
            CUT: [Cut(10)],
            REFUSED: [Refuse()],
            LIMITED: [Answer(429, headers={"retry-after": str(int(RESET.total_seconds()))})],
            "429": [Answer(429)],
            "500": [Answer(500)],
            "503": [Answer(503)],
            STALL: [Stall()],
            HALF: [Cut(200)],
            WRONG: [WrongJson()],
            CLOSED: [Closed()],
        }
