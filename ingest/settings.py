"""Which sources bring mentions, as a user writes them, and where the networks are."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

BLUESKY_URL = "wss://jetstream2.us-east.bsky.network"


class SourceSettings(Struct, frozen=True, kw_only=True):
    """One source that the ingest worker runs: a `[[sources]]` table.

    - `name`: under which it keeps its place, takes its turn and is spoken of; no two sources have the same.
    - `kind`: ``bluesky`` (all public posts of Bluesky), ``recording`` (a recorded file, played as if it happened
      now) or ``demonstration`` (the invented brand).
    - `file`, `map`, `where`, `brand`, `source`, `speed`: of a recording, as the options of ``sixminute replay``.
    """

    name: str
    kind: Literal["bluesky", "recording", "demonstration"]
    file: Path = Path()
    map: str = ""
    where: tuple[str, ...] = ()
    brand: str = ""
    source: str = "x"
    speed: float = 1.0


class Networks(Struct, frozen=True, kw_only=True):
    """Where the networks are: their own addresses, a mirror, a proxy or another instance."""

    bluesky_url: str = BLUESKY_URL
