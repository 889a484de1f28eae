"""A folder that others drop files into: each is read once it is whole, and then put away."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec
import structlog
from msgspec import Struct

from core.errors import ConfigurationError, InputError, SourceError
from core.mention import Mention
from core.ports.clock import Clock
from core.ports.source import SourceItem
from ingest.reading import ENDS_EARLY
from ingest.recorded import Loaded, Recorded, RecordedFile
from ingest.sources.common import NAP
from ingest.sources.folder_files import DONE, FAILED, File, Files, StuckError, plain

BATCH = 500
LOOK_EVERY = 1.0
SETTLED = 10.0
"""Seconds after which a file that hasn't changed is taken to be whole."""
UNFINISHED = 60.0
"""The same for a file that looks as if more were to come: it ends without a line end, or within its compression."""


MOST_LEFT = 100
"""Files that are delivered and can't be moved: where there are more, it isn't the files."""

_Mark = tuple[str, int, int, int]
"""By what a file is known that is left where it lies, until it changes: its name as it is shown, and the rest of it."""


class _Cursor(Struct, frozen=True):
    """The file that is being delivered, what it holds and how it is read, and how much of it is accepted.

    `left` are those that are delivered and couldn't be moved.
    """

    name: str = ""
    fingerprint: str = ""
    position: int = 0
    dead: int = 0
    left: tuple[_Mark, ...] = ()


class _Content(Struct, frozen=True):
    fingerprint: str
    loaded: Loaded


class Folder:
    """The mentions in files that appear in a folder, with the times that stand there, but never later than now.

    The files are delivered one after another, the oldest first. Each goes to ``done/`` afterwards; one
    that can't be read goes to ``failed/``, with the reason beside it. One that can't be moved stays where it is and
    isn't read again until it changes; a new beginning tries to move it once more. A file is held in memory as a whole,
    and nothing of it is delivered before it is known that it didn't change while it was read. Links are left alone.

    Args:
        path: of the folder.
        read: makes a file readable as the settings say; raises InputError where it is none that can be read.
        clock: says how long a file hasn't changed.

    Raises:
        ConfigurationError: there is no such folder, or files can't be moved in it.
    """

    def __init__(self, path: Path, read: Callable[[Path], RecordedFile], clock: Clock) -> None:
        self._files = Files(path)
        self._read = read
        self._clock = clock
        self._unfinished: set[File] = set()
        self._unreadable: set[File] = set()
        """Those that can't be moved to where such files go."""
        self._log = structlog.get_logger(__name__)
        self.name = f"folder:{path.name}"
        try:
            self._files.check()
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror or error}; name a folder that may be written") from error

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver what is there and what comes. While nothing does, items without mentions come.

        Raises:
            SourceError: the folder can't be read, or files can't be moved in it.
        """
        stand = self._try_again(_read_cursor(cursor))
        since: dict[File, float] = {}
        looked: float | None = None
        while True:
            now = self._clock.monotonic()
            file = None
            if looked is None or now - looked >= LOOK_EVERY:
                looked = now
                waiting = self._look(stand.name)
                stand = _still_left(stand, waiting)
                since = {file: since.get(file, now) for file in waiting if _mark(file) not in stand.left}
                self._unreadable.intersection_update(since)
                ready = (file for file in since if file not in self._unreadable)
                file = next((file for file in ready if now - since[file] >= self._needs(file)), None)
            if file is None:
                self._clock.sleep(NAP)
                yield SourceItem((), (), _written(stand))
            else:
                stand = yield from self._take(file, stand, now - since[file])
                looked = None

    def _look(self, first: str) -> list[File]:
        """What is there, the oldest first, but before all others the one that was begun."""
        try:
            found = self._files.waiting()
        except OSError as error:
            raise SourceError(f"{self._files.path} can't be read ({error.strerror or error}). Trying again.") from error
        return sorted(found, key=lambda file: (file.shown != first, file.changed_ns, file.name))

    def _needs(self, file: File) -> float:
        return UNFINISHED if file in self._unfinished or not self._files.ends_a_line(file) else SETTLED

    def _take(self, file: File, stand: _Cursor, quiet: float) -> Generator[SourceItem, None, _Cursor]:
        """Read a file, deliver it and put it away; gives back where we stand then."""
        answers: SimpleQueue[_Content | InputError] = SimpleQueue()
        arguments = (self._read, self._files.path / file.name, self._clock, answers)
        # Nobody waits for it at the end: a file that was only read is read again.
        threading.Thread(target=_load, args=arguments, name=f"reading {file.shown}", daemon=True).start()
        while (content := _answer(answers)) is None:
            self._clock.sleep(NAP)
            yield SourceItem((), (), _written(stand))
        if not self._files.is_still(file):
            return stand  # it has grown meanwhile
        if _ends_early(content) and quiet < UNFINISHED:
            self._unfinished.add(file)
            return stand
        self._unfinished.discard(file)
        if isinstance(content, InputError):
            reason = plain(str(content))
            self._log.warning("file_failed", file=file.shown, reason=reason)
            if not self._put_away(file, FAILED, reason):
                self._unreadable.add(file)
            return _Cursor(left=stand.left)
        stand = yield from self._deliver(file, content, stand)
        if not self._files.is_still(file):
            return stand  # another has taken its place, and nobody has read that one
        loaded = content.loaded
        if self._put_away(file, DONE):
            self._log.info("file_done", file=file.shown, mentions=len(loaded.recorded), dead=len(loaded.dead))
            return _Cursor(left=stand.left)
        if len(stand.left) >= MOST_LEFT:
            raise SourceError(f"{self._files.path} has {MOST_LEFT} files that can't be moved to {DONE}. Trying again.")
        return _Cursor(left=(*stand.left, _mark(file)))

    def _deliver(self, file: File, content: _Content, stand: _Cursor) -> Generator[SourceItem, None, _Cursor]:
        loaded = content.loaded
        if (stand.name, stand.fingerprint) != (file.shown, content.fingerprint):
            stand = _Cursor(file.shown, content.fingerprint, left=stand.left)
            yield SourceItem((), (), _written(stand), loaded.skipped)
        while stand.dead < len(loaded.dead):
            rows = loaded.dead[stand.dead : stand.dead + BATCH]
            stand = msgspec.structs.replace(stand, dead=stand.dead + len(rows))
            yield SourceItem((), rows, _written(stand))
        while stand.position < len(loaded.recorded):
            batch = loaded.recorded[stand.position : stand.position + BATCH]
            stand = msgspec.structs.replace(stand, position=stand.position + len(batch))
            yield SourceItem(tuple(_seen(each) for each in batch), (), _written(stand))
        return stand

    def _put_away(self, file: File, where: str, reason: str = "") -> bool:
        """Move a file; say whether it could be."""
        try:
            self._files.put_away(file, where, reason)
        except StuckError as error:
            self._log.warning("file_left", file=file.shown, where=where, reason=str(error))
            return False
        except OSError as error:
            raise SourceError(
                f"{self._files.path / file.shown} can't be moved to {where} ({error.strerror or error}). Trying again."
            ) from error
        return True

    def _try_again(self, stand: _Cursor) -> _Cursor:
        """Move what is delivered and couldn't be moved before."""
        waiting = self._look(stand.name) if stand.left else []
        for file in waiting:
            if _mark(file) in stand.left:
                self._put_away(file, DONE)
        return stand


