"""What the middle of the house asks of the outside, as protocols. `runtime/wiring.py` picks who answers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from core.alert import Alert, BandPoint, Incident, Tally, TallyEntry
from core.case import Case, CaseState, Delivery, DeliveryState, Draft, Finding, Suggestion
from core.corrected_share import LabelCount
from core.error_rates import ReviewCount
from core.events import Event
from core.language import Language
from core.lease import Lease
from core.lengths import Length
from core.mention import Correction, Judgement, Mention, ScoredMention, Stage, StoredMention


class Clock(Protocol):
    """The only way to know or spend time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, for measuring how long something took."""
        ...

    def sleep(self, seconds: float) -> None:
        """Do nothing for so long. A fake clock moves on at once."""
        ...


# --- the bus -----------------------------------------------------------------------------------------------------


class Message(Struct, frozen=True):
    """What is put on the bus: messages of one key keep their order.

    `trace` says where the message belongs in a trace: a W3C ``traceparent``, or empty. It is no part of the message: a
    bus may drop it, as the embedded one does.
    """

    topic: str
    key: str
    value: bytes
    trace: str = ""


class Received(Struct, frozen=True):
    """What comes off the bus: a message, where it stood and when it was published (UTC); `trace` as in `Message`."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    published_at: datetime
    trace: str = ""


class Consumer(Protocol):
    """A member of a consumer group. Members of one group share the partitions, and so the keys, among them.

    A member gives signs of life for as long as it polls or works on what it polled; one that gives none for the time
    of its lease loses its partitions to the others. Polling is also where a member gives up what others shall have.
    """

    def poll(self, limit: int, timeout: float) -> Sequence[Received]:
        """Up to `limit` messages not yet given out to this member, waiting at most `timeout` seconds for the first.

        Messages of one key come in the order of their publication. A backlog comes nearly so across all keys, and no
        partition waits for another to be empty.

        Raises:
            StorageError: the bus can't be read; what is not committed is given out again. Close the member and join
                anew.
        """
        ...

    def commit(self, received: Sequence[Received]) -> None:
        """These and all earlier ones of their partitions are done: nobody in the group gets them again.

        Ignored for partitions that this member has lost meanwhile; it never takes back what was committed. While the
        partitions are being shared anew it may take effect with the next poll only. What is polled but not committed
        when a member dies or closes is given to another, or to the next one.

        Raises:
            StorageError: the bus can't be written; close the member and join anew.
        """
        ...

    def close(self) -> None:
        """Leave the group at once, so that the others take over without waiting."""
        ...


