"""Over which channels people are told, as a user writes them: `[[channels]]` tables."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from msgspec import Struct

from core.errors import ConfigurationError
from core.signatures import keys_of

Kind = Literal["apprise", "pagerduty", "webhook", "log"]


class ChannelSettings(Struct, frozen=True, kw_only=True):
    """One way to tell people.

    - `name`: by which people and policies name it; no two channels have the same.
    - `kind`: ``apprise`` (chats, mail, SMS and more), ``pagerduty``, ``webhook`` (a program of yours) or ``log``.
    - `url`: of Apprise, the service with its secrets (``slack://…``); of a webhook, where to; of PagerDuty, where the
      Events API is, if not in the United States.
    - `secret`: of PagerDuty, the integration key; of a webhook, ``whsec_…`` (several separated by spaces in an
      exchange).
    - `limit_seconds`: how long one try may take.
    - `plain_http`: of a webhook, whether it may go unencrypted to another machine.

    What is secret may stand in ``SIXMINUTE_CHANNEL_SECRETS`` instead, see `with_secrets`.
    """

    name: str
    kind: Kind
    url: str = ""
    secret: str = ""
    limit_seconds: float = 10.0
    plain_http: bool = False


TAKES: Mapping[str, Sequence[str]] = {
    "apprise": ("url", "limit_seconds"),
    "pagerduty": ("secret", "url", "limit_seconds"),
    "webhook": ("url", "secret", "limit_seconds", "plain_http"),
    "log": (),
}
"""What a channel of each kind takes besides its name."""

RINGING = frozenset({"pagerduty"})
"""Kinds of channels that ring until they are told that somebody has it in hand, or that it is over."""
SECRET = {"apprise": "url", "pagerduty": "secret", "webhook": "secret"}
"""Which setting of each kind is the secret one."""

_LONGEST_LIMIT = 60.0
_LONGEST_NAME = 40
_NAME = re.compile(r"[\w][\w .-]*")
_PAIR = re.compile(r"(?P<name>[^=\s]+)=(?P<secret>\S+)")
_SCHEME = re.compile(r"[a-z][a-z0-9]*://\S+", re.IGNORECASE)
_PAGERDUTY_KEY = re.compile(r"[A-Za-z0-9]{20,64}")
_SHORTEST_PIECE, _SURELY_RANDOM = 8, 16


def check_taken(kind: str, given: Iterable[str]) -> None:
    """Refuse settings of other kinds: whoever wrote them expects something that won't happen.

    Raises:
        ConfigurationError: there is one.
    """
    taken = TAKES[kind]
    if strange := [name for name in given if name not in {"name", "kind", *taken}]:
        raise ConfigurationError(
            f"a channel of the kind {kind} takes no {' and no '.join(strange)}; it takes "
            f"{', '.join(taken) or 'nothing'} besides its name. Take it out, or correct the kind."
        )


def with_secrets(channels: Sequence[ChannelSettings], secrets: str) -> tuple[ChannelSettings, ...]:
    """The channels with what stands in ``SIXMINUTE_CHANNEL_SECRETS``: pairs ``name=secret`` separated by white space.

    The secret is a URL of Apprise, PagerDuty's integration key, or a webhook's ``whsec_…`` (several by commas). Spaces
    in the name of a channel are written as ``_``.

    Raises:
        ConfigurationError: a pair is none, or names no channel that has a secret. Secrets aren't quoted.
    """
    found: dict[str, str] = {}
    for number, pair in enumerate(secrets.split(), 1):
        parts = _PAIR.fullmatch(pair)
        if parts is None or not pair.isprintable():
            raise ConfigurationError(
                f"SIXMINUTE_CHANNEL_SECRETS: part {number} is not name=secret; separate such pairs by spaces or lines"
            )
        found[parts["name"]] = parts["secret"]
    filled = []
    for channel in channels:
        secret = found.pop(channel.name.replace(" ", "_"), "") if channel.kind in SECRET else ""
        if secret and channel.kind == "webhook":
            secret = secret.replace(",", " ")
        filled.append(msgspec.structs.replace(channel, **{SECRET[channel.kind]: secret}) if secret else channel)
    if found:
        raise ConfigurationError(
            f"SIXMINUTE_CHANNEL_SECRETS: {', '.join(sorted(map(_shown_name, found)))} is no channel with a secret in "
            "[[channels]]: correct the name"
        )
    return tuple(filled)


def check_channels(channels: Sequence[ChannelSettings]) -> None:
    """Refuse what can't be; nothing is opened and nothing sent.

    Raises:
        ConfigurationError: something is wrong with a channel, in a line that names it and no secret.
    """
    for channel in channels:
        title = f"[[channels]], {channel.name!r}"
        if len(channel.name) > _LONGEST_NAME or not _NAME.fullmatch(channel.name):
            raise ConfigurationError(
                f"{title}: a name has letters, digits, spaces, dots and dashes, at most {_LONGEST_NAME}"
            )
        if not 0 < channel.limit_seconds <= _LONGEST_LIMIT:
            raise ConfigurationError(
                f"{title}: limit_seconds {channel.limit_seconds:g}: choose above 0, at most {_LONGEST_LIMIT:g}"
            )
        if (lacking := SECRET.get(channel.kind)) and not getattr(channel, lacking):
            raise ConfigurationError(
                f"{title}: {lacking} is missing: write it there, or in SIXMINUTE_CHANNEL_SECRETS as "
                f"{channel.name.replace(' ', '_')}=…"
            )
        _CHECKS[channel.kind](title, channel)


def _check_apprise(title: str, channel: ChannelSettings) -> None:
    if not _SCHEME.fullmatch(channel.url):
        raise ConfigurationError(f"{title}: url is one address as Apprise reads it, such as slack://…, without spaces")


def _check_pagerduty(title: str, channel: ChannelSettings) -> None:
    if not _PAGERDUTY_KEY.fullmatch(channel.secret):
        raise ConfigurationError(
            f"{title}: secret is no integration key: copy the 32 letters and digits of the Events API v2 integration"
        )
    if channel.url:
        _check_address(title, channel.url, plain_http=False)


def _check_webhook(title: str, channel: ChannelSettings) -> None:
    if not channel.url:
        raise ConfigurationError(
            f"{title}: url is missing: write where pages are posted, such as https://pager.example"
        )
    _check_address(title, channel.url, plain_http=channel.plain_http)
    keys_of(channel.secret, title)


def _check_address(title: str, url: str, *, plain_http: bool) -> None:
    try:
        parts = urlsplit(url)
        host, port, user = parts.hostname or "", parts.port, "@" in parts.netloc
        host.removesuffix(".").encode("idna")
    except ValueError:
        host, port, user = "", None, False
    right = host and port != 0 and re.fullmatch(r"https?://\S+", url, re.IGNORECASE) and url.isprintable()
    if not right:
        raise ConfigurationError(f"{title}: url is no address: write one such as https://pager.example/hook")
    if user:
        raise ConfigurationError(f"{title}: take the user before the @ out of url; a page is known by its signature")
    if parts.fragment:
        raise ConfigurationError(f"{title}: take what stands behind the # out of url; it is never sent")
    if parts.scheme.lower() == "http" and not plain_http and not _is_here(host):
        raise ConfigurationError(
            f"{title}: url goes unencrypted to {host}: use https, or set plain_http = true where the network is yours"
        )


def _is_here(host: str) -> bool:
    """Whether it is this machine, by its address or by the name that stands for it."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_log(_title: str, _channel: ChannelSettings) -> None:
    """It needs nothing."""


_CHECKS = {"apprise": _check_apprise, "pagerduty": _check_pagerduty, "webhook": _check_webhook, "log": _check_log}


def secrets_of(channel: ChannelSettings) -> set[str]:
    """What must never be shown of a channel: its secrets, and the pieces that services put into addresses of theirs.

    Of a URL these are the password and whatever looks as if nobody had thought of it: tokens, numbers of telephones.
    """
    given = {each for secret in channel.secret.split() for each in (secret, secret.removeprefix("whsec_"))}
    if channel.kind == "pagerduty" or not channel.url:
        return given - {""}
    try:
        parts = urlsplit(channel.url)
        password, host = parts.password or "", parts.hostname or ""
    except ValueError:
        return (given | {channel.url}) - {""}
    pieces = [parts.netloc.rpartition("@")[0], *re.split(r"[/:@]", parts.netloc) * (channel.kind == "apprise")]
    pieces += [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    known = host if "." in host else ""
    random = {piece for piece in pieces if _looks_random(piece) and piece.lower() != known}
    whole = {channel.url} if channel.kind == "apprise" or parts.query else set()
    return (given | whole | random | {unquote(piece) for piece in random} | {password, unquote(password)}) - {""}


def _looks_random(piece: str) -> bool:
    return len(piece) >= _SURELY_RANDOM or (len(piece) >= _SHORTEST_PIECE and any(map(str.isdigit, piece)))


def _shown_name(name: str) -> str:
    """A name of a pair, unless it may be a secret that stands in the wrong place."""
    return repr(name) if len(name) <= _LONGEST_NAME and not _looks_random(name) else "a name that isn't shown"
