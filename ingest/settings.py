"""Which sources bring mentions, as a user writes them: one `[[sources]]` table each."""

from pathlib import Path
from typing import Literal

from msgspec import Struct


class SourceSettings(Struct, frozen=True, kw_only=True):
    """One source that the ingest worker runs.

    - `name`: under which it keeps its place, takes its turn and is spoken of; no two sources have the same.
    - `kind`: ``recording`` (a recorded file, played as if it happened now) or ``demonstration`` (the invented brand).
    - `file`, `map`, `where`, `brand`, `source`, `speed`: of a recording, as the options of ``sixminute replay``.
    """

    name: str
    kind: Literal["recording", "demonstration"]
    file: Path = Path()
    map: str = ""
    where: tuple[str, ...] = ()
    brand: str = ""
    source: str = "x"
    speed: float = 1.0
