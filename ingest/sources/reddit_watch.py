"""What is asked of Reddit again and again, and what is new in the answers (pure)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from core.brand import Brand
from core.ports.source import Gap
from ingest.sources.common import Recent
from ingest.sources.reddit_things import Broken, Page, Thing, newest, oldest

PAGE = 100
"""Things that Reddit gives at once, at most."""
SLACK = 600.0
"""Seconds that a thing may be late: what is posted stands in a listing, and in the search, in no strict order."""
SHORTEST, LONGEST = 1.0, 60.0
"""Seconds between two looks."""
_WANTED = 3
"""How many new things a look should find: more often costs requests, more seldom costs time and pages to go back."""
_SLOWER = 1.5
"""By how much a pause is longer than the one before, at most: a single post says little about how many will come."""
_NEARLY = 0.9
"""What was removed is left out of a listing, but counts for its length."""
_MOST_PAGES = 11
_REMEMBERED = 5_000
_DAY = 86_400.0
_LONGEST_QUERY = 512
_SPANS = {"day": 1, "week": 7, "month": 30, "year": 365}
"""The days that the search looks back at; beyond the longest it looks at everything."""
_BEYOND = "all"
_GONE = -1.0


class Place(Struct, frozen=True, kw_only=True):
    """Something to look at: a listing, a search, an inbox.

    `key` names its mark in the cursor; several searches share one. `keeps` is how many things it goes back, roughly.
    `refused` is what may be wrong where Reddit doesn't let us in. `addressed` is the account whose inbox it is.
    """

    key: str
    path: str
    query: Mapping[str, str | int]
    keeps: int
    refused: str
    addressed: str = ""


def places(subreddits: Sequence[str], searches: Sequence[str], inbox_of: str) -> tuple[Place, ...]:
    """What to look at.

    Args:
        subreddits: whose comments and submissions are read, all in one listing each.
        searches: queries over all of Reddit; it finds submissions, for Reddit has no search for comments.
        inbox_of: the account whose mentions are read, empty for none.
    """
    found: list[Place] = []
    if subreddits:
        together = "+".join(subreddits)
        refused = "a subreddit is private, banned or not there; correct `subreddits`"
        for key, end in (("comments", "comments"), ("submissions", "new")):
            found.append(Place(key=key, path=f"r/{together}/{end}/", query={}, keeps=1_000, refused=refused))
    refused = "this app may not search; ask Reddit to approve it, or set `search = false`"
    for text in searches:
        query = {"q": text, "sort": "new", "type": "link", "include_over_18": "on"}
        found.append(Place(key="search", path="r/all/search/", query=query, keeps=250, refused=refused))
    if inbox_of:
        refused = "the app must be a “script” of the user; make it one, or set `inbox = false`"
        inbox = Place(key="inbox", path="message/mentions", query={}, keeps=1_000, refused=refused, addressed=inbox_of)
        found.append(inbox)
    return tuple(found)


def queries(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Searches that find the brands by all of their names, as few as Reddit's limit of 512 characters allows."""
    terms: dict[str, str] = {}
    for brand in brands:
        for name in (brand.name, *brand.aliases, *brand.products, *brand.handles):
            plain = " ".join(name.replace('"', " ").replace("\\", " ").removeprefix("@").split())
            if plain:
                terms.setdefault(plain.casefold(), f'"{plain}"')
    packed: list[str] = []
    for term in terms.values():
        longer = f"{packed[-1]} OR {term}" if packed else term
        if packed and len(longer) <= _LONGEST_QUERY:
            packed[-1] = longer
        else:
            packed.append(term)
    return tuple(packed)


