"""Settings: read once, from `sixminute.toml` and the environment, into one frozen object.

The same names in both: `SIXMINUTE_PORT=8700` in the environment, `port = 8700` or `SIXMINUTE_PORT = 8700` in the file.
The environment wins. `SIXMINUTE_CONFIG` names another file than `sixminute.toml` in the working directory. Brands and
the rules of the packages stand in tables of the file: `[[brands]]`, `[[sources]]`, `[alerting]`, `[responding]`.
"""

import dataclasses
import difflib
import getpass
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_type_hints
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from adapters.kafka_address import addresses
from alerting.settings import AlertingSettings
from core.brand import Brand
from core.errors import ConfigurationError
from core.language import LANGUAGES
from ingest.brands import check_sources
from ingest.match import Matcher
from ingest.settings import BLUESKY_URL, Networks, SourceSettings
from responding.settings import RespondingSettings

PREFIX = "SIXMINUTE_"
HIGHEST_PORT = 65_535
CONFIG_VARIABLE = "SIXMINUTE_CONFIG"
CONFIG_FILE = "sixminute.toml"
_LONGEST_UNDO, _LONGEST_RETENTION, _MOST_PARTITIONS, _MOST_THREADS = 3_600, 36_500, 10_000, 1_024
_PATHS = ("model", "model_other", "words", "kafka_ca_file")
_TABLES = ("brands", "sources", "alerting", "responding")
_LISTS: dict[str, type] = {"brands": Brand, "sources": SourceSettings}
_KINDS: dict[str, type] = {"alerting": AlertingSettings, "responding": RespondingSettings}
_PASSWORDS = (re.compile(r"://[^:/@]*:([^@]*)@"), re.compile(r"[?&]\w*password=([^&]*)"))
_OF_SEVERAL = ("allowed_hosts", "languages")
_AT = re.compile(r"at `\$\.(\w+)`")
_LANGUAGE_CODE = re.compile(r"zh-Han[ts]|(?!zh$)[a-z]{2,3}")
_NOT_SETTINGS = ("config", "require_servers", "torch")


class Settings(Struct, frozen=True, kw_only=True):
    """Everything a user may decide, with its default.

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
    - `user`: who acts when the page wasn't told a name.
    - `undo_seconds`: how long an approved reply waits for a change of mind.
    - `review_days`: how far back the model's error is counted where people looked at its labels.
    - `retention_days`: how long the bus keeps what every stage has done.
    - `log`: ``text`` for people, ``json`` for machines.
    - `bluesky_url`: the Jetstream that sources of the kind ``bluesky`` listen to.
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
    user: str = ""
    undo_seconds: float = 10.0
    review_days: float = 90.0
    retention_days: float = 7.0
    log: Literal["text", "json"] = "text"
    traces: str = ""
    bluesky_url: str = BLUESKY_URL
    sources: tuple[SourceSettings, ...] = ()
    brands: tuple[Brand, ...] = ()
    alerting: AlertingSettings = AlertingSettings()
    responding: RespondingSettings = RespondingSettings()

    def store_url(self) -> str:
        """The database's address as SQLAlchemy reads it."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'store.db'}"

    def networks(self) -> Networks:
        """Where the networks are."""
        return Networks(bluesky_url=self.bluesky_url)

    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: passwords, as they are written here and as they are sent."""
        written = {self.kafka_password}.union(*(each.findall(self.database_url) for each in _PASSWORDS)) - {""}
        return tuple(written | {unquote(each) for each in written})


Checked = TypeVar("Checked")


def _known(table: str, given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(names)}"
            raise ConfigurationError(f"unknown setting {name!r} in {table}: {hint}")


def _convert(where: str, given: Any, kind: type[Checked]) -> Checked:
    try:
        return msgspec.convert(given, kind, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{where}: {error}{_choices(kind, str(error))}. Correct it and start again.") from None


def _choices(kind: type[Any], complaint: str) -> str:
    """What may be chosen, where msgspec complains of a value of `kind` that isn't among it."""
    name = _AT.search(complaint)
    values = get_args(get_type_hints(kind).get(name[1])) if name and complaint.startswith("Invalid enum value") else ()
    return f"; choose one of {', '.join(values)}" if values else ""


def _decode(kind: type[Any], value: Any) -> Any:
    if kind is Path:
        return _expanded("a path", str(value))
    raise NotImplementedError(kind)


def _expanded(name: str, written: str) -> Path:
    """A path with the home folder in the place of ~, if there can be such a path."""
    if "\0" in written:
        raise ConfigurationError(f"{name} has characters that no folder can have")
    try:
        return Path(written).expanduser()
    except RuntimeError:
        raise ConfigurationError(f"{name} {written}: there is no such home folder; write the whole path") from None


def _from_file(path: Path, *, named: bool) -> dict[str, Any]:
    if not path.exists() and not named:
        return {}
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file. {CONFIG_VARIABLE} names it; correct that.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: can't be read: {error.strerror}") from None
    return {name.removeprefix(PREFIX).lower() if name.isupper() else name: value for name, value in given.items()}


