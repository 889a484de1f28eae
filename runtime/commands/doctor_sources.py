"""What `sixminute doctor` says of sources, of what reading them costs, and of webhooks."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from core.errors import ConfigurationError, InputError, SixminuteError
from core.ports.clock import Clock
from core.ports.store import Store
from core.spend import BILLED, said_of
from core.spending import spends_in
from ingest.settings import LIVE, SourceSettings
from ingest.trying import try_out
from runtime import settings as settings_module
from runtime.settings import Settings


class SomeProblemsError(Exception):
    """Several things were looked at: `complaints` of some, and a sentence on those that are well, if there are any."""

    def __init__(self, complaints: Sequence[str], well: str) -> None:
        super().__init__("; ".join(complaints))
        self.complaints, self.well = complaints, well


class SomeWarningsError(SomeProblemsError):
    """The same of what was amiss a while ago and may be well by now: nothing is refused for it."""


def said_of_error(error: Exception) -> str:
    """An error as a sentence; what nobody thought of is named by its kind."""
    if isinstance(error, SixminuteError | OSError):
        return str(error)
    return f"{type(error).__name__}: {error}. Check what is set for it; if that is right, please report this."


def sources(settings: Settings, clock: Clock) -> str:
    """Those that are well.

    Raises:
        SomeProblemsError: the others.
    """
    from ingest.sources.registry import make_source

    if not settings.sources:
        return "none configured; add [[sources]] to sixminute.toml, or play a file with sixminute replay"

    def complaint(one: SourceSettings) -> str:
        """What is wrong with a source, empty where it is well."""
        try:
            source = make_source(one, settings.brands, clock, settings)
            if one.kind in LIVE:
                try_out(source, clock)
        except (ConfigurationError, InputError) as error:
            return str(error)  # which names it
        except Exception as error:  # noqa: BLE001  whatever one network brings about must not hide all others
            return f"{one.name}: {said_of_error(error)}"
        return ""

    with ThreadPoolExecutor(len(settings.sources)) as pool:
        complaints = list(pool.map(complaint, settings.sources))
    well = ", ".join(
        f"{one.name} ({one.kind}{', answers' * (one.kind in LIVE)})"
        for one, wrong in zip(settings.sources, complaints, strict=True)
        if not wrong
    )
    if problems := [each for each in complaints if each]:
        raise SomeProblemsError(problems, well)
    return well


def spend(settings: Settings, store: Store, now: datetime) -> str:
    """What reading costs this month, and where a budget is missing."""
    found = spends_in(store, settings.prices, settings.budgets, now)
    told = [said_of(each)["en"] for each in found]
    kinds = {source.kind for source in settings.sources}
    told += [
        f"{network} bills for what is read: set a budget, [budgets] {network} = … in sixminute.toml"
        for network in BILLED
        if network in kinds and getattr(settings.budgets, network) is None
    ]
    return " ".join(told) or "no network bills for what is read"


def webhooks(settings: Settings) -> str:
    """Which are on, and what the others lack."""
    needed = {
        "mentions, email and form": ("webhook_secret",),
        "meta": ("meta_app_secret", "meta_verify_token"),
        "line": ("line_channel_secret",),
    }
    on, lacking = [], []
    for name, secrets in needed.items():
        missing = [f"{settings_module.PREFIX}{each.upper()}" for each in secrets if not getattr(settings, each)]
        if len(missing) < len(secrets):
            on.append(name)
        if missing:
            lacking.append(f"{name}: set {' and '.join(missing)}")
    return "; ".join([f"{', '.join(on)} on" if on else "none on", *lacking])
