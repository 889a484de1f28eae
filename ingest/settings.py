"""Which sources bring mentions, as a user writes them, and where the networks are."""

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct


class SourceSettings(Struct, frozen=True, kw_only=True):
    """One source that the ingest worker runs: a `[[sources]]` table.

    - `name`: under which it keeps its place, takes its turn and is spoken of; no two sources have the same.
    - `kind`: ``bluesky`` (all public posts of Bluesky), ``recording`` (a recorded file, played as if it happened
      now), ``demonstration`` (the invented brand), ``feeds`` (RSS and Atom), ``mastodon``, or ``folder``
      (files that are dropped there).
    - `file`, `map`, `where`, `brand`, `source`, `speed`: of a recording, as the options of ``sixminute replay``.
    - `urls`: of feeds.
    - `folder`: where files are dropped; `map`, `where`, `brand` and `source` say how they are read.
    - `hashtags`, `public`: which statuses of Mastodon: those with a hashtag, or all that the instance shows.
    """

    name: str
    kind: Literal["bluesky", "recording", "demonstration", "feeds", "mastodon", "folder"]
    file: Path = Path()
    map: str = ""
    where: tuple[str, ...] = ()
    brand: str = ""
    source: str = "x"
    speed: float = 1.0
    urls: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    public: bool = False
    folder: Path = Path()


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