def _from_environment(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for variable, value in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or name in _NOT_SETTINGS or value == "":
            continue
        if name in _TABLES:
            raise ConfigurationError(f"{variable}: {name} is a table of {CONFIG_FILE}, not a variable; write it there.")
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {PREFIX}{near[0].upper()}?" if near else "it is no setting of this program."
            raise ConfigurationError(f"unknown environment variable {variable}: {hint}")
        given[name] = [part.strip() for part in value.split(",")] if name in _OF_SEVERAL else value
    return given


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read file and environment.

    Raises:
        ConfigurationError: an unknown name, a value of the wrong kind, two brands of one name, a brand that is wrong in
            itself, a file that isn't there.
    """
    environment = os.environ if environment is None else environment
    named = environment.get(CONFIG_VARIABLE, "")
    path = Path(named or CONFIG_FILE)
    scalars = tuple(name for name in _names(Settings) if name not in _TABLES)
    given = _from_file(path, named=bool(named))
    _known(str(path), given, (*scalars, *_TABLES))
    for table, kind in _KINDS.items():
        _known_in_table(f"[{table}] of {path}", given.get(table, {}), kind)
    for table, kind in _LISTS.items():
        entries = given.get(table, [])
        for entry in entries if isinstance(entries, list) else [entries]:
            _known_in_table(f"[[{table}]] of {path}", entry, kind)
    _convert(str(path), given, Settings)
    merged = {**given, **_from_environment(environment, scalars)}
    return _checked(_convert("environment", merged, Settings))


def _known_in_table(table: str, given: Any, kind: type) -> None:
    if not isinstance(given, dict):
        raise ConfigurationError(f"{table} must be a table of settings")
    _known(table, given, _names(kind))


def _names(kind: type) -> tuple[str, ...]:
    return (
        tuple(field.name for field in dataclasses.fields(kind))
        if dataclasses.is_dataclass(kind)
        else tuple(field.name for field in msgspec.structs.fields(kind))
    )


def _checked(settings: Settings) -> Settings:
    wrong = {
        f"port {settings.port}: choose one between 1 and 65535 (0 takes a free one)": not 0
        <= settings.port
        <= HIGHEST_PORT,
        "host is empty: name an address such as 127.0.0.1 (0.0.0.0 means every network)": not settings.host.strip()
        or not settings.host.isprintable(),
        f"undo_seconds {settings.undo_seconds}: choose 0 to {_LONGEST_UNDO}": not 0
        <= settings.undo_seconds
        <= _LONGEST_UNDO,
        f"retention_days {settings.retention_days}: choose above 0, at most {_LONGEST_RETENTION}": not 0
        < settings.retention_days
        <= _LONGEST_RETENTION,
        f"review_days {settings.review_days}: choose above 0, at most {_LONGEST_RETENTION}": not 0
        < settings.review_days
        <= _LONGEST_RETENTION,
        f"threads {settings.threads}: choose 0 (let torch decide) to {_MOST_THREADS}": not 0
        <= settings.threads
        <= _MOST_THREADS,
        f"kafka_partitions {settings.kafka_partitions}: choose 1 to {_MOST_PARTITIONS}": not 1
        <= settings.kafka_partitions
        <= _MOST_PARTITIONS,
        f"kafka_replication {settings.kafka_replication}: choose 0 (as the brokers are set) or more": (
            settings.kafka_replication < 0
        ),
        f"kafka_prefix {settings.kafka_prefix!r}: letters, digits, dots, dashes and underscores only": not re.fullmatch(
            r"[A-Za-z0-9._-]{0,100}", settings.kafka_prefix
        ),
        f"max_backlog {settings.max_backlog}: choose 1 or more": settings.max_backlog < 1,
        "traces is no address: write one such as http://collector:4318": not re.fullmatch(
            r"(https?://[^\s/]+(/\S*)?)?", settings.traces
        ),
        f"languages {', '.join(settings.languages) or 'are none'}: name codes such as en, zh-Hant, zh-Hans or es": not (
            settings.languages and all(_LANGUAGE_CODE.fullmatch(code) for code in settings.languages)
        ),
        f"bluesky_url {settings.bluesky_url!r} is no address: write one such as {BLUESKY_URL}": not re.fullmatch(
            r"wss?://[^\s/]+(/\S*)?", settings.bluesky_url
        ),
        f"irony_weight {settings.irony_weight}: choose 0 to 1": not 0 <= settings.irony_weight <= 1,
        "data_dir has characters that no folder can have": not str(settings.data_dir).isprintable(),
    }
    for complaint, holds in wrong.items():
        if holds:
            raise ConfigurationError(complaint)
    for name in _PATHS:
        _expanded(name, getattr(settings, name))
    if settings.bus == "kafka":
        _check_kafka(settings)
    brands = _named_once("brands", settings.brands, "put all its aliases into one entry")
    check_sources(settings.brands, _named_once("sources", settings.sources, "every source needs a name of its own"))
    Matcher(settings.brands)
    for name in settings.responding.calendars:
        if name not in brands:
            raise ConfigurationError(f"[responding.calendars]: {name!r} is no configured brand: add it or correct it")
    return settings


def _check_kafka(settings: Settings) -> None:
    addresses(settings.kafka_bootstrap)
    if settings.kafka_security.startswith("SASL") and not (settings.kafka_username and settings.kafka_password):
        raise ConfigurationError(
            f"kafka_security {settings.kafka_security}: Kafka wants to know who we are; set kafka_username and "
            "kafka_password"
        )


def _named_once(table: str, entries: Sequence[Brand | SourceSettings], hint: str) -> list[str]:
    """The names of a table's entries, each of which must have one of its own."""
    names = [entry.name for entry in entries]
    for name in names:
        if not name.strip():
            raise ConfigurationError(f"[[{table}]]: every entry needs a name that isn't empty")
        if names.count(name) > 1:
            raise ConfigurationError(f"[[{table}]]: {name!r} is there twice; {hint}")
    return names


def acting_user(settings: Settings) -> str:
    """Who acts when nobody said: the setting, else the name of the account that runs the program."""
    if settings.user:
        return settings.user
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
