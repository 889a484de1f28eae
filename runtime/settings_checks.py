"""What is refused of settings that can be read, and why."""

import ipaddress
import math
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from adapters.kafka_address import addresses
from alerting.channels.settings import SECRET, ChannelSettings, check_channels
from alerting.policy_checks import check as check_policies
from core.bounds import NAME_RULE, is_plain_name
from core.brand import Brand
from core.errors import ConfigurationError
from core.paging import LOG
from core.signatures import keys_of
from core.spend import Budgets, Prices
from ingest.addresses import has_user, shown
from ingest.brands import check_sources
from ingest.match import Matcher
from ingest.settings import CREDENTIALS, Networks, SourceSettings
from runtime.settings_quiet import check_maintenance

if TYPE_CHECKING:
    from runtime.settings import Settings

HIGHEST_PORT = 65_535
_LAST_OF_LATIN_1 = 0xFF
_LONGEST_UNDO, _LONGEST_RETENTION, _MOST_PARTITIONS, _MOST_THREADS = 3_600, 36_500, 10_000, 1_024
_PATHS = ("model", "model_other", "words", "kafka_ca_file")
_TOKENS = {
    "x_base": "x_bearer_token",
    "reddit_base": "reddit_client_id and reddit_client_secret",
    "mastodon_base": "mastodon_access_token",
}
"""By what networks know us: a user in the address would go in its place."""
_HOST = re.compile(r"[\w:%-][\w.:%-]*")
_LANGUAGE_CODE = re.compile(r"zh-Han[ts]|(?!zh$)[a-z]{2,3}")


def checked(settings: "Settings", *, pages: bool = True) -> "Settings":
    """The same settings. Where nothing `pages` anybody, channels may lack the secrets that they can't work without.

    Raises:
        ConfigurationError: a value can't be, or two don't go together.
    """
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
        "traces is no address: write one such as http://collector:4318": settings.traces
        and not (re.fullmatch(r"https?://[^\s/]+(/\S*)?", settings.traces) and _has_host(settings.traces)),
        f"languages {', '.join(settings.languages) or 'are none'}: name codes such as en, zh-Hant, zh-Hans or es": not (
            settings.languages and all(_LANGUAGE_CODE.fullmatch(code) for code in settings.languages)
        ),
        f"irony_weight {settings.irony_weight}: choose 0 to 1": not 0 <= settings.irony_weight <= 1,
        "data_dir has characters that no folder can have": not str(settings.data_dir).isprintable(),
    }
    for complaint, holds in wrong.items():
        if holds:
            raise ConfigurationError(complaint)
    for name in _PATHS:
        expanded(name, getattr(settings, name))
    _check_secrets(settings)
    _check_addresses(settings)
    _check_money(settings.prices, settings.budgets)
    keys_of(settings.webhook_secret)
    _check_public_url(settings.public_url)
    if settings.bus == "kafka":
        _check_kafka(settings)
    brands = _named_once("brands", settings.brands, "put all its aliases into one entry")
    check_sources(settings.brands, _named_once("sources", settings.sources, "every source needs a name of its own"))
    _check_streams(settings.sources)
    _named_once("channels", settings.channels, "every channel needs a name of its own")
    check_channels([one for one in settings.channels if pages or not lacks_secret(one)])
    check_maintenance(settings.maintenance, brands, [source.name for source in settings.sources])
    Matcher(settings.brands)
    check_policies(
        settings.people, settings.rotations, settings.policies, settings.paging, channel_names(settings), brands
    )
    for name in settings.responding.calendars:
        if name not in brands:
            raise ConfigurationError(f"[responding.calendars]: {name!r} is no configured brand: add it or correct it")
    return settings


def lacks_secret(channel: ChannelSettings) -> bool:
    """Whether a channel can't work because its secret is neither in its table nor in SIXMINUTE_CHANNEL_SECRETS."""
    return channel.kind in SECRET and not getattr(channel, SECRET[channel.kind])


def channel_names(settings: "Settings") -> Collection[str]:
    """The names of the channels over which people can be told; the log is always there."""
    return (*(one.name for one in settings.channels), LOG)


def _check_streams(sources: Sequence[SourceSettings]) -> None:
    """X has one stream and one set of rules for an app: two sources would take each other's away."""
    names = [repr(source.name) for source in sources if source.kind == "x" and source.mode == "stream"]
    if len(names) > 1:
        raise ConfigurationError(
            f"[[sources]]: {' and '.join(names)} would both listen to X's stream, and an app has only one; one table "
            'brings what all brands want, or set mode = "search" in the others'
        )


