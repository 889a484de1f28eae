"""The command that looks at everything an installation needs, and says what to do."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import typer
from msgspec import Struct

from api.parts import LOADING, STARTING
from core.errors import ConfigurationError, InputError, SixminuteError, StorageError
from core.events import TOPICS
from core.language import LANGUAGES
from core.ports.bus import Bus
from core.ports.clock import Clock
from runtime import heartbeat, stages
from runtime import settings as settings_module
from runtime.commands.doctor_channels import channels, last_pages
from runtime.commands.doctor_paging import paging, policies
from runtime.commands.doctor_sources import (
    SomeProblemsError,
    SomeWarningsError,
    said_of_error,
    sources,
    spend,
    webhooks,
)
from runtime.logs import Blotter
from runtime.printing import printable
from runtime.settings import Settings
from runtime.wiring import backends, judging
from sentiment.model_folder import bundled_model, where

if TYPE_CHECKING:
    from adapters.store import SqlStore

_NEEDED_BYTES = 500_000_000
_SKEW = timedelta(seconds=30)
"""How far clocks may be apart: the golden target is six minutes."""


class Finding(Struct, frozen=True):
    """What doctor says of one thing, in a sentence."""

    name: str
    verdict: Literal["ok", "warning", "problem", "skipped"]
    sentence: str


def doctor() -> None:
    """Check settings, data directory, database, bus, clock, model, sources and workers; say what to do."""
    try:
        settings = settings_module.load()
    except SixminuteError as error:
        _tell(Finding("settings", "problem", str(error)))
        raise typer.Exit(1) from None
    _tell(Finding("settings", "ok", "can be read"))
    well = True
    for finding in examine(settings, backends.system_clock()):
        _tell(finding)
        well = well and finding.verdict in {"ok", "warning"}
    if not well:
        raise typer.Exit(1)


def examine(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Look at one thing beside the other: however many servers are dead, it takes as long as one of them.

    Args:
        settings: what to look at.
        clock: this machine's, which is compared with others.
    """
    with Visit(settings, clock) as visit, ThreadPoolExecutor(len(_CHECKS)) as pool:
        found: dict[str, Future[Sequence[Finding]]] = {}
        for name, check, needs in _CHECKS:
            found[name] = pool.submit(_look, name, check, visit, [found[need] for need in needs])
        for each in found.values():
            yield from each.result()


