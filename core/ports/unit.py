"""A transaction of the store: everything that can be written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.alert import Alert, BandPoint, Incident, Peak, Tally, TallyEntry
from core.case import Case, Delivery, DeliveryState, Draft
from core.escalation import Escalation, Handling
from core.events import Event
from core.mention import Correction, ScoredMention, Stage
from core.paging import Attempt
from core.policies import PolicyChange
from core.ports.source import Read
from core.quiet import Silence
from core.sight import SourceGap, SourceState
from core.spend import Noted


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
        """Give a mention the model's label again, and forget what a person had said of the text that stands there.

        False, and no change, where nobody has: what was said of an earlier text is kept.
        """
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
        """Keep what the alarm saw and expected, a row for each brand, segment and moment."""
        ...

    def put_peaks(self, rows: Sequence[Peak]) -> None:
        """Keep how surprising half-days were, or replace that."""
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

    # paging
    def keep_escalation(self, state: Escalation) -> bool:
        """Replace a state whose stored version is `state.version`, raising it by one; false where it has moved on.

        Whoever succeeds has claimed what is to be done with it: so two workers never send the same page.
        """
        ...

    def note_attempt(self, attempt: Attempt) -> bool:
        """Keep a try to tell somebody; false where it was there already."""
        ...

    def note_answer(self, incident: str, person: str, channel: str, at: datetime) -> bool:
        """Note that somebody acknowledged what a channel took; false where nothing of it waits for that."""
        ...

    def handle(self, handling: Handling) -> bool:
        """Keep what a person did, for paging to take note of; false where it was there already."""
        ...

    def finish_handling(self, handling: str) -> bool:
        """Paging has taken note of it; false where it had already."""
        ...

    def pass_on(self, incident: str, before: str, after: str, at: datetime) -> bool:
        """Note that another has an incident in hand, or nobody (empty); false where `before` doesn't have it."""
        ...

    def change_policy(self, change: PolicyChange) -> bool:
        """Keep a change of a policy; false where it isn't the one after the last: somebody else was there first."""
        ...

    # quiet
    def put_silence(self, silence: Silence) -> bool:
        """Keep a silence, and who made it; false where it was there already."""
        ...

    def extend_silence(self, silence: str, until: datetime, by: str, at: datetime) -> bool:
        """Give a silence another end, and note who did; false where there is none, or where it has ended."""
        ...

    def end_silence(self, silence: str, by: str, at: datetime) -> bool:
        """End a silence, and note who did; false where there is none, or where it has ended."""
        ...

    # sources
    def put_source_state(self, state: SourceState) -> None:
        """Keep or replace how a source stands."""
        ...

    def put_source_gap(self, gap: SourceGap) -> None:
        """Keep a gap; one of the same source that began in the same moment is replaced."""
        ...

    def bill(self, network: str, reads: Sequence[Read], at: datetime) -> int:
        """Count what a network bills, each resource once per UTC day; say how many were new on that day.

        The ids of a day are known until the end of the next one: what is told of it later is counted again.
        """
        ...

    def note_budget(self, noted: Noted) -> bool:
        """Keep the state of a budget; false, and no change, where nothing is to be told of it.

        That is where it is in that state already: well since ever, or ill since a moment of the same month.
        """
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

    def begin_cursor(self, name: str, value: str) -> bool:
        """Remember a value under a name where there is none yet; false where there is: that one stays."""
        ...

    def emit(self, topic: str, key: str, event: Event, trace: str = "") -> None:
        """Put an event into the outbox; `core.relay.Relay` brings it to the bus after the commit, with its `trace`."""
        ...