class Bus(Protocol):
    """Topics with at-least-once delivery."""

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        """Accept all of the messages durably before returning; those of one key in their order.

        Raises:
            BackPressureError: a group that reads the topic stayed too far behind for `timeout` seconds; none was
                accepted.
            StorageFullError: no room left.
            StorageError: some may have been accepted. Publish them all again; the ids of the events make it harmless.
        """
        ...

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """Join a group. A new group begins at the oldest message kept.

        Dead letters are looked at with `browse`: a consumer may also be given some that were removed.
        """
        ...

    def lag(self, group: str, topic: str) -> int:
        """Messages of a topic that the group has not committed yet."""
        ...

    def browse(self, topic: str, limit: int = 100, newest_first: bool = True) -> Sequence[Received]:
        """Look at messages without belonging to a group (dead letters, a person's curiosity)."""
        ...

    def remove(self, topic: str, received: Sequence[Received]) -> None:
        """Take single messages out of a dead-letter topic once they are replayed or dropped."""
        ...

    def expire(self, before: datetime) -> int:
        """Remove messages published before a moment that every group reading the topic has done; say how many.

        Dead letters stay until a person removes them.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


# --- the store ---------------------------------------------------------------------------------------------------


class MentionQuery(Struct, frozen=True, kw_only=True):
    """Which mentions are asked for. Empty strings mean any. Newest first; `cursor` comes from the page before."""

    brand: str = ""
    source: str = ""
    label: str = ""
    sensitive: bool = False
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""
    cursor: str = ""
    limit: int = 50


class MentionPage(Struct, frozen=True):
    """One page of mentions; `next` is the cursor of the following one, empty at the end."""

    items: tuple[StoredMention, ...]
    next: str


class CaseQuery(Struct, frozen=True, kw_only=True):
    """Which cases are asked for; `order` is ``deadline`` (gravest first, then the nearer golden target) or ``newest``.

    `states` empty means those that still need an answer (open and claimed). `limit_since` and `limit_until` are a
    range of their limits (end exclusive).
    """

    brand: str = ""
    states: tuple[CaseState, ...] = ()
    limit_since: datetime | None = None
    limit_until: datetime | None = None
    order: str = "deadline"
    cursor: str = ""
    limit: int = 50


class CasePage(Struct, frozen=True):
    """One page of cases; `next` is the cursor of the following one, empty at the end."""

    items: tuple[Case, ...]
    next: str


class IncidentPage(Struct, frozen=True):
    """One page of incidents, newest first; `next` is the cursor of the following one, empty at the end."""

    items: tuple[Incident, ...]
    next: str


class CorrectionPage(Struct, frozen=True):
    """One page of corrections, newest first; `next` is the cursor of the following one, empty at the end."""

    items: tuple[Correction, ...]
    next: str


class OutboxItem(Struct, frozen=True):
    """An event that was decided together with a change of the store and still has to reach the bus."""

    number: int
    message: Message


class Unit(Protocol):
    """One transaction: everything in it happens, or nothing. Every method can be repeated without harm."""

    # mentions
    def put_mentions(self, scored: Sequence[ScoredMention]) -> None:
        """Keep mentions with their scores; of one id the highest revision stays; an erased id stays erased.

        A label that a person gave to the same text stays (see `correct`).
        """
        ...

    def erase_mentions(self, ids: Sequence[str]) -> None:
        """Remove text and author for good, with cases, drafts and corrections; counts stay exact (see `tally`).

        It keeps out all other units until this one ends, so it comes first in a unit.
        """
        ...

    def mark(self, mentions: Sequence[str], stage: Stage, at: datetime) -> None:
        """Write a stage of the time budget, where it isn't written yet."""
        ...

    def correct(self, correction: Correction, revision: int) -> bool:
        """Give a mention the label that a person said, and keep what was said, in the place of what was said before.

        False, and no change, where the mention isn't there or is at another revision. The label stays until the text is
        edited: whatever else is delivered of the mention leaves it as it is.
        """
        ...

    def uncorrect(self, mention: str) -> bool:
        """Forget what a person said of a mention, and give it the model's label again; false where there is nothing."""
        ...

    # alerting
    def tally(self, brand: str, entries: Sequence[TallyEntry], gone: Sequence[str] = ()) -> Sequence[Tally]:
        """Count mentions, each once: give back the changes really made, none for a mention counted already.

        A mention whose entry differs from the one counted is moved; the ids in `gone` are taken out.
        """
        ...

    def claim_series(self, brand: str, version: int) -> bool:
        """Raise the version of a brand's counts from `version` by one; false where another worker was there first."""
        ...

    def put_band(self, brand: str, points: Sequence[BandPoint]) -> None:
        """Keep what the alarm saw and expected, a row for each brand and moment."""
        ...

    def put_incident(self, incident: Incident) -> None:
        """Keep or replace an incident."""
        ...

    def put_alert(self, alert: Alert) -> bool:
        """Keep an alert; false where it was there already."""
        ...

    def acknowledge(self, incident: str, by: str, at: datetime) -> bool:
        """Note who has an incident in hand; false where somebody had it already."""
        ...

    # responding
    def put_case(self, case: Case, drafts: Sequence[Draft]) -> bool:
        """Open a case with its drafts; false (and no change) where it exists."""
        ...

    def change_case(self, case: Case) -> bool:
        """Replace a case whose stored version is `case.version`, raising it by one; false where it has moved on."""
        ...

    def put_drafts(self, case: str, drafts: Sequence[Draft]) -> None:
        """Replace a case's drafts."""
        ...

    def put_delivery(self, delivery: Delivery) -> bool:
        """Keep an approved reply; false where it was there already."""
        ...

    def move_delivery(
        self,
        delivery: str,
        before: DeliveryState,
        after: DeliveryState,
        at: datetime,
        detail: str = "",
        *,
        would_be_sent: bool = False,
    ) -> bool:
        """Change a delivery's state if it is `before`; false where it isn't. This is how work is claimed.

        `would_be_sent` is written with it: true where the publisher only wrote to the outbox. A claim notes `at` as
        `claimed_at`.
        """
        ...

    # shared
    def save_cursor(self, name: str, value: str) -> None:
        """Remember where a source or a replay stands."""
        ...

    def emit(self, topic: str, key: str, event: Event, trace: str = "") -> None:
        """Put an event into the outbox; `core.relay.Relay` brings it to the bus after the commit, with its `trace`."""
        ...


