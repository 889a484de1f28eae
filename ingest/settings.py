"""Which sources bring mentions, as a user writes them, and where the networks are."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from core.errors import ConfigurationError


class SourceSettings(Struct, frozen=True, kw_only=True):
    """One source that the ingest worker runs: a `[[sources]]` table.

    - `name`: under which it keeps its place, takes its turn and is spoken of; no two sources have the same.
    - `kind`: ``bluesky`` (all public posts of Bluesky), ``x``, ``reddit``, ``mastodon``, ``feeds`` (RSS and Atom),
      ``folder`` (files that are dropped there), ``recording`` (a recorded file, played as if it happened now) or
      ``demonstration`` (the invented brand).
    - `file`, `map`, `where`, `brand`, `source`, `speed`: of a recording, as the options of ``sixminute replay``.
    - `mode`: of X: ``stream``, or ``search`` where that is all that may be used.
    - `mentions`: of X: whether the lists of what mentions the brands' accounts are read, too.
    - `sweep_days`: of X: posts of so many days are looked up, to see which are deleted there; 0 looks none up.
    - `subreddits`, `search`, `inbox`: of Reddit: whose comments and submissions are read; whether submissions are
      searched for the brands in all of Reddit; whether mentions of our user are read.
    - `hashtags`, `public`: which statuses of Mastodon: those with a hashtag, or all that the instance shows.
    - `urls`: of feeds.
    - `folder`: where files are dropped; `map`, `where`, `brand` and `source` say how they are read. Where neither
      `source` nor a row names the network, it is ``x`` of a recording, and ``folder`` of a folder.
    """

    name: str
    kind: Literal["bluesky", "x", "reddit", "mastodon", "feeds", "folder", "recording", "demonstration"]
    file: Path = Path()
    map: str = ""
    where: tuple[str, ...] = ()
    brand: str = ""
    source: str = ""
    speed: float = 1.0
    mode: Literal["stream", "search"] = "stream"
    mentions: bool = False
    sweep_days: float = 7.0
    subreddits: tuple[str, ...] = ()
    search: bool = False
    inbox: bool = False
    hashtags: tuple[str, ...] = ()
    public: bool = False
    urls: tuple[str, ...] = ()
    folder: Path = Path()


TAKES: Mapping[str, Sequence[str]] = {
    "bluesky": (),
    "x": ("mode", "mentions", "sweep_days"),
    "reddit": ("subreddits", "search", "inbox"),
    "mastodon": ("hashtags", "public"),
    "feeds": ("urls",),
    "folder": ("folder", "map", "where", "brand", "source"),
    "recording": ("file", "map", "where", "brand", "source", "speed"),
    "demonstration": (),
}
"""What a source of each kind takes besides its name."""


def check_taken(kind: str, given: Iterable[str]) -> None:
    """Refuse settings of other kinds: whoever wrote them expects something that won't happen.

    Raises:
        ConfigurationError: there is one.
    """
    taken = TAKES[kind]
    if strange := [name for name in given if name not in {"name", "kind", *taken}]:
        raise ConfigurationError(
            f"a source of the kind {kind} takes no {' and no '.join(strange)}; it takes {', '.join(taken) or 'nothing'}"
            " besides its name. Take it out, or correct the kind."
        )


LIVE = frozenset({"bluesky", "x", "reddit", "mastodon", "feeds"})
"""Kinds that bring what is written now: where they fall silent, we are blind."""


class Networks(Struct, frozen=True, kw_only=True):
    """Where the networks are and who we are there; what is empty is not known, and its sources say so.

    - `bluesky_url`: the Jetstream that sources of the kind ``bluesky`` listen to.
    - `x_base_url`, `x_bearer_token`: X's API and the token of an app ("app-only").
    - `reddit_base_url`, `reddit_client_id`, `reddit_client_secret`: Reddit's API and a "script" app; with
      `reddit_username` and `reddit_password` its inbox can be read too.
    - `mastodon_base_url`, `mastodon_access_token`: an instance and a token of an account there.
    - `webhook_secret`: signs what others post to ``/api/v1/mentions`` (Standard Webhooks, ``whsec_…``; several
      separated by spaces while one is exchanged for another).
    - `meta_app_secret`, `meta_verify_token`, `line_channel_secret`: the same for Meta's and LINE's own webhooks.
    """

    bluesky_url: str = "wss://jetstream2.us-east.bsky.network"
    x_base_url: str = "https://api.x.com"
    x_bearer_token: str = ""
    reddit_base_url: str = "https://oauth.reddit.com"
    reddit_client_id: str = ""
    reddit_client_secret: str = ""
    reddit_username: str = ""
    reddit_password: str = ""
    mastodon_base_url: str = ""
    mastodon_access_token: str = ""
    webhook_secret: str = ""
    meta_app_secret: str = ""
    meta_verify_token: str = ""
    line_channel_secret: str = ""


CREDENTIALS = tuple(
    field.name
    for field in msgspec.structs.fields(Networks)
    if field.name.rpartition("_")[2] in {"token", "secret", "password", "id"}
)
"""Settings that say who we are: never shown, and read from a file too, where one is mounted."""