def _check_kafka(settings: "Settings") -> None:
    addresses(settings.kafka_bootstrap)
    if settings.kafka_security.startswith("SASL") and not (settings.kafka_username and settings.kafka_password):
        raise ConfigurationError(
            f"kafka_security {settings.kafka_security}: Kafka wants to know who we are; set kafka_username and "
            "kafka_password"
        )


def _check_secrets(settings: "Settings") -> None:
    """Libraries refuse what no header can hold, and quote it; what is wrong with a secret is told here without it."""
    for name in ("database_url", "kafka_password", *CREDENTIALS):
        secret = getattr(settings, name)
        # Several may stand in several lines; what is no base64 is refused by itself.
        if name == "webhook_secret" or not secret:
            continue
        wrong = ""
        if any(mark in secret for mark in "\r\n"):
            wrong = "a line break: name one secret, in one line"
        elif not secret.isprintable():
            wrong = "a character that can't be seen: copy it anew, from its first to its last letter"
        elif name in CREDENTIALS and not name.endswith("_password") and max(map(ord, secret)) > _LAST_OF_LATIN_1:
            wrong = "a character that no header of HTTP can hold: copy it anew, from its first to its last letter"
        if wrong:
            raise ConfigurationError(f"SIXMINUTE_{name.upper()} has {wrong}")


def _check_addresses(settings: "Settings") -> None:
    for name, scheme in (
        ("bluesky", "wss?"),
        ("x_base", "https?"),
        ("reddit_base", "https?"),
        ("mastodon_base", "https?"),
    ):
        url = getattr(settings, f"{name}_url")
        if url and not (re.fullmatch(scheme + r"://[^\s/]+(/\S*)?", url) and _has_host(url)):
            usual = getattr(Networks(), f"{name}_url") or "https://mastodon.example"
            # What stands before an @ may be a password.
            said = f" {url!r}" if "@" not in url else ""
            raise ConfigurationError(f"{name}_url{said} is no address: write one such as {usual}")
        if name in _TOKENS and has_user(url):
            raise ConfigurationError(
                f"{name}_url {shown(url)}: take the user before the @ out; who we are there stands in {_TOKENS[name]}"
            )


def _check_public_url(url: str) -> None:
    """Where people open the pages: tokens are put behind it, so it has no query, and nobody's name."""
    right = re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url) and url.isprintable() and _has_host(url)
    if url and not right:
        raise ConfigurationError("public_url is no address of a page: write one such as https://watch.example")


def _has_host(url: str) -> bool:
    """Whether an address names a host that can be and, if any, a port: libraries fail in their own ways where not."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if ":" in host:
            ipaddress.ip_address(host)
        # A dot at the end stands for the root, which is no part of a name.
        host.removesuffix(".").encode("idna")
    except ValueError:
        return False
    return port != 0 and bool(_HOST.fullmatch(host))


def _check_money(prices: Prices, budgets: Budgets) -> None:
    for network, of_network in msgspec.to_builtins(prices).items():
        for resource, price in of_network.items():
            if not 0 <= price < math.inf:
                raise ConfigurationError(f"[prices.{network}] {resource} {price}: write dollars, 0 or more")
    for network, budget in msgspec.to_builtins(budgets).items():
        if budget is not None and not 0 < budget < math.inf:
            raise ConfigurationError(
                f"[budgets] {network} {budget}: write dollars a month, above 0; leave it out where nothing is held back"
            )


def _named_once(table: str, entries: Sequence[Brand | SourceSettings | ChannelSettings], hint: str) -> list[str]:
    """The names of a table's entries, each of which must have one of its own."""
    names = [entry.name for entry in entries]
    for name in names:
        if not name.strip():
            raise ConfigurationError(f"[[{table}]]: every entry needs a name that isn't empty")
        if not is_plain_name(name):
            raise ConfigurationError(f"[[{table}]] {name!r}: {NAME_RULE}")
        if names.count(name) > 1:
            raise ConfigurationError(f"[[{table}]]: {name!r} is there twice; {hint}")
    return names


def expanded(name: str, written: str) -> Path:
    """A path with the home folder in the place of ~, if there can be such a path."""
    if "\0" in written:
        raise ConfigurationError(f"{name} has characters that no folder can have")
    try:
        return Path(written).expanduser()
    except RuntimeError:
        raise ConfigurationError(f"{name} {written}: there is no such home folder; write the whole path") from None
