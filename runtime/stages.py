"""The stages of the pipeline and the services that they are made of: all of them in one process, or one in each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial

from alerting.escalation_service import EscalationService
from alerting.service import AlertingService
from alerting.stored_policies import as_stored
from alerting.watchman import Watchman
from api.parts import LOADING, STARTING
from core.errors import ConfigurationError
from core.events import ALERTING, ESCALATION, PUBLISHER, RESPONDING, SENTIMENT
from core.ports.channel import Channel
from core.ports.classifier import Classifier
from core.ports.publisher import Publisher
from core.service import Service
from core.spend import BILLED
from ingest.governor import Governor
from ingest.poller import Poller
from ingest.settings import LIVE, SourceSettings
from ingest.sight import Sight
from ingest.sources.demonstration import DEMONSTRATION_BRAND
from ingest.sources.registry import make_source
from ingest.sources.x_wanted import never
from ingest.turns import TakingTurns
from responding.delivery import PublisherService
from responding.publishers.outbox import OutboxPublisher
from responding.service import RespondingService
from runtime.housekeeping import Housekeeping
from runtime.logs import Blotter
from runtime.looking import View
from runtime.settings import Settings
from runtime.supervisor import Job
from runtime.wiring import judging, paging, people
from runtime.wiring.house import House
from sentiment.service import SentimentService

GROUPS: Mapping[str, tuple[str, ...]] = {
    "ingest": (),
    "sentiment": (SENTIMENT,),
    "alerting": (ALERTING, ESCALATION),
    "responding": (RESPONDING,),
    "publisher": (PUBLISHER,),
}
"""The consumer groups of each stage."""

STAGES = tuple(GROUPS)
"""The stages that can run as workers of their own."""


def wanted(settings: Settings) -> tuple[str, ...]:
    """The stages that have something to do: ingest only where there are sources."""
    return tuple(stage for stage in STAGES if stage != "ingest" or settings.sources)


def view(settings: Settings, role: str, holder: str) -> View:
    """What a process tells of bus and store; `role` is a stage, or ``api`` or ``up``."""
    everything = role not in STAGES
    needed = wanted(settings)
    return View(
        role=role,
        holder=holder,
        groups=tuple(group for stage in STAGES if everything or stage == role for group in GROUPS[stage]),
        sources=tuple(source.name for source in settings.sources) if role in {"ingest", "up"} else (),
        stages=needed if everything else (),
        here=needed if role == "up" else (),
        everything=everything,
        live=live(settings),
        prices=settings.prices,
        budgets=settings.budgets,
    )


def live(settings: Settings) -> tuple[str, ...]:
    """The names of the sources that bring what is written now."""
    return tuple(one.name for one in settings.sources if one.kind in LIVE)


def jobs(  # noqa: PLR0917 - the stages of a process in one call
    settings: Settings,
    house: Callable[[], House],
    load: Callable[[], Classifier],
    channels: Sequence[Channel] | None = None,
    stages: Collection[str] = STAGES,
    holder: str = "",
    network: Publisher | None = None,
) -> list[Job]:
    """The jobs of stages, in the order in which they start.

    Args:
        settings: the settings.
        house: bus and store, when a job begins.
        load: loads the classifier; called once.
        channels: tell people of alerts, by default those of the settings.
        stages: of `STAGES`, those that run here.
        holder: who we are, where sources are run; different for every process.
        network: takes approved replies, by default the outbox.
    """
    told = list(channels or ())
    brands = settings.brands
    loaded: list[Classifier] = []

    def sentiment_service() -> Service:
        # A service is made anew after a failure; the model is not loaded anew for that.
        if not loaded:
            loaded.append(load())
        here = house()
        return SentimentService(here.bus, here.store, judging.scorer(settings, loaded[0]), here.clock)

    def publisher() -> Service:
        here = house()
        return PublisherService(here.bus, here.store, here.clock, network or OutboxPublisher())

    def escalation() -> Service:
        here = house()
        if channels is None and not told:
            told.extend(paging.channels(settings.channels, here.clock))
        links = paging.links_in_pages(settings.public_url, here.store, here.clock)
        known, silenced = people.directory(settings, told), paging.silenced(settings, here.store)
        renewed = partial(as_stored, known, here.store)
        return EscalationService(here.bus, here.store, here.clock, told, known, links, silenced, renewed=renewed)

    def responding() -> Service:
        here = house()
        return RespondingService(here.bus, here.store, here.clock, here.relay, settings.responding, brands)

    def alerting() -> Service:
        here = house()
        known = judging.known_error(settings)
        return AlertingService(
            here.bus,
            here.store,
            here.clock,
            here.relay,
            settings.alerting,
            known_error=known,
            names={brand.name: brand.called for brand in (DEMONSTRATION_BRAND, *brands)},
            brands=[brand.name for brand in brands],
        )

    def housekeeping() -> Service:
        here = house()
        return Housekeeping(here.bus, here.relay, here.clock, timedelta(settings.retention_days))

    everything = [
        ("publisher", Job("publisher", publisher, STARTING)),
        ("alerting", Job("escalation", escalation, STARTING)),
        ("responding", Job("responding", responding, STARTING)),
        ("alerting", Job("alerting", alerting, STARTING)),
        ("sentiment", Job("model", sentiment_service, LOADING)),
        ("alerting", Job("watchman", partial(_watchman, settings, house, holder), STARTING)),
        ("alerting", Job("housekeeping", housekeeping, STARTING)),
        *(
            ("ingest", Job(f"source:{one.name}", partial(_source, one, settings, house, holder), STARTING))
            for one in settings.sources
        ),
    ]
    return [job for stage, job in everything if stage in stages]


def _source(one: SourceSettings, settings: Settings, house: Callable[[], House], holder: str) -> Service:
    here = house()
    bills = one.kind in BILLED
    governor = Governor(one.kind, here.store, here.clock, settings.prices, settings.budgets) if bills else None
    narrow = governor.narrow if governor else never
    live, blot = one.kind in LIVE, Blotter(settings.secrets()).in_text

    def poller() -> Service:
        sight = Sight(one.name, here.store, here.clock, settings.alerting.silence, blot=blot) if live else None
        try:
            made = make_source(one, settings.brands, here.clock, settings, here.store.recent_posts, narrow=narrow)
        except ConfigurationError as error:
            if sight:
                sight.failed(str(error))
            raise
        return Poller(
            made, here.bus, here.store, here.clock, cursor=f"source:{one.name}", sight=sight, governor=governor
        )

    return TakingTurns(f"source:{one.name}", poller, here.store, here.clock, holder)


def _watchman(settings: Settings, house: Callable[[], House], holder: str) -> Service:
    here = house()
    watching = partial(Watchman, live(settings), here.store, here.clock, here.relay, settings.alerting)
    return TakingTurns("watchman", watching, here.store, here.clock, holder)
