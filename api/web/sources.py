"""What the page of the sources shows: how each stands, what it has missed, what it costs. Times are UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from api.gaps import blind_now, gaps
from api.parts import LOADING, STARTING, ConfiguredSource, Parts, Webhooks
from api.web.chart import Stretch, stretches
from core.alert import Incident
from core.ports.queries import MentionQuery
from core.ports.store import Store
from core.sight import BLIND, SourceGap, SourceState
from core.spend import Spend
from core.spending import spends_in

DAY, WEEK = timedelta(days=1), timedelta(days=7)

BAR = 1000.0
"""How wide the bar of a day is, in the drawing's own units; the page stretches it."""

_LATEST = 50
_MOST_GAPS = 100

Standing = Literal["works", "sees", "waiting", "stumbles", "quiet", "blind"]


@dataclass(frozen=True)
class SourceView:
    """A configured source.

    `standing` is ``sees``, ``waiting`` (for its first sign of life), ``stumbles`` (something went wrong, `reason` says
    what, and it tries again), or that of its open `incident`: ``quiet`` or ``blind``. One that isn't `live`, such as a
    folder, only ``works`` or ``stumbles``. `delay` is what usually passes
    from writing until the mention is here: the median of the network's latest; None without any. `bar` are the gaps of
    the last day, `began` is where on it watching began, and `blind_for` how long they were together.
    """

    name: str
    network: str
    live: bool
    standing: Standing
    state: SourceState | None
    incident: Incident | None
    reason: str
    delay: timedelta | None
    bar: tuple[Stretch, ...]
    began: float
    blind_for: timedelta

    @property
    def every(self) -> timedelta:
        """How long it usually takes from one sign of life to the next."""
        return timedelta(seconds=self.state.gap if self.state else 0.0)


@dataclass(frozen=True)
class SourcesView:
    """All configured sources, the gaps of the last week (latest first), and what networks bill for, `at` a moment.

    A gap that still lasts ends then. `webhooks` are those that are on: ``mentions``, ``meta``, ``line``.
    """

    at: datetime
    sources: tuple[SourceView, ...]
    gaps: tuple[SourceGap, ...]
    spends: tuple[Spend, ...]
    webhooks: tuple[str, ...]

    @property
    def live(self) -> tuple[SourceView, ...]:
        """Those that bring what is written now."""
        return tuple(source for source in self.sources if source.live)

    @property
    def blind(self) -> tuple[SourceView, ...]:
        """Those that don't see."""
        return tuple(source for source in self.sources if source.standing == "blind")


def sources_view(parts: Parts, now: datetime) -> SourcesView:
    """How the sources stand at a moment."""
    store = parts.store
    states = {state.name: state for state in store.source_states()}
    incidents = {incident.source: incident for incident in blind_now(store)}
    missed = gaps(store, now - WEEK, now, now)
    health = parts.health()
    return SourcesView(
        at=now,
        sources=tuple(
            _view(store, one, states.get(one.name), incidents.get(one.name), health, missed, now)
            for one in parts.sources
        ),
        gaps=tuple(reversed(missed))[:_MOST_GAPS],
        spends=tuple(spends_in(store, parts.prices, parts.budgets, now)),
        webhooks=_on(parts.webhooks),
    )


def _view(  # noqa: PLR0917 - what is known of a source
    store: Store,
    one: ConfiguredSource,
    state: SourceState | None,
    incident: Incident | None,
    health: Mapping[str, str],
    missed: Sequence[SourceGap],
    now: datetime,
) -> SourceView:
    since = now - DAY
    today = [gap for gap in missed if gap.source == one.name and since < gap.until]
    said = health.get(f"source:{one.name}", "ok")
    reason = (state.reason if state else "") or ("" if said in ("ok", STARTING, LOADING) else said)
    return SourceView(
        name=one.name,
        network=one.network,
        live=one.live,
        standing=_standing(state, incident, reason) if one.live else "stumbles" if reason else "works",
        state=state,
        incident=incident,
        reason=reason,
        delay=_usual_delay(store, one.network) if one.live else None,
        bar=stretches(today, since, now, BAR),
        began=BAR * min(max((state.watched_since - since) / DAY, 0.0), 1.0) if state else BAR,
        blind_for=sum((gap.until - max(gap.since, since) for gap in today), timedelta()),
    )


def _on(webhooks: Webhooks) -> tuple[str, ...]:
    secrets = {"mentions": webhooks.keys, "meta": webhooks.meta_app_secret, "line": webhooks.line_channel_secret}
    return tuple(name for name, secret in secrets.items() if secret)


def _standing(state: SourceState | None, incident: Incident | None, reason: str) -> Standing:
    if incident is not None:
        return "blind" if incident.rule == BLIND else "quiet"
    if reason:
        return "stumbles"
    return "sees" if state is not None and state.heard_at is not None else "waiting"


def _usual_delay(store: Store, network: str) -> timedelta | None:
    latest = store.mentions(MentionQuery(source=network, limit=_LATEST)).items
    delays = [(item.mention.ingested_at - item.mention.created_at).total_seconds() for item in latest]
    return timedelta(seconds=max(0.0, median(delays))) if delays else None
