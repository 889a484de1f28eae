"""The command that looks at everything an installation needs, and says what to do."""

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import typer

from core.errors import ConfigurationError, InputError, SixminuteError, StorageError
from core.events import TOPICS
from core.ports import Clock
from runtime import heartbeat, stages, wiring
from runtime import settings as settings_module
from runtime.settings import Settings

_NEEDED_BYTES = 500_000_000
_SKEW = timedelta(seconds=30)
"""How far clocks may be apart: the golden target is six minutes."""


def doctor() -> None:
    """Check settings, data directory, database, bus, clock, model, sources and workers; say what to do."""
    checks: list[tuple[str, Callable[[Settings], str], tuple[str, ...]]] = [
        ("data directory", _data_directory, ()),
        ("database", _database, ("data directory",)),
        ("clock", _clock, ("database",)),
        ("bus", _bus, ("data directory",)),
        ("dead letters", _letters, ("database", "bus")),
        ("model", _model, ()),
        ("brands", _brands, ()),
        ("sources", _sources, ()),
        ("running", _running, ("database",)),
    ]
    try:
        settings = settings_module.load()
    except SixminuteError as error:
        print(f"  problem  settings: {error}")
        raise typer.Exit(1) from None
    print("  ok       settings")
    problems: set[str] = set()
    for name, check, needs in checks:
        if lacking := problems.intersection(needs):
            problems.add(name)
            print(f"  skipped  {name}: it needs the {' and the '.join(sorted(lacking))}")
            continue
        try:
            print(f"  ok       {name}: {check(settings)}")
        except SixminuteError as error:
            problems.add(name)
            print(f"  problem  {name}: {error}")
    if problems:
        raise typer.Exit(1)


def _data_directory(settings: Settings) -> str:
    if settings.bus == "kafka" and not wiring.is_file(settings):
        return "not needed: bus and database are elsewhere"
    wiring.data_directory(settings)
    free = shutil.disk_usage(settings.data_dir).free
    if free < _NEEDED_BYTES:
        raise InputError(
            f"{settings.data_dir} has {free // 1_000_000} MB left: free some room, or set SIXMINUTE_DATA_DIR."
        )
    return f"{settings.data_dir}, {free // 1_000_000_000} GB free"


def _database(settings: Settings) -> str:
    with closing(wiring.open_store(settings)) as store:
        found = f"{store.name}, up to date, {len(store.brands())} brands with mentions"
    if settings.bus == "kafka" and wiring.is_file(settings):
        found += "; it is a file, so all workers must run on this machine"
    return found


def _clock(settings: Settings) -> str:
    clock = wiring.system_clock()
    with closing(wiring.open_store(settings)) as store:
        theirs = store.server_time()
        _compare_workers(store.leases("worker:"), clock)
    if theirs is None:
        return "this machine's own is the only one"
    apart = theirs - clock.now()
    if abs(apart) > _SKEW:
        raise ConfigurationError(
            f"this machine and the database are {abs(apart).total_seconds():.0f} s apart: set both clocks by NTP"
        )
    return f"within {abs(apart).total_seconds():.1f} s of the database's"


def _compare_workers(leases: "heartbeat.Leases", clock: Clock) -> None:
    now = clock.now()
    for lease in leases:
        if lease.until > now + heartbeat.LEASE + _SKEW:
            ahead = (lease.until - heartbeat.LEASE - now).total_seconds()
            raise ConfigurationError(
                f"the clock of {lease.holder} is about {ahead:.0f} s ahead of this machine's: set all clocks by NTP"
            )


def _bus(settings: Settings) -> str:
    if settings.bus == "embedded":
        wiring.open_house(settings).close()
        return f"embedded, in {settings.data_dir}"
    return wiring.check_kafka(settings)


def _letters(settings: Settings) -> str:
    house = wiring.open_house(settings)
    try:
        waiting = sum(house.bus.lag("person", f"{topic}.dead") for topic in TOPICS)
    finally:
        house.close()
    return f"{waiting} wait for you: sixminute dead-letters list" if waiting else "none"


def _model(settings: Settings) -> str:
    from sentiment.model_folder import bundled_model

    if not settings.model:
        folder = bundled_model()
        if not (folder / "model.safetensors").exists():
            raise InputError(f"{folder} has no weights: install the program anew, or run make train.")
        return f"the bundled one, {sum(file.stat().st_size for file in folder.iterdir()) / 1e6:.0f} MB"
    path = Path(settings.model)
    if path.exists() and not (path / "config.json").exists():
        raise InputError(
            f"SIXMINUTE_MODEL={settings.model}: the folder has no config.json; name a checkpoint's folder."
        )
    return f"{settings.model}" + ("" if path.exists() else " (fetched from the model hub when it is first used)")


def _brands(settings: Settings) -> str:
    if not settings.brands:
        return "none configured; add [[brands]] to sixminute.toml to match mentions by text"
    return ", ".join(brand.name for brand in settings.brands)


def _sources(settings: Settings) -> str:
    from ingest.sources.registry import make_source

    if not settings.sources:
        return "none configured; add [[sources]] to sixminute.toml, or play a file with sixminute replay"
    for source in settings.sources:
        make_source(source, settings.brands, wiring.system_clock())
    return ", ".join(f"{source.name} ({source.kind})" for source in settings.sources)


def _running(settings: Settings) -> str:
    if settings.bus == "embedded":
        info = wiring.data_directory(settings).running()
        if info:
            return f"process {info.pid} at {info.address}"
    with closing(wiring.open_store(settings)) as store:
        health = heartbeat.stages_health(store, stages.STAGES, wiring.system_clock().now())
        missing = [stage for stage in stages.STAGES if not heartbeat.living(store, stage, wiring.system_clock().now())]
    if len(missing) == len(stages.STAGES):
        return "nothing runs at the moment"
    troubles = [sentence for stage, sentence in health.items() if sentence != "ok"]
    if troubles:
        raise StorageError(" ".join(troubles))
    return "a worker of every stage"
