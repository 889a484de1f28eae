"""Looks at feeds, each in a thread of its own, because fetching and reading may take long; none takes for ever."""

import threading
from queue import Empty, SimpleQueue

from msgspec import Struct

from core.ports.clock import Clock
from ingest.addresses import shown
from ingest.sources.feeds_entries import Document
from ingest.sources.feeds_reader import Reader
from ingest.sources.feeds_web import PATIENCE, TOO_LONG, Call, UnreadableError, Validators, Web


class Answer(Struct, frozen=True):
    """What stands in a feed, None where it hasn't changed, and how many seconds its server calls that fresh."""

    document: Document | None
    validators: Validators
    fresh_seconds: float


class Ended(Struct, frozen=True):
    """The end of a look: by which key it was begun, and what came of it."""

    key: str
    answer: Answer | UnreadableError


class _Look:
    def __init__(self, key: str, until: float) -> None:
        self.key = key
        self.until = until
        self.call = Call()


class Looks:
    """Looks under way, by the keys that they were begun with.

    Args:
        clock: says when one has taken too long.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._web = Web(clock)
        self._reader = Reader()
        self._answers: SimpleQueue[tuple[_Look, Answer | UnreadableError]] = SimpleQueue()
        self.going: dict[str, _Look] = {}

    def begin(self, key: str, url: str, known: Validators) -> None:
        """Look at a feed. Nobody waits for that at the end: what it would have brought comes again next time."""
        look = _Look(key, self._clock.monotonic() + PATIENCE)
        self.going[key] = look
        arguments = (look, url, known)
        threading.Thread(target=self._look, args=arguments, name=f"feed {shown(url)}", daemon=True).start()

    def ended(self) -> Ended | None:
        """A look that has ended, or that has to end because it has taken too long."""
        try:
            while True:
                look, answer = self._answers.get_nowait()
                if self.going.get(look.key) is look:
                    break  # else it was given up before
        except Empty:
            now = self._clock.monotonic()
            late = (each for each in self.going.values() if now > each.until and not each.call.over)
            if (found := next(late, None)) is None:
                return None
            found.call.give_up()
            look, answer = found, UnreadableError(TOO_LONG)
        del self.going[look.key]
        return Ended(look.key, answer)

    def close(self) -> None:
        """Give up all that are under way."""
        for look in self.going.values():
            look.call.give_up()
        self.going.clear()
        self._reader.close()

    def _look(self, look: _Look, url: str, known: Validators) -> None:
        try:
            fetched = self._web.fetch(url, known, look.call)
            document = None
            if fetched.document is not None:
                document = self._reader.read(fetched.document, fetched.media_type, fetched.address)
            self._answers.put((look, Answer(document, fetched.validators, fetched.fresh_seconds)))
        except UnreadableError as error:
            self._answers.put((look, error))
        except Exception as error:  # noqa: BLE001  what stands there may break the parser in any way; the others go on
            self._answers.put((look, UnreadableError(str(error).partition("\n")[0] or type(error).__name__)))