class Store(Protocol):
    """The database. Reading needs no unit; writing happens in one."""

    def unit(self) -> AbstractContextManager[Unit]:
        """Begin a transaction; leaving the block commits it, an exception rolls it back."""
        ...

    def mention(self, id: str) -> StoredMention | None:  # noqa: A002
        """One mention."""
        ...

    def mentions(self, query: MentionQuery) -> MentionPage:
        """A page of mentions."""
        ...

    def mentions_by_id(self, ids: Sequence[str]) -> Mapping[str, StoredMention]:
        """Several mentions at once."""
        ...

    def brands(self) -> Sequence[str]:
        """Names of the brands that have mentions."""
        ...

    def label_counts(self, brand: str, since: datetime, until: datetime) -> Sequence[LabelCount]:
        """Mentions of a brand posted in a range (end exclusive) by language, label, and whether a person looked."""
        ...

    def corrections(self, brand: str = "", cursor: str = "", limit: int = 50) -> CorrectionPage:
        """What people said about labels and still holds: without corrections of texts that were edited later."""
        ...

    def review_counts(self, brand: str, since: datetime) -> Sequence[ReviewCount]:
        """How the labels that people looked at since a moment stood; `brand` empty: of all brands."""
        ...

    def series(self, brand: str, since: datetime) -> tuple[int, Sequence[Tally]]:
        """Version of a brand's counts and its minutes from `since` on, in order, without those that had no mention."""
        ...

    def band(self, brand: str, since: datetime, until: datetime) -> Sequence[BandPoint]:
        """What the alarm saw and expected, in order of time."""
        ...

    def incident(self, id: str) -> Incident | None:  # noqa: A002
        """One incident."""
        ...

    def incidents(self, brand: str = "", open_only: bool = False, cursor: str = "", limit: int = 50) -> IncidentPage:
        """Incidents, newest first."""
        ...

    def alerts(self, incident: str) -> Sequence[Alert]:
        """The alerts of an incident, in order of time."""
        ...

    def case(self, id: str) -> Case | None:  # noqa: A002
        """One case."""
        ...

    def cases(self, query: CaseQuery) -> CasePage:
        """A page of cases."""
        ...

    def case_counts(self, brand: str, now: datetime, soon: datetime) -> Mapping[str, int]:
        """Numbers for the status strip: ``open``, ``overdue`` (limit before `now`), ``soon`` (limit before `soon`)."""
        ...

    def first_responses(self, since: datetime) -> Mapping[str, int]:
        """How the first replies to cases opened since a moment stood to the clocks, in numbers.

        ``golden``: sent within both clocks; ``limit``: within the limit only; ``late``: after the limit.
        """
        ...

    def drafts(self, case: str) -> Sequence[Draft]:
        """The drafts of a case, best first."""
        ...

    def deliveries(self, case: str = "", states: Sequence[DeliveryState] = (), limit: int = 50) -> Sequence[Delivery]:
        """Approved replies, newest first."""
        ...

    def cursor(self, name: str) -> str:
        """Where a source or a replay stood; empty where it never began."""
        ...

    def outgoing(self, limit: int) -> AbstractContextManager[Sequence[OutboxItem]]:
        """Events that still have to reach the bus, oldest first: they are in the hands of this caller alone.

        Leaving the block removes them, an exception keeps them. Whoever comes meanwhile, from whichever process, waits
        and gets what is left. No transaction that holds rows is open in the block.
        """
        ...

    def waiting(self) -> int:
        """How many events still have to reach the bus, those in somebody's hands included."""
        ...

    def take_lease(self, name: str, holder: str, now: datetime, until: datetime, note: str = "") -> bool:
        """Take a name until a moment, or hold it for longer; false where somebody else holds it beyond `now`.

        A holder that stops renewing loses it at `until`: names of what may run once at a time, and of who is alive.
        """
        ...

    def drop_lease(self, name: str, holder: str) -> None:
        """Give a name back before its time; nothing happens where `holder` doesn't hold it."""
        ...

    def leases(self, prefix: str = "") -> Sequence[Lease]:
        """Leases whose names begin so, in order of their names, those that ran out included."""
        ...

    def erase_brand(self, brand: str) -> int:
        """Remove everything kept about a brand; say how many mentions it had."""
        ...

    def change_marks(self) -> Mapping[str, str]:
        """A value for each of ``mentions``, ``incidents``, ``cases``, ``deliveries`` that changes with any of them."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


# --- sources, classifier, channels, publishers ---------------------------------------------------------------------


class SourceItem(Struct, frozen=True):
    """What a source gives: mentions, and the cursor to go on from once they are accepted by the bus.

    `skipped` counts what was read and is about no brand, or repeats what came before. `total` is how many mentions,
    dead rows and skipped ones there are from the first item on, where the source knows.
    """

    mentions: tuple[Mention, ...]
    dead: tuple[tuple[str, str], ...]
    cursor: str
    skipped: int = 0
    total: int | None = None


class Source(Protocol):
    """Where mentions come from. A source is resumed with the cursor that stood on the last item accepted."""

    name: str

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on; `dead` are (raw text, reason) of what can't be read."""
        ...


