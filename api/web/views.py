"""What the pages show beside the alarm: functions from the store and the moment to frozen views. Times are UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from api.parts import LOADING, NO_WORKER, STARTING, Parts
from api.web.alarms import going_on
from api.web.clocks import CaseClock, case_clock
from api.web.paged import CasePagedView, case_paged_view
from core.alert import Incident
from core.case import UNANSWERED, Case, Delivery, DeliveryState, Draft, Finding, Grade
from core.lengths import measure
from core.mention import StoredMention
from core.ports.advisor import ReplyAdvisor
from core.ports.queries import CaseQuery, MentionPage, MentionQuery
from core.ports.store import Store

SOON = timedelta(minutes=10)
SHOWN = ("soon", "overdue", "urgent")
"""Parts of the queue that can be shown alone, as `Status` counts them."""

_OLD = timedelta(minutes=30)
_RECENT = 200
_QUEUE = 60


@dataclass(frozen=True)
class SourceSeen:
    """A network and the moment at which its latest mention reached us; `old` is half an hour and more."""

    name: str
    seen_at: datetime
    old: bool


@dataclass(frozen=True)
class Status:
    """The strip at the top. `incident` is the gravest open one.

    `starting` are components that aren't ready yet; `missing` are stages that nobody runs, `troubles` components that
    failed, both with a sentence of the program.
    """

    incident: Incident | None
    incidents: int
    open: int
    soon: int
    overdue: int
    urgent: int
    sources: tuple[SourceSeen, ...]
    starting: tuple[str, ...]
    missing: Mapping[str, str]
    troubles: Mapping[str, str]

    @property
    def verdict(self) -> str:
        """What is said in one glance where no incident is open; "calm" only where nothing waits that should not."""
        said = {
            "starting": "model" in self.starting,
            "urgent": self.urgent,
            "overdue": self.overdue,
            "troubled": self.missing or self.troubles,
        }
        return next((name for name, holds in said.items() if holds), "calm")


@dataclass(frozen=True)
class QueueItem:
    """A case in the queue."""

    case: Case
    stored: StoredMention
    clock: CaseClock


@dataclass(frozen=True)
class Segment:
    """A piece of a reply; `findings` are the numbers (from 1) of those that underline it."""

    text: str
    findings: tuple[int, ...]
    severity: str


@dataclass(frozen=True)
class DraftView:
    """A draft with its findings in the text, its length and the most that its network accepts, as the network counts.

    `sendable` is false where a fault must be mended first.
    """

    draft: Draft
    segments: tuple[Segment, ...]
    length: int
    limit: int
    sendable: bool


@dataclass(frozen=True)
class Step:
    """A stage of the time budget: when it was reached and how long it took since the one before."""

    name: str
    at: datetime
    took: timedelta | None


@dataclass(frozen=True)
class CaseView:
    """A case with everything needed to answer it."""

    case: Case
    stored: StoredMention
    clock: CaseClock
    drafts: tuple[DraftView, ...]
    deliveries: tuple[Delivery, ...]
    steps: tuple[Step, ...]
    link: str
    open: bool
    waiting: bool
    paged: CasePagedView | None


def status(store: Store, brand: str, health: Mapping[str, str], now: datetime) -> Status:
    """The strip for one brand, or for all where `brand` is empty."""
    open_incidents = going_on(store, store.incidents(brand, open_only=True, limit=_RECENT).items)
    counts = store.case_counts(brand, now, now + SOON)
    seen: dict[str, datetime] = {}
    for item in store.mentions(MentionQuery(brand=brand, limit=_RECENT)).items:
        at = item.mention.ingested_at
        seen[item.mention.source] = max(at, seen.get(item.mention.source, at))
    latest_first = sorted(seen.items(), key=lambda pair: pair[1], reverse=True)
    return Status(
        incident=max(open_incidents, key=_gravity, default=None),
        incidents=len(open_incidents),
        open=counts.get("open", 0),
        soon=counts.get("soon", 0),
        overdue=counts.get("overdue", 0),
        urgent=counts.get("urgent", 0),
        sources=tuple(SourceSeen(name, at, now - at > _OLD) for name, at in latest_first),
        starting=tuple(name for name, words in health.items() if words in (STARTING, LOADING)),
        missing={name: words for name, words in health.items() if _nobody_runs(name, words)},
        troubles={
            name: words
            for name, words in health.items()
            if words not in ("ok", STARTING, LOADING) and not _nobody_runs(name, words)
        },
    )


def _gravity(incident: Incident) -> tuple[bool, int, datetime]:
    """First those about a brand: that a source is blind is said on every page anyway."""
    return bool(incident.brand), incident.level, incident.updated_at


def _nobody_runs(name: str, words: str) -> bool:
    return words.startswith(NO_WORKER.format(stage=name))


def queue(store: Store, brand: str, now: datetime, show: str = "") -> tuple[QueueItem, ...]:
    """The first cases that still need an answer, gravest and nearest first; `show` is one of `SHOWN` or empty."""
    since, until = {"soon": (now, now + SOON), "overdue": (None, now)}.get(show, (None, None))
    grade = Grade.URGENT if show == "urgent" else None
    cases = store.cases(CaseQuery(brand=brand, grade=grade, limit_since=since, limit_until=until, limit=_QUEUE)).items
    mentions = store.mentions_by_id([case.mention for case in cases])
    return tuple(
        QueueItem(case, mentions[case.mention], case_clock(case, mentions[case.mention].mention.created_at, now))
        for case in cases
        if case.mention in mentions
    )


def mark_seen(store: Store, case_id: str, now: datetime) -> None:
    """Note that a person looks at a case. Nothing is written where that is known, or where the case isn't there."""
    case = store.case(case_id)
    stored = store.mention(case.mention) if case else None
    if stored and stored.budget.seen is None:
        with store.unit() as unit:
            unit.mark([stored.mention.id], "seen", now)


