"""The store: everything that can be read, the events on their way to the bus, and leases."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from core.alert import Alert, BandPoint, Incident, Peak, Tally
from core.case import Case, Delivery, DeliveryState, Draft
from core.corrected_share import LabelCount
from core.error_rates import ReviewCount
from core.escalation import Escalation, Handling
from core.lease import Lease
from core.mention import Mention, StoredMention
from core.paging import Attempt
from core.policies import PolicyChange
from core.ports.bus import Message
from core.ports.queries import CasePage, CaseQuery, CorrectionPage, IncidentPage, MentionPage, MentionQuery
from core.ports.unit import Unit
from core.quiet import Silence, SilenceChange
from core.sight import SourceGap, SourceState
from core.spend import Count, Noted


class OutboxItem(Struct, frozen=True):
    """An event that was decided together with a change of the store and still has to reach the bus."""

    number: int
    message: Message


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

    def mentions_in_posts(self, source: str, posts: Sequence[str], authors: Sequence[str]) -> Sequence[Mention]:
        """The mentions in posts of a network, named by their `network_id`, and in all posts of some authors."""
        ...

    def recent_posts(self, source: str, since: datetime, limit: int, after: str = "") -> Sequence[str]:
        """The `network_id`s of posts of a network that live mentions posted since a moment stand in.

        Each once, `limit` at most, in an order of the database's own; `after` is the last one of the page before,
        whether it is still there or not. A page with fewer than `limit` is the last one.
        """
        ...

    def brands(self) -> Sequence[str]:
        """Names of the brands that have mentions."""
        ...

    def label_counts(self, brand: str, since: datetime, until: datetime, segment: str = "") -> Sequence[LabelCount]:
        """Mentions of a brand, or of a theme or source of it, posted in a range (end exclusive).

        They are counted by language, label, and what reviewed ones had been.
        """
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

    def segments(self, brand: str, since: datetime, segment: str = "") -> Sequence[Tally]:
        """The minutes of a brand's themes and sources from `since` on, or those of one of them, in order."""
        ...

    def band(self, brand: str, since: datetime, until: datetime, segment: str = "") -> Sequence[BandPoint]:
        """What the alarm saw and expected of a brand, or of a part of it, in order of time.

        Of a part there are only points around incidents that are about it.
        """
        ...

    def peaks(self, brand: str, since: int) -> Sequence[Peak]:
        """How surprising the half-days of a brand and its segments were, from the half-day `since` (since 1970) on."""
        ...

    def incident(self, id: str) -> Incident | None:  # noqa: A002
        """One incident."""
        ...

    def incidents(self, brand: str = "", open_only: bool = False, cursor: str = "", limit: int = 50) -> IncidentPage:
        """Incidents, newest first."""
        ...

    def latest_incidents(self, brand: str) -> Sequence[Incident]:
        """The latest incident about a brand as a whole, and about each segment of it that had one."""
        ...

    def alerts(self, incident: str) -> Sequence[Alert]:
        """The alerts of an incident, in order of time."""
        ...

    def silences(self, now: datetime | None = None) -> Sequence[Silence]:
        """Silences that hold at a moment, or the latest two hundred of all; the newest first."""
        ...

    def silence(self, id: str) -> Silence | None:  # noqa: A002
        """One silence."""
        ...

    def silence_changes(self, silence: str) -> Sequence[SilenceChange]:
        """Who changed a silence, in order of time."""
        ...

    def source_states(self) -> Sequence[SourceState]:
        """How every source stands that was ever run, in order of their names."""
        ...

    def source_gaps(self, since: datetime, until: datetime) -> Sequence[SourceGap]:
        """The gaps that touch a range, in order of time."""
        ...

    def spend(self, since: datetime) -> Sequence[Count]:
        """What networks billed on each day from a moment on, in order of time."""
        ...

    def budget_states(self) -> Sequence[Noted]:
        """The state of each network's budget that was noted last, in order of the networks."""
        ...

    def case(self, id: str) -> Case | None:  # noqa: A002
        """One case."""
        ...

    def cases(self, query: CaseQuery) -> CasePage:
        """A page of cases."""
        ...

    def case_counts(self, brand: str, now: datetime, soon: datetime) -> Mapping[str, int]:
        """Numbers for the status strip, of cases that still need an answer.

        ``open``: all; ``overdue``: limit before `now`; ``soon``: limit before `soon`, not overdue; ``urgent``: of the
        gravest grade.
        """
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

    def escalation(self, incident: str) -> Escalation | None:
        """Where paging stands over an incident or a test; None where it never began."""
        ...

    def escalations_by_id(self, incidents: Sequence[str]) -> Mapping[str, Escalation]:
        """Where paging stands over several; those over which it never began are left out."""
        ...

    def due_escalations(self, now: datetime, limit: int) -> Sequence[Escalation]:
        """Those about which something is to be done by now, the longest waiting first."""
        ...

    def attempts(self, incident: str) -> Sequence[Attempt]:
        """Whom it was tried to tell of an incident or test, and over what, in order of time."""
        ...

    def failing_channels(self, since: datetime) -> Sequence[Attempt]:
        """The last try over each channel since a moment, where the channel didn't take it; in order of their names."""
        ...

    def handlings(self, incident: str) -> Sequence[Handling]:
        """What people did about an incident or test, in order."""
        ...

    def waiting_handlings(self, limit: int) -> Sequence[Handling]:
        """What people did and paging has not taken note of yet, in order."""
        ...

    def policies(self) -> Sequence[PolicyChange]:
        """The last change of the policy of each name, in order of their names."""
        ...

    def policy_changes(self, name: str) -> Sequence[PolicyChange]:
        """Every change of the policy of a name, the latest first."""
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