class Classifier(Protocol):
    """Judges texts: sentiment, and more where it can."""

    name: str

    def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
        """What it makes of each text, in their order."""
        ...


class Channel(Protocol):
    """A way to reach a person inside the house."""

    name: str

    def deliver(self, alert: Alert, language: Language) -> None:
        """Tell of an alert.

        Raises:
            DeliveryError: it could not be told.
        """
        ...


class Publisher(Protocol):
    """A way to send an approved reply to a network."""

    name: str
    would_be_sent: bool

    def publish(self, delivery: Delivery) -> str:
        """Send; give back what the network said (an id or address).

        Raises:
            DeliveryError: it was surely not sent. Any other error leaves the outcome unclear.
        """
        ...


class ReplyAdvisor(Protocol):
    """Suggests replies and finds their faults; the api asks it without knowing who answers."""

    def suggest(self, channel: str, text: str, created_at: datetime, brand: str = "") -> Suggestion:
        """Drafts, grade and clocks for a text that was posted on a channel."""
        ...

    def redraft(self, stored: StoredMention, version: int) -> Sequence[Draft]:
        """Drafts for a mention by all that is known of it; `version`, that of its case, chooses the words."""
        ...

    def lint(self, channel: str, text: str, reply_to: str = "") -> Sequence[Finding]:
        """Faults of a reply, in the order of the text."""
        ...

    def length(self, channel: str) -> Length:
        """How long a reply may be on a channel, and in which unit that is counted."""
        ...
