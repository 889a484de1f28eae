"""One time of listening to X: the stream, and beside it what else is asked for."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from core.errors import SourceError
from core.ports.source import SourceItem
from ingest.match import Matcher
from ingest.sources.aside import aside, meanwhile
from ingest.sources.common import NAP
from ingest.sources.x_api import Api, MishapError, RateLimitedError, RefusedError
from ingest.sources.x_attempts import Attempts
from ingest.sources.x_chore_rules import Rules
from ingest.sources.x_chores import NOTHING, SETTLE, Accounts, Chore, Lists, Page, Sweep
from ingest.sources.x_line import End, Event, Line, Opened
from ingest.sources.x_posts import Reader, id_at
from ingest.sources.x_rules import accounts_of, queries_of, rules_of
from ingest.sources.x_wanted import Wanted
from ingest.sources.x_wire import end_of

BATCH = 500
SPACING = 20.0
"""Seconds from one connection to the next at least: X allows 50 in a quarter of an hour."""
_BEHIND = timedelta(seconds=60)
"""The place stays so far behind the present: what was posted before has come down the stream."""
_STEP = timedelta(seconds=5)
_POLL_SECONDS = 30.0
_WINDOW_SECONDS = 900.0
_LIMITED = frozenset({420, 429})
_NO_RULES = 409
_FIRST_SECONDS = 2.0
_LONGEST_CHORE = 60.0
"""Seconds for one request. It ends by itself long before, but for a name that takes so long to be looked up."""


class Visit:
    """From a place until an error or the end of the process.

    Args:
        wanted: what X is visited for.
        place: everything that was posted before has been given.
    """

    def __init__(self, wanted: Wanted, place: datetime) -> None:
        self._wanted = wanted
        self._clock = wanted.clock
        self._address = wanted.networks.x_base_url, wanted.networks.x_bearer_token
        self._api = Api(*self._address)
        self._reader = Reader(Matcher(wanted.brands, wanted.name))
        self._narrow = wanted.narrow()
        self._line: Line | None = None
        self._connecting = Attempts(wanted.name, self._clock, SPACING)
        self._connected_at = self._heard_at = self._clock.monotonic()
        self._opened: datetime | None = None
        self._spoke = self._asked = False
        self._rules = Rules(
            self._api, self._clock, self._attempts(), rules_of(wanted.brands, wanted.name, self._narrow),
            gone=lambda there_at: self._search.go_back(there_at - SETTLE),
        )  # fmt: skip
        self._search = self._lists(place, "post", vital=not wanted.stream)
        self._search.pages = self._queries()
        self._mentions = self._lists(place, "mention")
        self._chores: list[Chore] = [self._rules] if wanted.stream else []
        self._chores.append(self._search)
        if wanted.mentions:
            self._mentions.rest()
            self._chores += [Accounts(self._api, accounts_of(wanted.brands), self._mentions), self._mentions]
        if wanted.sweep:
            self._chores.append(Sweep(self._api, self._clock, self._attempts(), wanted.kept, wanted.sweep))

    def items(self) -> Iterator[SourceItem]:
        """What comes, without end.

        Raises:
            SourceError: as `X.items`.
        """
        while True:
            self._keep_narrow()
            self._keep_connected()
            for chore in self._chores:
                if self._clock.monotonic() >= chore.attempts.due and (request := chore.request()):
                    yield from self._ask(chore, request)
            yield self._listen(NAP)

    def close(self) -> None:
        """Let go of everything, at once."""
        if self._line is not None:
            self._line.close()
        self._api.close()

    def _listen(self, seconds: float = 0.0) -> SourceItem:
        """What the stream has brought, after so many seconds at most."""
        if self._line is None:
            if seconds:
                self._clock.sleep(seconds)
            return self._told(NOTHING)
        events = self._line.events(BATCH, seconds)
        now = self._clock.monotonic()
        words = [event for event in events if isinstance(event, bytes) and not end_of(event)]
        end = _end_in(events)
        if any(isinstance(event, Opened) for event in events):
            self._opened = self._clock.now()
        if events:
            self._heard_at = now
            self._spoke |= bool(words)
        elif now - self._heard_at > self._wanted.patience.total_seconds():
            end = End(f"it has said nothing for {self._wanted.patience.total_seconds():.0f} s")
        item = self._reader.item(filter(None, words), self._clock.now()) if words else NOTHING
        # What still waits may be old, where the next stage was slow.
        if words and len(events) < BATCH:
            self._follow()
        if end:
            self._ended(end)
        return self._told(item)

    def _ask(self, chore: Chore, request: Callable[[], bytes]) -> Iterator[SourceItem]:
        """Ask in another thread, so that meanwhile the stream is listened to, and we can be stopped."""
        # A wrong token is told before anything was given: so the pauses of whoever starts us again grow.
        asking = aside(request, _LONGEST_CHORE, "X", at_first=0.0 if self._asked else _FIRST_SECONDS)
        self._asked = True
        try:
            item = chore.take((yield from meanwhile(asking, self._listen)))
        except RateLimitedError as error:
            chore.attempts.limited(str(error), error.reset)
            if chore.vital:
                yield replace(self._told(NOTHING), trouble=str(error))
        except RefusedError as error:
            if chore.vital:
                raise
            chore.attempts.refused(str(error))
        except (MishapError, ValueError) as error:
            chore.attempts.failed(str(error))
            if chore.vital and chore.attempts.exhausted:
                raise SourceError(f"{error}. Trying again.") from error
        else:
            chore.attempts.well()
            self._hand_over()
            yield self._told(item)

    def _hand_over(self) -> None:
        """Let the stream do alone what the search did, once they overlap."""
        if not (self._opened and self._rules.ready and self._search.done):
            return
        if self._search.began >= max(self._opened, self._rules.since) + SETTLE:
            self._search.rest()

    def _follow(self) -> None:
        place = self._clock.now() - _BEHIND
        if self._search.resting and place - self._search.place >= _STEP:
            self._search.place = place

    def _keep_narrow(self) -> None:
        narrow = self._wanted.narrow()
        if narrow != self._narrow:
            self._narrow = narrow
            self._rules.look_again(rules_of(self._wanted.brands, self._wanted.name, narrow))
            self._search.pages = self._queries()

    def _keep_connected(self) -> None:
        if self._line or not (self._wanted.stream and self._rules.ready and self._rules.wanted):
            return
        if self._clock.monotonic() < self._connecting.due:
            return
        if self._connecting.exhausted:
            raise SourceError(f"X's stream doesn't hold: {self._connecting.reason}. Connecting anew.")
        self._connected_at = self._heard_at = self._clock.monotonic()
        self._spoke = False
        self._line = Line(*self._address)
        self._line.start()

    def _ended(self, end: End) -> None:
        """The stream is over: the search takes its place, until the next one."""
        if self._line:
            self._line.close()
        self._line = self._opened = None
        self._search.wake()
        self._rules.look_again()
        if self._spoke:
            left = self._connected_at + SPACING - self._clock.monotonic()
            self._connecting.interrupted(end.reason, max(0.0, left))
        elif end.status in _LIMITED:
            self._connecting.limited(end.reason, end.reset)
        else:
            refused = 400 <= end.status < 500 and end.status != _NO_RULES
            self._connecting.failed(end.reason, hopeless=refused)

    def _attempts(self) -> Attempts:
        return Attempts(self._wanted.name, self._clock)

    def _lists(self, place: datetime, resource: str, *, vital: bool = False) -> Lists:
        def read(answer: bytes) -> SourceItem:
            return self._reader.item([answer], self._clock.now(), resource)

        return Lists(read, self._clock, self._attempts(), place, every=self._poll_seconds, vital=vital)

    def _queries(self) -> list[Page]:
        return [self._query(query) for query in queries_of(self._wanted.brands, self._wanted.name, self._narrow)]

    def _query(self, query: str) -> Page:
        return lambda since, token: self._api.search(query, since, token)

    def _poll_seconds(self) -> float:
        """From round to round, so that X's limit lasts, with some in reserve for further pages."""
        return max(_POLL_SECONDS, 1.5 * len(self._search.pages) * _WINDOW_SECONDS / self._api.searches_allowed)

    def _told(self, item: SourceItem) -> SourceItem:
        place = self._search.place
        # What X doesn't give at all is nothing to wait for.
        if self._wanted.mentions and not self._mentions.attempts.refusal:
            place = min(place, self._mentions.place)
        # Handles and their mentions are asked for under one.
        refusals = dict.fromkeys(chore.attempts.refusal for chore in self._chores)
        return replace(
            item,
            cursor=id_at(place),
            next_within=0.0 if self._line else self._poll_seconds(),
            trouble=" ".join(filter(None, refusals)),
        )


def _end_in(events: Sequence[Event]) -> End | None:
    """The first word of an end, X's own before what became of the connection."""
    said = [End(f"X ends it ({end_of(event)})") for event in events if isinstance(event, bytes) and end_of(event)]
    return next(iter([*said, *(event for event in events if isinstance(event, End))]), None)