def case_view(parts: Parts, case_id: str, now: datetime) -> CaseView | None:
    """One case; None where it or its mention isn't there."""
    store, advisor = parts.store, parts.advisor
    case = store.case(case_id)
    stored = store.mention(case.mention) if case else None
    if case is None or stored is None:
        return None
    deliveries = tuple(store.deliveries(case=case_id))
    return CaseView(
        case=case,
        stored=stored,
        clock=case_clock(case, stored.mention.created_at, now),
        drafts=tuple(draft_view(advisor, case.channel, draft) for draft in store.drafts(case_id)),
        deliveries=deliveries,
        steps=steps(stored),
        link=safe_link(stored.mention.url),
        open=case.state in UNANSWERED,
        waiting=any(delivery.state is DeliveryState.WAITING for delivery in deliveries),
        paged=case_paged_view(parts, case),
    )


def with_typed(advisor: ReplyAdvisor, view: CaseView, text: str, approach: str) -> CaseView:
    """The case with what somebody typed in the place of the draft that they began with."""
    mine = typed_view(advisor, view, text, approach)
    return replace(view, drafts=tuple(mine if each.draft.approach == approach else each for each in view.drafts))


def typed_view(advisor: ReplyAdvisor, view: CaseView, text: str, approach: str) -> DraftView:
    """What somebody typed as a reply to a case, with what is found in it."""
    findings = advisor.lint(view.case.channel, text, view.stored.mention.text)
    draft = Draft(text=text, approach=approach, language=view.case.language, findings=tuple(findings))
    return draft_view(advisor, view.case.channel, draft)


def draft_view(advisor: ReplyAdvisor, channel: str, draft: Draft) -> DraftView:
    """A draft as its card shows it."""
    accepted = advisor.length(channel)
    return DraftView(
        draft=draft,
        segments=segments(draft.text, draft.findings),
        length=measure(draft.text, accepted),
        limit=accepted.limit,
        sendable=bool(draft.text.strip()) and all(finding.severity != "fail" for finding in draft.findings),
    )


def segments(text: str, findings: Sequence[Finding]) -> tuple[Segment, ...]:
    """Cut a text where findings begin and end, so that each piece knows the findings over it; the pieces join to it."""
    edges = {0, len(text)}
    for finding in findings:
        if finding.start < finding.end:
            edges |= {min(finding.start, len(text)), min(finding.end, len(text))}
    cuts = sorted(edges)
    pieces = []
    for start, end in pairwise(cuts):
        over = [(at, f) for at, f in enumerate(findings, 1) if f.start <= start and end <= f.end]
        severity = min((f.severity for _, f in over), key=("fail", "warning", "hint").index, default="")
        pieces.append(Segment(text[start:end], tuple(at for at, _ in over), severity))
    return tuple(pieces)


def steps(stored: StoredMention) -> tuple[Step, ...]:
    """The time budget in the order in which the stages were reached."""
    budget = stored.budget
    reached = [
        (name, at)
        for name in ("posted", "ingested", "scored", "alerted", "seen", "approved", "sent")
        if (at := getattr(budget, name)) is not None
    ]
    reached.sort(key=lambda pair: pair[1])
    before = [None, *(at for _, at in reached)]
    return tuple(
        Step(name, at, at - earlier if earlier else None) for (name, at), earlier in zip(reached, before, strict=False)
    )


def safe_link(url: str) -> str:
    """The address if it is one of the web, else nothing: a network's text never becomes a ``javascript:`` link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def mention_page(store: Store, query: MentionQuery) -> tuple[MentionPage, Mapping[str, str]]:
    """A page of mentions, and a link for each that has a safe one.

    Raises:
        InputError: the cursor can't be read.
    """
    page = store.mentions(query)
    return page, {item.mention.id: safe_link(item.mention.url) for item in page.items}
