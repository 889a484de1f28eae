"""What became of posts: which are lost, which doubled, and how long they took (pure)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

AROUND = timedelta(seconds=180)
"""So long after the beginning of a fault posts don't count for how long they usually take."""


class Post(Struct, frozen=True):
    """What was posted: where, its number there, when, and whether it names a brand."""

    network: str
    number: int
    at: datetime
    named: bool


class Seen(Struct, frozen=True):
    """An event on the bus: of which post, its id and that of its mention, and when it was published."""

    network: str
    number: int
    event: str
    mention: str
    at: datetime


class Account(Struct, frozen=True):
    """What became of a network's posts. `before` and `after` are the duplicates before and after dedupe.

    `usual` are the seconds from post to bus outside of faults, in order, `longest` the longest of all. `foreign` are
    events about posts that name no brand, or that nobody wrote.
    """

    named: int
    arrived: int
    lost: tuple[int, ...]
    before: int
    after: int
    foreign: int
    usual: tuple[float, ...]
    longest: float

    @property
    def in_order(self) -> bool:
        """Whether nothing is lost, doubled or made up."""
        return self.named > 0 and not (self.lost or self.after or self.foreign)


def account_of(posts: Iterable[Post], seen: Iterable[Seen], faults: Sequence[datetime]) -> Account:
    """Compare what was posted on a network with what came (pure).

    Args:
        posts: of the network.
        seen: of the network.
        faults: when each of its faults began.
    """
    named = {post.number: post for post in posts if post.named}
    ids: dict[int, set[str]] = defaultdict(set)
    first: dict[int, datetime] = {}
    events: Counter[str] = Counter()
    foreign = 0
    for each in seen:
        events[each.event] += 1
        if each.number not in named:
            foreign += 1
            continue
        ids[each.number].add(each.mention)
        first[each.number] = min(first.get(each.number, each.at), each.at)
    took = {number: (at - named[number].at).total_seconds() for number, at in first.items()}
    usual = (
        seconds
        for number, seconds in took.items()
        if not any(timedelta() <= named[number].at - fault <= AROUND for fault in faults)
    )
    return Account(
        named=len(named),
        arrived=len(ids),
        lost=tuple(sorted(set(named) - set(ids))),
        before=sum(events.values()) - len(events),
        after=sum(len(several) - 1 for several in ids.values()),
        foreign=foreign,
        usual=tuple(sorted(usual)),
        longest=max(took.values(), default=0.0),
    )


class Report(Struct, frozen=True):
    """What an hour has shown, by network. `unmet` are faults that met no request, `failures` what stopped a step."""

    accounts: Mapping[str, Account]
    faults: Mapping[str, Sequence[str]]
    unmet: Mapping[str, int]
    failures: Mapping[str, int]

    @property
    def in_order(self) -> bool:
        """Whether nothing is lost or doubled, and every fault was put on."""
        return all(each.in_order for each in self.accounts.values()) and not any(self.unmet.values())
