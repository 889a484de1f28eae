"""Settings: read once, from `sixminute.toml` and the environment, into one frozen object.

The same names in both: `SIXMINUTE_PORT=8700` in the environment, `port = 8700` or `SIXMINUTE_PORT = 8700` in the file.
The environment wins. Secrets can stand in files (`SECRETS`). `SIXMINUTE_CONFIG` names another file than
`sixminute.toml` in the working directory. Brands and the rules of the packages stand in tables of the file:
`[[brands]]`, `[[sources]]`, `[[channels]]`, `[[people]]`, `[[rotations]]`, `[[policies]]`, `[[maintenance]]`,
`[alerting]`, `[paging]`, `[quiet]`, `[responding]`, `[prices.…]`, `[budgets]`.
"""

import dataclasses
import difflib
import getpass
import os
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

import msgspec

from alerting.channels.settings import TAKES as CHANNEL_TAKES
from alerting.channels.settings import ChannelSettings, secrets_of, with_secrets
from alerting.channels.settings import check_taken as check_channel_taken
from alerting.policies import PagingSettings, Person, Policy, Rotation
from alerting.settings import AlertingSettings
from core.brand import Brand
from core.errors import ConfigurationError
from core.language import LANGUAGES
from core.quiet import Maintenance, QuietSettings
from core.spend import Budgets, Prices
from ingest.addresses import password_in
from ingest.settings import CREDENTIALS, TAKES, Networks, SourceSettings, check_taken
from responding.settings import RespondingSettings
from runtime.settings_checks import checked, expanded
from runtime.settings_times import hint, with_seconds
from runtime.settings_words import complaint

PREFIX = "SIXMINUTE_"
CONFIG_VARIABLE = "SIXMINUTE_CONFIG"
CONFIG_FILE = "sixminute.toml"
TABLES = (
    *("brands", "sources", "channels", "people", "rotations", "policies", "maintenance"),
    *("alerting", "paging", "quiet", "responding", "prices", "budgets"),
)
_LISTS: dict[str, type] = {
    "brands": Brand,
    "sources": SourceSettings,
    "channels": ChannelSettings,
    "people": Person,
    "rotations": Rotation,
    "policies": Policy,
    "maintenance": Maintenance,
}
_KINDS: dict[str, type] = {
    "alerting": AlertingSettings,
    "paging": PagingSettings,
    "quiet": QuietSettings,
    "responding": RespondingSettings,
    "prices": Prices,
    "budgets": Budgets,
}
_CHECKS_OF_KIND: dict[type, tuple[Collection[str], Callable[[str, Iterable[str]], None]]] = {
    SourceSettings: (TAKES, check_taken),
    ChannelSettings: (CHANNEL_TAKES, check_channel_taken),
}
"""Tables of which each kind takes settings of its own: the kinds, and what refuses those of others."""
_PASSWORDS = (re.compile(r"://[^:/@]*:([^@]*)@"), re.compile(r"[?&]\w*password=([^&]*)"))
SECRETS = frozenset({"kafka_password", "database_url", "channel_secrets", *CREDENTIALS})
"""Read from a file too: `SIXMINUTE_X_BEARER_TOKEN_FILE` names one that holds the token."""
_OF_SEVERAL = ("allowed_hosts", "languages")
_NOT_SETTINGS = ("config", "require_servers", "torch")


