"""The built-in demonstration as a source: an invented brand, its ordinary days, and a crisis while you look."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from core.mention import Mention, mention_id
from core.ports.clock import Clock
from core.ports.source import SourceItem
from ingest.sources.common import NAP
from ingest.sources.demonstration_script import DEMONSTRATION_BRAND, Planned, write_script

__all__ = ["DEMONSTRATION_BRAND", "Demonstration"]

BATCH = 500
PAUSE = timedelta(seconds=30)
"""Later than this, the demonstration was stopped meanwhile: it goes on from where it was instead of catching up."""


class _Cursor(Struct, frozen=True):
    """Where the demonstration stands: its seed, when it was started, that moment moved on by pauses, posts accepted."""

    seed: int
    run: datetime
    began_at: datetime
    position: int


class Demonstration:
    """Ten ordinary days at once, then a trickle, and after 15 seconds a crisis, as it happens.

    The texts follow from `seed`, the moments from the clock, and the identities from the moment of the first start: so
    a demonstration that was erased and started anew has new mentions.
    """

    name = "demonstration"

    def __init__(self, clock: Clock, seed: int = 6) -> None:
        self._clock = clock
        self._seed = seed

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on. While nothing is due, items without mentions come, so that a stop is heard."""
        stand = self._resume(cursor)
        script = write_script(stand.seed, stand.run)
        stand = self._after_pause(stand, script)
        # The beginning is saved before anything is published: redelivered posts then are the same mentions.
        yield SourceItem((), (), _written(stand), total=len(script) - stand.position)
        while stand.position < len(script):
            now = self._clock.now()
            waiting = script[stand.position : stand.position + BATCH]
            due = [planned for planned in waiting if stand.began_at + timedelta(seconds=planned.seconds) <= now]
            if not due:
                until = stand.began_at + timedelta(seconds=waiting[0].seconds) - now
                self._clock.sleep(min(NAP, until.total_seconds()))
            mentions = [_mention(planned, stand, number, now) for number, planned in enumerate(due, stand.position)]
            stand = msgspec.structs.replace(stand, position=stand.position + len(due))
            yield SourceItem(tuple(mentions), (), _written(stand))

    def _resume(self, cursor: str) -> _Cursor:
        try:
            return msgspec.json.decode(cursor, type=_Cursor)
        except msgspec.DecodeError:
            now = self._clock.now()
            return _Cursor(self._seed, now, now, 0)

    def _after_pause(self, stand: _Cursor, script: Sequence[Planned]) -> _Cursor:
        ahead = next((planned.seconds for planned in script[stand.position :] if planned.seconds >= 0), 0.0)
        late = self._clock.now() - stand.began_at - timedelta(seconds=ahead)
        return msgspec.structs.replace(stand, began_at=stand.began_at + late) if late > PAUSE else stand


def _mention(planned: Planned, stand: _Cursor, number: int, now: datetime) -> Mention:
    network_id = f"demonstration-{stand.seed}-{stand.run:%Y%m%dT%H%M%S.%f}-{number}"
    return Mention(
        id=mention_id(planned.source, network_id, DEMONSTRATION_BRAND.name),
        brand=DEMONSTRATION_BRAND.name,
        source=planned.source,
        network_id=network_id,
        created_at=stand.began_at + timedelta(seconds=planned.seconds),
        ingested_at=now,
        text=planned.text,
        author=planned.author,
        language_hint=planned.language,
        followers=planned.followers,
        origin="demonstration",
    )


def _written(stand: _Cursor) -> str:
    return msgspec.json.encode(stand).decode()
