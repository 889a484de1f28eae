"""The responding worker: scored mentions in, cases with clocks and drafts out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from core.brand import Brand
from core.case import UNANSWERED, Case, Grade
from core.drafted import Drafted, drafted, note_drafted
from core.errors import InputError, SixminuteError
from core.escalation import urgent_handling
from core.events import DRAFTS, MENTIONS_SCORED, RESPONDING, DraftsReady, MentionScored, decode, drafts_event
from core.identity import identity
from core.mention import ScoredMention, StoredMention
from core.ports.bus import Bus, Message, Received
from core.ports.clock import Clock
from core.ports.store import Store
from core.ports.unit import Unit
from core.relay import Relay
from core.service import dead_letter
from responding.advisor import Plan, Planner
from responding.grading import needs_answer
from responding.settings import RespondingSettings

_BATCH = 200


def case_id(mention: str) -> str:
    """The id of the case of a mention: there is never more than one."""
    return identity("case", mention)


class RespondingService:
    """Opens a case for each mention that needs an answer, with its drafts; follows edits.

    A case that is urgent, from the beginning or since an edit, is told to paging in the same transaction.

    Where a person has looked at a mention, that person's word decides whether it needs an answer: one that turns out to
    be negative opens a case then; a case that is open stays until a person closes it.

    An edit is followed once, while nobody has answered: it raises the case's version, so that nobody approves an answer
    to words that have changed, and makes the drafts anew unless a person saved one. A mention that was posted and has
    its case already was only delivered again, which changes nothing. A mention that isn't in the store any more was
    erased, with its case and what was to go out: nothing is made of it.

    History opens no case: where a mention is older than `settings.oldest` (24 hours) and its limit has passed, an
    answer would only remind people. The exception are urgent grades, up to `settings.oldest_urgent` (7 days): whoever
    reports a danger must be heard even when it was found late. A mention whose limit lies ahead is never too old (an
    e-mail from before a holiday).

    Args:
        bus: brings ``mentions.scored`` to the group ``responding``.
        store: keeps cases and drafts.
        clock: says when a case was opened and which mentions are too old.
        relay: brings ``drafts`` to the bus.
        settings: which mentions need an answer, by when, and how.
        brands: in which languages each of them answers.
    """

    name = RESPONDING

    def __init__(  # noqa: PLR0917 - the ports come first and in the same order in every service
        self,
        bus: Bus,
        store: Store,
        clock: Clock,
        relay: Relay,
        settings: RespondingSettings,
        brands: Sequence[Brand],
    ) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock
        self._relay = relay
        self._planner = Planner(settings, lambda: brands)
        self._settings = settings
        self._consumer = bus.consumer(RESPONDING, [MENTIONS_SCORED])

    def step(self, timeout: float) -> int:
        """Do one batch of scored mentions; see `core.service.Service`."""
        received = self._consumer.poll(_BATCH, timeout)
        if not received:
            self._relay.flush()
            return 0
        readable, dead = self._read(received)
        stored = self._store.mentions_by_id([event.mention_id for _, event in readable])
        # Drafts are written before the transaction begins: while it is open, every other stage waits.
        plans = self._plans(readable, stored, dead)
        now = self._clock.now()
        # In one order everywhere: a batch that another worker has as well is never waited for from both sides.
        in_order = sorted(readable, key=lambda one: one[1].mention_id)
        with self._store.unit() as unit:
            for message, event in in_order:
                planned = plans.get(event.id)
                if planned and (ready := self._handle(unit, event, planned, now)):
                    unit.emit(DRAFTS, ready.case, ready, message.trace)
        self._relay.flush()
        if dead:
            self._bus.publish(dead)
        self._consumer.commit(received)
        return len(received)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _read(self, received: Sequence[Received]) -> tuple[list[tuple[Received, MentionScored]], list[Message]]:
        readable: list[tuple[Received, MentionScored]] = []
        dead: list[Message] = []
        for message in received:
            try:
                readable.append((message, decode(message.value, MentionScored)))
            except SixminuteError as error:
                dead.append(dead_letter(message, str(error), self.name, self._clock))
        return readable, dead

    def _plans(
        self,
        readable: Sequence[tuple[Received, MentionScored]],
        stored: Mapping[str, StoredMention],
        dead: list[Message],
    ) -> "dict[str, _Planned]":
        """By event: grade, clocks and drafts of each mention that needs an answer, or that was edited."""
        plans: dict[str, _Planned] = {}
        for message, event in readable:
            kept = stored.get(event.mention_id)
            if event.kind == "deleted" or kept is None or kept.mention.revision > event.mention.revision:
                continue
            scored = _as_known(event, kept)
            needed = needs_answer(scored, self._settings, said=kept.correction)
            if not needed and event.kind != "edited":
                continue
            try:
                plan = self._planner.plan_of(scored, scored.mention.id, said=kept.correction)
            except (InputError, ValueError, OverflowError) as error:
                dead.append(dead_letter(message, f"no case could be made of it: {error}", self.name, self._clock))
            else:
                plans[event.id] = _Planned(scored, plan, needed)
        return plans

    def _handle(self, unit: Unit, event: MentionScored, planned: "_Planned", now: datetime) -> DraftsReady | None:
        scored, plan, needed = planned
        mention = scored.mention
        if needed and not self._too_old(plan, mention.created_at, now) and (ready := _open(unit, plan, scored, now)):
            return ready
        case = self._store.case(case_id(mention.id)) if event.kind == "edited" else None
        if case is not None and case.state in UNANSWERED:
            return self._edited(unit, case, plan, scored, now)
        return None

    def _too_old(self, plan: Plan, created_at: datetime, now: datetime) -> bool:
        urgent = plan.grade in self._settings.always_running_grades
        oldest = self._settings.oldest_urgent if urgent else self._settings.oldest
        return now - created_at > oldest and now > plan.windows.limit_at

    def _edited(self, unit: Unit, case: Case, plan: Plan, scored: ScoredMention, now: datetime) -> DraftsReady | None:
        before = drafted(self._store, case.id)
        if scored.mention.revision <= before.revision:
            return None
        changed = msgspec.structs.replace(
            case,
            language=plan.language,
            grade=plan.grade,
            why_grade=plan.why_grade,
            themes=scored.score.reading.themes,
            golden_at=plan.windows.golden_at,
            limit_at=plan.windows.limit_at,
            updated_at=now,
        )
        if not unit.change_case(changed):
            return None
        note_drafted(unit, case.id, msgspec.structs.replace(before, revision=scored.mention.revision))
        if plan.grade is Grade.URGENT and case.grade is not Grade.URGENT:
            unit.handle(urgent_handling(case.id, scored.mention.revision, now))
        if before.own:
            return None
        unit.put_drafts(case.id, plan.drafts)
        return drafts_event(msgspec.structs.replace(changed, version=case.version + 1), plan.drafts)


class _Planned(NamedTuple):
    """A mention, what is to be done about it, and whether it needs an answer."""

    scored: ScoredMention
    plan: Plan
    needed: bool


def _as_known(event: MentionScored, kept: StoredMention) -> ScoredMention:
    """The mention as its event has it; a correction tells of no text, which stands in the store."""
    if event.kind == "corrected":
        return ScoredMention(mention=kept.mention, score=kept.score)
    return ScoredMention(mention=event.mention, score=event.score)


def _open(unit: Unit, plan: Plan, scored: ScoredMention, now: datetime) -> DraftsReady | None:
    mention = scored.mention
    case = Case(
        id=case_id(mention.id),
        mention=mention.id,
        brand=mention.brand,
        channel=mention.source,
        language=plan.language,
        grade=plan.grade,
        why_grade=plan.why_grade,
        themes=scored.score.reading.themes,
        opened_at=now,
        golden_at=plan.windows.golden_at,
        limit_at=plan.windows.limit_at,
        updated_at=now,
    )
    if not unit.put_case(case, plan.drafts):
        return None
    note_drafted(unit, case.id, Drafted(revision=mention.revision))
    if case.grade is Grade.URGENT:
        unit.handle(urgent_handling(case.id, mention.revision, now))
    return drafts_event(case, plan.drafts)
