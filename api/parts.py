"""What the web application is given to work with; `runtime/wiring/web.py` fills it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from core.alert import Incident
from core.brand import Brand
from core.errors import InputError
from core.model_error import KnownError
from core.ports.advisor import ReplyAdvisor
from core.ports.clock import Clock
from core.ports.intake import Intake
from core.ports.policies import PolicyDesk
from core.ports.store import Store
from core.preview import Preview, Previewing
from core.quiet import Planned, Quiet
from core.relay import Relay
from core.spend import Budgets, Prices

STARTING = "Starting."
LOADING = "Loading the language model; this takes some seconds."
"""What `Parts.health` says of a component that isn't ready yet; the pages say it in the reader's words."""

NO_WORKER = "No {stage} worker"
"""How `Parts.health` begins where nobody runs a stage; the pages say it in the reader's words."""

DemonstrationState = Literal["absent", "running", "finished", "stopped"]


class Demonstration(Protocol):
    """The built-in demonstration, as the page sees it."""

    brand: str
    offered: bool
    """Whether this program can start it."""

    def state(self) -> DemonstrationState:
        """``absent``: there is none (never started, or erased)."""
        ...

    def start(self) -> None:
        """Erase what an earlier run left and begin anew."""
        ...

    def stop(self) -> None:
        """No more mentions arrive; what is there stays."""
        ...

    def erase(self) -> None:
        """Stop, and remove everything of the demonstration."""
        ...


@dataclass(frozen=True)
class ConfiguredSource:
    """A `[[sources]]` table: the network that it listens to, and whether that brings what is written now."""

    name: str
    network: str
    live: bool = True


@dataclass(frozen=True)
class OnDuty:
    """Who is on duty in a rotation, and when that may change (UTC)."""

    rotation: str
    person: str
    until: datetime


@dataclass(frozen=True)
class Webhooks:
    """What webhooks need: who takes in what comes, and the secrets of those that are on.

    `keys` are ours (see `core.signatures.keys_of`). Without a secret a webhook is off.
    """

    intake: Intake
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    meta_app_secret: str = field(default="", repr=False)
    meta_verify_token: str = field(default="", repr=False)
    line_channel_secret: str = field(default="", repr=False)


def _nobody_on_duty(_now: datetime) -> Sequence[OnDuty]:
    return ()


def no_preview(brand: str, changes: Mapping[str, str], days: int, now: datetime) -> Preview:  # noqa: ARG001
    """What a part without rules of the alarm says.

    Raises:
        InputError: always.
    """
    raise InputError("Nothing can be tried here: this part knows no rules of the alarm.")


@dataclass(frozen=True)
class Parts:
    """Everything that routes and pages may use.

    `health` names each component (``bus``, ``store``, ``model``, ``ingest`` …) with ``ok`` or one sentence that says
    what is the matter or under way. `ready` names those without which this process can't answer: it is ready when all
    are ``ok``. `alive` is empty, or a sentence where something hangs that only a restart mends. `undo_seconds` is how
    long an approved reply waits for a change of mind. `window_minutes` is the trailing window that the alarm counts
    in. `user` is who acts when the page wasn't told a name. `hosts` are the Host headers that are answered (names
    without port), against DNS rebinding. `metrics` renders the Prometheus text format. `known_error` is what is known
    of the model's error, and `review_days` how far back its error is counted where people looked. `webhooks` are those
    that are on. `quiet` says by what nobody is told of an incident at a moment, `maintenance` how the planned windows
    stand, and `preview` what other settings of the alarm would have done; `present` are those it has, as they are
    written. `prices` and `budgets` are those of the networks that bill for reading. `sources` are those that are
    configured. `people` are those who can be paged, and `duty` says who of them is on duty at a moment; at `policies`
    one looks at who comes after whom, and changes it.
    """

    store: Store
    clock: Clock
    advisor: ReplyAdvisor
    relay: Relay
    brands: Callable[[], Sequence[Brand]]
    health: Callable[[], Mapping[str, str]]
    ready: Callable[[], Mapping[str, str]]
    alive: Callable[[], str]
    metrics: Callable[[], bytes]
    demonstration: Demonstration
    undo_seconds: float
    window_minutes: int
    user: str
    hosts: tuple[str, ...]
    version: str
    webhooks: Webhooks
    policies: PolicyDesk
    known_error: KnownError = field(default_factory=dict)
    review_days: float = 90.0
    prices: Prices = field(default_factory=Prices)
    budgets: Budgets = field(default_factory=Budgets)
    sources: tuple[ConfiguredSource, ...] = ()
    people: tuple[str, ...] = ()
    duty: Callable[[datetime], Sequence[OnDuty]] = _nobody_on_duty
    quiet: Callable[[Incident, datetime], Quiet | None] = lambda _incident, _now: None
    maintenance: Callable[[datetime], Sequence[Planned]] = lambda _now: ()
    preview: Previewing = no_preview
    present: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))