class Visit:
    """What one examination has at hand; what one check has opened, those that need it use."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self.blot = Blotter(settings.secrets()).in_text
        self.store: SqlStore
        self.bus: Bus
        self.opened = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.close()


def _tell(finding: Finding) -> None:
    print(f"  {finding.verdict:<8} {finding.name}: {printable(finding.sentence)}", flush=True)


def _look(
    name: str, check: Callable[[Visit], str], visit: Visit, needs: Sequence[Future[Sequence[Finding]]]
) -> Sequence[Finding]:
    if lacking := [each.name for need in needs for each in need.result() if each.verdict != "ok"]:
        return [Finding(name, "skipped", f"it needs the {' and the '.join(lacking)}")]
    try:
        return [Finding(name, "ok", check(visit))]
    except SomeProblemsError as several:
        verdict: Literal["warning", "problem"] = "warning" if isinstance(several, SomeWarningsError) else "problem"
        problems = [Finding(name, verdict, visit.blot(each)) for each in several.complaints]
        return [*problems, Finding(name, "ok", several.well)] if several.well else problems
    except Exception as error:  # noqa: BLE001  one thing that fails in a strange way must not hide all others
        return [Finding(name, "problem", visit.blot(said_of_error(error)))]


def _data_directory(visit: Visit) -> str:
    settings = visit.settings
    if settings.bus == "kafka" and not backends.is_file(settings):
        return "not needed: bus and database are elsewhere"
    backends.data_directory(settings)
    free = shutil.disk_usage(settings.data_dir).free
    if free < _NEEDED_BYTES:
        raise InputError(
            f"{settings.data_dir} has {free // 1_000_000} MB left: free some room, or set SIXMINUTE_DATA_DIR."
        )
    return f"{settings.data_dir}, {free // 1_000_000_000} GB free"


def _several_machines(visit: Visit) -> str:
    if complaint := backends.complaint(visit.settings):
        raise ConfigurationError(complaint)
    if visit.settings.bus == "embedded":
        return "no: the bus is in a file, so everything runs on this one"
    return "workers can run on any machine that reaches the bus and the database"


def _database(visit: Visit) -> str:
    visit.store = backends.open_store(visit.settings)
    visit.opened.callback(visit.store.close)
    return f"{visit.store.name}, up to date, {len(visit.store.brands())} brands with mentions"


def _clock(visit: Visit) -> str:
    theirs = visit.store.server_time()
    now = visit.clock.now()
    for lease in visit.store.leases(heartbeat.WORKERS):
        ahead = lease.until - heartbeat.LEASE - now
        if ahead > _SKEW:
            raise ConfigurationError(
                f"the clock of {lease.holder} is about {ahead.total_seconds():.0f} s ahead of this machine's: "
                "set all clocks by NTP"
            )
    if theirs is None:
        return "this machine's own is the only one"
    apart = (theirs - now).total_seconds()
    if abs(apart) > _SKEW.total_seconds():
        raise ConfigurationError(
            f"this machine's is {abs(apart):.0f} s {'behind' if apart > 0 else 'ahead of'} that of the database: "
            "set both by NTP"
        )
    return f"within {abs(apart):.1f} s of the database's"


def _bus(visit: Visit) -> str:
    settings = visit.settings
    told = f"embedded, in {settings.data_dir}" if settings.bus == "embedded" else backends.check_kafka(settings)
    visit.bus = backends.open_bus(settings, visit.clock)
    visit.opened.callback(visit.bus.close)
    return told


def _letters(visit: Visit) -> str:
    waiting = sum(visit.bus.lag("person", f"{topic}.dead") for topic in TOPICS)
    return f"{waiting} wait for you: sixminute dead-letters list" if waiting else "none"


def _model(visit: Visit) -> str:
    told = _checkpoint(visit.settings.model, "SIXMINUTE_MODEL")
    if not where(visit.settings.model or bundled_model())[1]:
        return told
    known = ", ".join(sorted(judging.known_error(visit.settings)))
    return (
        f"{told}; {f'its error is known in {known}' if known else 'its error is not known, so no share is corrected'}"
    )


def _languages(visit: Visit) -> str:
    settings = visit.settings
    judging.warm_up(settings)
    others = _checkpoint(settings.model_other, "SIXMINUTE_MODEL_OTHER") if settings.model_other else "not scored"
    strange = [code for code in settings.languages if code not in LANGUAGES]
    doubt = f"; the bundled model never learnt {', '.join(strange)}" if strange and not settings.model else ""
    return f"{', '.join(settings.languages)}{doubt}; others: {others}"


def _checkpoint(named: str, setting: str) -> str:
    place, local = judging.check_model(named, setting)
    if not local:
        return f"{place}, fetched from the model hub when it is first used"
    size = sum(file.stat().st_size for file in Path(place).iterdir()) / 1e6
    return f"{named or 'the bundled one'}, {size:.0f} MB"


def _brands(visit: Visit) -> str:
    if not visit.settings.brands:
        return "none configured; add [[brands]] to sixminute.toml to match mentions by text"
    return ", ".join(brand.name for brand in visit.settings.brands)


def _traces(visit: Visit) -> str:
    backends.tracing(visit.settings, "command")
    return visit.settings.traces or "not wanted"


def _running(visit: Visit) -> str:
    if visit.settings.bus == "embedded" and (info := backends.data_directory(visit.settings).running()):
        return f"process {info.pid} at {info.address}"
    now, wanted = visit.clock.now(), stages.wanted(visit.settings)
    if not any(heartbeat.living(visit.store, stage, now) for stage in wanted):
        return "nothing runs at the moment"
    health = heartbeat.stages_health(visit.store, wanted, now)
    if troubles := [sentence for sentence in health.values() if sentence not in {"ok", STARTING, LOADING}]:
        raise StorageError(" ".join(troubles))
    if LOADING in health.values() or STARTING in health.values():
        return "a worker of every stage; some of them are starting"
    return "a worker of every stage"


_CHECKS: Sequence[tuple[str, Callable[[Visit], str], Sequence[str]]] = (
    ("data directory", _data_directory, ()),
    ("several machines", _several_machines, ()),
    ("database", _database, ("data directory",)),
    ("bus", _bus, ("data directory",)),
    ("clock", _clock, ("database",)),
    ("dead letters", _letters, ("bus",)),
    ("model", _model, ()),
    ("languages", _languages, ()),
    ("brands", _brands, ()),
    ("paging", lambda visit: paging(visit.settings, visit.clock.now()), ()),
    ("policies", lambda visit: policies(visit.settings, visit.store, visit.clock.now()), ("database",)),
    ("sources", lambda visit: sources(visit.settings, visit.clock), ()),
    ("spend", lambda visit: spend(visit.settings, visit.store, visit.clock.now()), ("database",)),
    ("channels", lambda visit: channels(visit.settings, visit.clock), ()),
    ("last pages", lambda visit: last_pages(visit.settings, visit.store, visit.clock.now()), ("database",)),
    ("webhooks", lambda visit: webhooks(visit.settings), ()),
    ("traces", _traces, ()),
    ("running", _running, ("database",)),
)
"""Every check by its name, with those that it needs, which come before it."""
