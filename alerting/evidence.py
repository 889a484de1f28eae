"""The mentions behind an alert, and what is different about them, read from the store."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from alerting.settings import AlertingSettings
from alerting.voices import MOST_HEARD, Voices, voices
from alerting.why import LEAST_COMPARED, Post, Range, why
from core.alert import Alert
from core.mention import Label, StoredMention
from core.ports.queries import MentionQuery
from core.ports.store import Store
from core.segment import WHOLE, filters_of, segments_of
from core.why import Why

_PAGE = 500
_THEMES = 3

_INSTANT = timedelta(microseconds=1)
_USUAL = timedelta(days=7)
_SLICES = 28
_OF_A_SLICE = 100
"""What is usual is asked of seven days, four times of each: a busy brand's last thousand posts are of one hour."""


class Evidence(Struct, frozen=True, kw_only=True):
    """The mentions that were counted, their ids, and their most frequent themes."""

    posts: tuple[StoredMention, ...]
    mentions: tuple[str, ...]
    themes: tuple[str, ...]


def evidence(store: Store, brand: str, windows: Iterable[tuple[datetime, str]], settings: AlertingSettings) -> Evidence:
    """What stood in windows, each given by its end and segment: negative mentions, in the whole sensitive ones too."""
    found = {
        stored.mention.id: stored
        for end, segment in windows
        for query in _queries(brand, segment, end, settings)
        for stored in _all(store, query)
    }
    themes = Counter(theme for stored in found.values() for theme in stored.score.reading.themes)
    ranked = sorted(themes, key=lambda theme: (-themes[theme], theme))
    return Evidence(posts=tuple(found.values()), mentions=tuple(found), themes=tuple(ranked[:_THEMES]))


def heard(store: Store, brand: str, segment: str, since: datetime, until: datetime) -> Voices:
    """The voices of the latest negative mentions in a segment posted in a range (both ends included)."""
    asked = MentionQuery(brand=brand, label=Label.NEGATIVE, since=since, until=until + _INSTANT, limit=MOST_HEARD)
    return voices(store.mentions(_within(segment, asked)).items)


def _within(segment: str, asked: MentionQuery) -> MentionQuery:
    """A question about a brand, asked about a segment of it."""
    return msgspec.structs.replace(asked, **filters_of(segment))


def explained(  # noqa: PLR0917 - what is compared with what
    store: Store,
    alert: Alert,
    found: Evidence,
    window: Range,
    opened_at: datetime,
    names: Collection[str] = (),
) -> Why:
    """Why an alert fired, from the evidence of its window and a sample of the days before its incident opened."""
    usual = usual_range(window, opened_at)

    def earlier(segment: str) -> list[Post]:
        asked = MentionQuery(brand=alert.brand, label=Label.NEGATIVE, limit=_OF_A_SLICE)
        of_slices = (msgspec.structs.replace(asked, since=one.since, until=one.until) for one in slices(usual))
        return [stored for each in of_slices for stored in store.mentions(_within(segment, each)).items]

    return why_of(alert, found.posts, comparable(alert.segment, earlier), window, usual, names)


def comparable(segment: str, earlier: Callable[[str], list[Post]]) -> list[Post]:
    """What the posts of a segment are compared with: earlier ones there, or of the whole where there are too few."""
    within = earlier(segment)
    return within if not segment or len(within) >= LEAST_COMPARED else earlier(WHOLE)


def why_of(  # noqa: PLR0917 - what is compared with what
    alert: Alert,
    posts: Iterable[Post],
    earlier: Sequence[Post],
    window: Range,
    usual: Range,
    names: Collection[str],
) -> Why:
    """Why an alert fired: what is different about the posts with sensitive words, or the negative ones."""
    sensitive = alert.rule == "sensitive"
    counted = (
        post
        for post in posts
        if window.since <= post.mention.created_at < window.until
        and counts_in(post, alert.segment)
        and (bool(post.score.reading.sensitive) if sensitive else post.score.label is Label.NEGATIVE)
    )
    return why(counted, earlier, window, usual, names=names or (alert.brand,), sensitive=sensitive)


def counts_in(post: Post, segment: str) -> bool:
    """Whether a post counts in a segment; in the whole each does."""
    return not segment or segment in segments_of(post.mention, post.score)


def window_of(alert: Alert, end: datetime, settings: AlertingSettings) -> Range:
    """The window of an alert that ends at a moment, up to the post with which it fired.

    What was posted later in that minute may be known already, or not: why an alert fired mustn't depend on that.
    """
    return Range(end - timedelta(minutes=settings.window_minutes), min(end, alert.at + _INSTANT))


def usual_range(window: Range, opened_at: datetime) -> Range:
    """The days before a window, and before the window in which its incident opened."""
    until = min(window.since, opened_at - (window.until - window.since))
    return Range(until - _USUAL, until)


def slices(usual: Range) -> Iterator[Range]:
    """The stretches from whose ends the sample is taken, the latest first."""
    length = (usual.until - usual.since) / _SLICES
    for number in range(_SLICES):
        until = usual.until - number * length
        yield Range(until - length, until)


def sample(earlier: Sequence[Post], usual: Range) -> list[Post]:
    """The same sample from posts at hand; they are in order of time."""
    taken: list[Post] = []
    for slice_ in slices(usual):
        within = [post for post in earlier if slice_.since <= post.mention.created_at < slice_.until]
        taken += within[-_OF_A_SLICE:][::-1]
    return taken


def _queries(brand: str, segment: str, end: datetime, settings: AlertingSettings) -> list[MentionQuery]:
    since = end - timedelta(minutes=settings.window_minutes)
    negative = _within(segment, MentionQuery(brand=brand, label=Label.NEGATIVE, since=since, until=end, limit=_PAGE))
    sensitive = MentionQuery(brand=brand, sensitive=True, since=since, until=end, limit=_PAGE)
    return [negative] if segment else [negative, sensitive]


def _all(store: Store, query: MentionQuery) -> Iterator[StoredMention]:
    page = store.mentions(query)
    yield from page.items
    while page.next:
        page = store.mentions(msgspec.structs.replace(query, cursor=page.next))
        yield from page.items