def _load(
    read: Callable[[Path], RecordedFile], path: Path, clock: Clock, answers: SimpleQueue[_Content | InputError]
) -> None:
    """Read a whole file, in a thread of its own, because it may take minutes."""
    try:
        recorded = read(path)
        fingerprint = recorded.fingerprint()
        answers.put(_Content(fingerprint, recorded.load(clock.now())))
    except InputError as error:
        answers.put(error)
    except Exception as error:  # noqa: BLE001  a file may be broken in ways that nobody thought of; the others go on
        answers.put(InputError(f"{path}: can't be read: {str(error) or type(error).__name__}"))


def _answer(answers: SimpleQueue[_Content | InputError]) -> _Content | InputError | None:
    try:
        return answers.get_nowait()
    except Empty:
        return None


def _ends_early(content: _Content | InputError) -> bool:
    if isinstance(content, InputError):
        return ENDS_EARLY in str(content)
    return any(ENDS_EARLY in reason for _, reason in content.loaded.dead[-1:])


def _seen(recorded: Recorded) -> Mention:
    """The mention as of a network: it happens now, and nothing is later than now."""
    mention = recorded.mention
    return msgspec.structs.replace(mention, created_at=min(mention.created_at, mention.ingested_at), origin="live")


def _mark(file: File) -> _Mark:
    return file.shown, file.number, file.size, file.changed_ns


def _still_left(stand: _Cursor, waiting: Iterable[File]) -> _Cursor:
    if not stand.left:
        return stand
    marks = {_mark(file) for file in waiting}
    return msgspec.structs.replace(stand, left=tuple(mark for mark in stand.left if mark in marks))


def _written(stand: _Cursor) -> str:
    return msgspec.json.encode(stand).decode()


def _read_cursor(cursor: str) -> _Cursor:
    try:
        return msgspec.json.decode(cursor, type=_Cursor)
    except msgspec.DecodeError:
        return _Cursor()
