"""A recorded stream, played again as if it happened now."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from core.errors import ConfigurationError
from core.mention import Mention
from core.ports.clock import Clock
from core.ports.source import SourceItem
from ingest.recorded import LIMIT, Loaded, Recorded, RecordedFile
from ingest.sources.common import NAP

BATCH = 500
_AHEAD = timedelta(days=1)
"""Clocks of those who record may be ahead, and their zones be forgotten."""


class _Cursor(Struct, frozen=True):
    """Where a replay stands: the file and how it is read, the speed, when it began, and how many are accepted."""

    file: str
    speed: float
    began_at: datetime
    position: int
    dead: int


class Recording:
    """Plays a recorded file into the present.

    At a `speed` above 0 the first mention is posted when the replay begins and each other one ``(t - t0) / speed``
    after it. At speed 0 everything comes at once, with the original spacing and the last mention posted now. Either way
    `created_at` follows from the moment the replay began, which the cursor keeps: after a crash the same mentions come
    with the same times. What fell due while nobody was playing comes at once.

    A cursor of another file, of other settings or another speed is left aside, and the replay begins anew. The whole
    file is held in memory (`limit` mentions), because recordings needn't be in the order of time.

    Raises:
        ConfigurationError: the speed is below 0 or no number.
    """

    def __init__(self, file: RecordedFile, clock: Clock, *, speed: float = 0.0, limit: int = LIMIT) -> None:
        if not (math.isfinite(speed) and speed >= 0):
            raise ConfigurationError(
                f"speed {speed}: 0 is as fast as it goes, 1 is as it came, 60 is a minute each second"
            )
        self._file = file
        self._clock = clock
        self._speed = speed
        self._limit = limit
        self.name = f"recording:{file.path.name}"

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on. While nothing is due, items without mentions come, so that a stop is heard.

        Raises:
            InputError: the file can't be read any more, or has too many mentions.
        """
        fingerprint = self._file.fingerprint()
        stand = self._resume(cursor, fingerprint)
        # As when the replay began: what lay in the future then may not any more.
        loaded = self._file.load(self._clock.now(), self._limit, until=stand.began_at + _AHEAD)
        total: int | None = len(loaded.recorded) + len(loaded.dead) - stand.position - stand.dead
        skipped = 0
        if not stand.position and not stand.dead:
            skipped = loaded.skipped
            total = (total or 0) + skipped
        # The beginning is saved before anything is published: redelivered mentions then have the same times.
        yield SourceItem((), (), _written(stand), skipped, total)
        while stand.dead < len(loaded.dead):
            rows = loaded.dead[stand.dead : stand.dead + BATCH]
            stand = msgspec.structs.replace(stand, dead=stand.dead + len(rows))
            yield SourceItem((), rows, _written(stand))
        yield from self._play(loaded, stand)

    def _resume(self, cursor: str, fingerprint: str) -> _Cursor:
        try:
            stand = msgspec.json.decode(cursor, type=_Cursor)
        except msgspec.DecodeError:
            stand = None
        if stand and stand.file == fingerprint and stand.speed == self._speed:
            return stand
        return _Cursor(fingerprint, self._speed, self._clock.now(), 0, 0)

    def _play(self, loaded: Loaded, stand: _Cursor) -> Iterator[SourceItem]:
        recorded = loaded.recorded
        while stand.position < len(recorded):
            now = self._clock.now()
            batch = []
            for each in recorded[stand.position : stand.position + BATCH]:
                due = self._moment(each.at, recorded, stand)
                if due > now:
                    break
                batch.append(self._posted(each, recorded, stand, now))
            if not batch:
                self._clock.sleep(min(NAP, (due - now).total_seconds()))
            stand = msgspec.structs.replace(stand, position=stand.position + len(batch))
            yield SourceItem(tuple(batch), (), _written(stand))

    def _moment(self, at: datetime, recorded: Sequence[Recorded], stand: _Cursor) -> datetime:
        if self._speed:
            return stand.began_at + (at - recorded[0].at) / self._speed
        return stand.began_at + (at - recorded[-1].at)

    def _posted(self, each: Recorded, recorded: Sequence[Recorded], stand: _Cursor, now: datetime) -> Mention:
        created_at = self._moment(each.mention.created_at, recorded, stand)
        return msgspec.structs.replace(each.mention, created_at=created_at, ingested_at=now)


def _written(stand: _Cursor) -> str:
    return msgspec.json.encode(stand).decode()