class Settings(Networks, frozen=True, kw_only=True):
    """Everything a user may decide, with its default; addresses and credentials of networks are those of `Networks`.

    - `data_dir`: the folder of the embedded bus and the SQLite store, made when it isn't there.
    - `host`, `port`: where the pages and the API are served; loopback unless you say otherwise.
    - `allowed_hosts`: further names under which the pages may be opened (comma-separated in the environment).
    - `bus`: ``embedded`` or ``kafka``; `database_url`: SQLite or PostgreSQL, empty for SQLite in the data directory.
    - `kafka_bootstrap`: the brokers, ``host:port,…``; `kafka_prefix`: before the names of topics and groups.
    - `kafka_partitions`, `kafka_replication`: how ``sixminute migrate`` lays topics out; 0 copies: the brokers' own.
    - `kafka_security`, `kafka_sasl_mechanism`, `kafka_username`, `kafka_password`, `kafka_ca_file`: who we are there.
    - `max_backlog`: messages that a stage may be behind before the one ahead of it waits.
    - `model`: a Hugging Face sequence-classification checkpoint by path or name; empty means the bundled one.
    - `languages`: those that the product scores with it (``en``, ``zh-Hant``, ``zh-Hans`` …, comma-separated in the
      environment); of the two Chinese scripts the one named first is that of texts which show neither.
    - `model_other`: a checkpoint, as for `model`, for texts in any other language; empty leaves them unscored.
    - `words`: a word list of your own (a file as `sentiment/words.toml`), added to the bundled one.
    - `irony_weight`: how much irony takes from a positive judgement, 0 (nothing) to 1.
    - `precision`: ``auto``, ``fp32``, ``bf16`` or ``int8``; `threads`: 0 lets torch decide.
    - `public_url`: where people open the pages, such as ``https://watch.example``; links in pages begin with it.
    - `channel_secrets`: secrets of `[[channels]]`, ``name=secret`` separated by white space.
    - `user`: who acts when the page wasn't told a name.
    - `undo_seconds`: how long an approved reply waits for a change of mind.
    - `review_days`: how far back the model's error is counted where people looked at its labels.
    - `retention_days`: how long the bus keeps what every stage has done.
    - `log`: ``text`` for people, ``json`` for machines.
    - `traces`: where traces go (OTLP over HTTP, such as ``http://collector:4318``); empty: nowhere.
    """

    data_dir: Path = Path("var/sixminute")
    host: str = "127.0.0.1"
    port: int = 8600
    allowed_hosts: tuple[str, ...] = ()
    bus: Literal["embedded", "kafka"] = "embedded"
    database_url: str = ""
    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_prefix: str = ""
    kafka_partitions: int = 12
    kafka_replication: int = 0
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str = ""
    kafka_password: str = ""
    kafka_ca_file: str = ""
    max_backlog: int = 50_000
    model: str = ""
    languages: tuple[str, ...] = LANGUAGES
    model_other: str = ""
    words: str = ""
    irony_weight: float = 0.8
    precision: Literal["auto", "fp32", "bf16", "int8"] = "auto"
    threads: int = 0
    public_url: str = ""
    channel_secrets: str = ""
    user: str = ""
    undo_seconds: float = 10.0
    review_days: float = 90.0
    retention_days: float = 7.0
    log: Literal["text", "json"] = "text"
    traces: str = ""
    sources: tuple[SourceSettings, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()
    brands: tuple[Brand, ...] = ()
    people: tuple[Person, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    policies: tuple[Policy, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    alerting: AlertingSettings = AlertingSettings()
    paging: PagingSettings = PagingSettings()
    quiet: QuietSettings = QuietSettings()
    responding: RespondingSettings = RespondingSettings()
    prices: Prices = Prices()
    budgets: Budgets = Budgets()

    def store_url(self) -> str:
        """The database's address as SQLAlchemy reads it."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'store.db'}"

    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: passwords, as they are written here and as they are sent."""
        given = {str(getattr(self, name)) for name in SECRETS - {"database_url", "channel_secrets"}}
        # One of several is a secret by itself, with and without what stands before every one.
        given |= {part for each in self.webhook_secret.split() for part in (each, each.removeprefix("whsec_"))}
        addresses = (self.bluesky_url, *(url for source in self.sources for url in source.urls))
        given |= {password_in(each) for each in addresses}
        given |= {secret for channel in self.channels for secret in secrets_of(channel)}
        written = given.union(*(each.findall(self.database_url) for each in _PASSWORDS)) - {""}
        return tuple(written | {unquote(each) for each in written})


Checked = TypeVar("Checked")


def _known(table: str, given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(names)}"
            raise ConfigurationError(f"unknown setting {name!r} in {table}: {hint}")


def _convert(where: str, given: Mapping[str, Any], kind: type[Checked]) -> Checked:
    try:
        return msgspec.convert(with_seconds(kind, given), kind, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise ConfigurationError(complaint(where, PREFIX, given, kind, error)) from None


def _decode(kind: type[Any], value: Any) -> Any:
    if kind is Path:
        return expanded("a path", str(value))
    raise NotImplementedError(kind)


def _from_file(path: Path, *, named: bool) -> dict[str, Any]:
    if not path.exists() and not named:
        return {}
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        given = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file. {CONFIG_VARIABLE} names it; correct that.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: {hint(text, error) or f'not valid TOML: {error}'}") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: can't be read: {error.strerror}") from None
    return {name.removeprefix(PREFIX).lower() if name.isupper() else name: value for name, value in given.items()}


def _from_environment(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for variable, written in environment.items():
        name, value = variable.removeprefix(PREFIX).lower(), written
        if not variable.startswith(PREFIX) or name in _NOT_SETTINGS or value == "":
            continue
        if name.removesuffix("_file") in SECRETS and name not in names:
            name, value = name.removesuffix("_file"), _secret_in(variable, value)
        if name in TABLES:
            raise ConfigurationError(f"{variable}: {name} is a table of {CONFIG_FILE}, not a variable; write it there.")
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {PREFIX}{near[0].upper()}?" if near else "it is no setting of this program."
            raise ConfigurationError(f"unknown environment variable {variable}: {hint}")
        given[name] = [part.strip() for part in value.split(",")] if name in _OF_SEVERAL else value
    return given


def _secret_in(variable: str, path: str) -> str:
    """What stands in a file that a cluster mounts or a password manager writes."""
    try:
        return expanded(variable, path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ConfigurationError(f"{variable}: {path} can't be read ({reason}): name the file of the secret.") from None


def load(environment: Mapping[str, str] | None = None, *, pages: bool = True) -> Settings:
    """Read file and environment.

    Args:
        environment: the variables; those of this process, if not given.
        pages: whether anybody may be told over channels; else their secrets needn't be there.

    Raises:
        ConfigurationError: an unknown name, a value of the wrong kind, two brands of one name, a brand that is wrong in
            itself, a file that isn't there.
    """
    environment = os.environ if environment is None else environment
    named = environment.get(CONFIG_VARIABLE, "")
    path = Path(named or CONFIG_FILE)
    scalars = tuple(name for name in _names(Settings) if name not in TABLES)
    given = _from_file(path, named=bool(named))
    _known(str(path), given, (*scalars, *TABLES))
    for table, kind in _KINDS.items():
        _known_in_table(f"[{table}] of {path}", given.get(table, {}), kind)
    for table, kind in _LISTS.items():
        entries = given.get(table, [])
        for entry in entries if isinstance(entries, list) else [entries]:
            _known_in_table(f"[[{table}]] of {path}", entry, kind)
            if kind in _CHECKS_OF_KIND:
                _of_its_kind(f"[[{table}]] of {path}", entry, *_CHECKS_OF_KIND[kind])
    _convert(str(path), given, Settings)
    merged = {**given, **_from_environment(environment, scalars)}
    read = _convert("", merged, Settings)
    channels = with_secrets(read.channels, read.channel_secrets)
    return checked(msgspec.structs.replace(read, channels=channels), pages=pages)


def _known_in_table(table: str, given: Any, kind: type) -> None:
    if not isinstance(given, dict):
        raise ConfigurationError(f"{table} must be a table of settings")
    _known(table, given, _names(kind))


def _of_its_kind(
    table: str, given: Mapping[str, Any], takes: Collection[str], check: Callable[[str, Iterable[str]], None]
) -> None:
    kind = given.get("kind")
    if isinstance(kind, str) and kind in takes:  # whatever else it may be is told when it is converted
        try:
            check(kind, given)
        except ConfigurationError as error:
            raise ConfigurationError(f"{table}, {given.get('name', '')!r}: {error}") from None


def _names(kind: type) -> tuple[str, ...]:
    return (
        tuple(field.name for field in dataclasses.fields(kind))
        if dataclasses.is_dataclass(kind)
        else tuple(field.name for field in msgspec.structs.fields(kind))
    )


def acting_user(settings: Settings) -> str:
    """Who acts when nobody said: the setting, else the name of the account that runs the program."""
    if settings.user:
        return settings.user
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