class Watch:
    """Looks at one place, and knows what it has seen.

    `mark` is when the newest thing seen was posted (seconds since 1970), None before the first look. A look goes back
    from the newest thing to the mark, page by page. Reddit could also be asked for what comes `before` a thing that is
    known; but it answers with nothing, for ever, once that thing is deleted.

    Args:
        place: what to look at.
        mark: where an earlier watch stood.
        now: seconds on the monotonic clock.
    """

    def __init__(self, place: Place, mark: float | None, now: float) -> None:
        self.place = place
        self.mark = mark
        self.due = now
        self.refusal = ""
        """Why Reddit refuses the place, for as long as it does."""
        self._looked = now
        self._every = SHORTEST
        self._seen: Recent[str, float] = Recent(_REMEMBERED)

    def query(self, after: str, now: datetime) -> dict[str, str | int]:
        """The parameters for the page after a thing, or for the first one."""
        query = {**self.place.query, "limit": PAGE} | ({"after": after} if after else {})
        if self.place.key == "search":
            back = now.timestamp() - (self.mark or now.timestamp()) + 2 * SLACK
            query["t"] = next((span for span, days in _SPANS.items() if back < days * _DAY), _BEYOND)
        return query

    def reaches(self, pages: Sequence[Page]) -> bool:
        """Whether these pages, the newest first, go back far enough, or as far as there are any."""
        last = pages[-1]
        return (
            self.mark is None
            or not last.after
            or len(pages) >= _MOST_PAGES
            or (len(pages) > 1 and last.after == pages[-2].after)
            or self._is_past(last)
        )

    def news(self, pages: Sequence[Page]) -> list[Thing]:
        """What wasn't seen so, the oldest first; what is older than the mark only if it was changed since."""
        since = self._since
        found = []
        oldest_first = list(self._things(pages))[::-1]
        oldest_first.sort(key=lambda thing: thing.created)
        for thing in oldest_first:
            known = thing.name in self._seen
            state = _GONE if thing.gone else thing.edited
            late = max(thing.created, thing.edited) < since and not known
            if self._is_new(thing.name, state) and not late:
                found.append(thing)
        return found

    def broken(self, pages: Sequence[Page]) -> Iterator[Broken]:
        """What can't be read and wasn't seen."""
        for page in pages:
            for each in page.broken:
                if self._is_new(f"broken {each.name or hash(each.raw)}", 0.0) and self.mark is not None:
                    yield each

    def lost(self, pages: Sequence[Page]) -> tuple[Gap, ...]:
        """What can't be had any more: where the listing ends, or we end, before the mark."""
        things = list(self._things(pages))
        if self.mark is None or any(self._is_past(page) for page in pages):
            return ()
        if len(things) < self.place.keeps * _NEARLY:
            return ()  # all that there ever was
        since, until = (datetime.fromtimestamp(at, UTC) for at in (self.mark, oldest(things)))
        reason = f"Reddit shows the newest {len(things):,} things only ({self.place.key}), and more had come"
        return (Gap(since=since, until=max(since, until), reason=reason),)

    def move(self, pages: Sequence[Page], now: datetime) -> None:
        """Set the mark, once what is new is in good hands."""
        latest = min(newest(list(self._things(pages))), now.timestamp())
        if self.mark is None:
            # Where nothing stands yet, whatever comes is new; but a day back at most, should the answer be a mistake.
            self.mark = latest or now.timestamp() - _DAY
        self.mark = max(self.mark, latest)

    def pace(self, found: int, now: float, least: float) -> None:
        """Say when to look again: the sooner, the more comes.

        Args:
            found: how many things were new.
            now: seconds on the monotonic clock.
            least: seconds that the rate limit demands between two looks.
        """
        longer = self._every * _SLOWER
        wanted = min((now - self._looked) * _WANTED / found, longer) if found else longer
        self._every = min(max(wanted, SHORTEST), LONGEST)
        self.refusal = ""
        self._looked = now
        self.due = now + max(self._every, least)

    @property
    def _since(self) -> float:
        return float("inf") if self.mark is None else self.mark - SLACK

    def _is_past(self, page: Page) -> bool:
        return bool(page.things) and self.mark is not None and oldest(page.things) < self.mark

    def _things(self, pages: Sequence[Page]) -> Iterator[Thing]:
        for page in pages:
            yield from page.things

    def _is_new(self, name: str, state: float) -> bool:
        known = self._seen.get(name) == state
        self._seen[name] = state
        return not known
