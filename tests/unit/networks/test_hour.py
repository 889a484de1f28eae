"""What becomes of posts is counted truly: a measure that finds no loss must be able to find one."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from core.events import MENTIONS_RAW, MentionReceived, decode
from core.mention import Mention, mention_id
from core.ports.bus import Message
from ingest.poller import received_message
from tests.fakes import MONDAY
from tests.networks.accounting import AROUND, Account, Post, Report, Seen, account_of
from tests.networks.hour import Saboteur


def post(number: int, *, named: bool = True, after: float = 0.0) -> Post:
    return Post("x", number, MONDAY + timedelta(seconds=after), named)


def seen(number: int, event: str = "", mention: str = "", after: float = 1.0) -> Seen:
    at = MONDAY + timedelta(seconds=after)
    return Seen("x", number, event or f"event-{number}", mention or f"mention-{number}", at)


def test_all_is_in_order_where_each_post_has_one_mention():
    account = account_of([post(1), post(2), post(3, named=False)], [seen(2), seen(1)], [])
    assert account == Account(2, 2, (), 0, 0, 0, (1.0, 1.0), 1.0)
    assert account.in_order


def test_a_post_that_did_not_come_is_lost():
    account = account_of([post(1), post(2)], [seen(1)], [])
    assert account.lost == (2,)
    assert not account.in_order


def test_the_same_event_again_is_harmless_and_another_mention_is_not():
    repeated = account_of([post(1)], [seen(1), seen(1, after=9)], [])
    assert (repeated.before, repeated.after, repeated.longest, repeated.in_order) == (1, 0, 1.0, True)
    doubled = account_of([post(1)], [seen(1), seen(1, "event-x", "mention-x")], [])
    assert (doubled.before, doubled.after, doubled.in_order) == (0, 1, False)


@pytest.mark.parametrize("number", [2, 7])
def test_what_names_nobody_or_was_never_posted_is_foreign(number: int):
    account = account_of([post(1), post(2, named=False)], [seen(1), seen(number)], [])
    assert (account.foreign, account.in_order) == (1, False)


def test_nothing_posted_is_no_good_result():
    assert not account_of([], [], []).in_order


def test_what_is_posted_around_a_fault_is_not_usual():
    late = AROUND.total_seconds() + 1
    posts = [post(1, after=-1), post(2), post(3, after=AROUND.total_seconds()), post(4, after=late)]
    account = account_of(posts, [seen(each.number, after=500) for each in posts], [MONDAY])
    assert account.usual == (500 - late, 501.0)
    assert account.longest == 501.0


def test_a_fault_that_met_nobody_is_told():
    well = account_of([post(1)], [seen(1)], [])
    assert Report({"x": well}, {}, {"x": 0}, {}).in_order
    assert not Report({"x": well}, {}, {"x": 1}, {}).in_order


class Kept:
    """A bus that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        self.messages += messages


def mention(number: int) -> Mention:
    return Mention(
        id=mention_id("x", str(number), "Acme"),
        brand="Acme",
        source="x",
        network_id=str(number),
        created_at=MONDAY,
        ingested_at=MONDAY,
        text=f"Acme {number}",
    )


@pytest.mark.parametrize(("way", "lost", "ids"), [("lose", 1, 3), ("double", 0, 5)])
def test_sabotage_is_what_it_says(way: str, lost: int, ids: int):
    bus = Kept()
    Saboteur(bus, way, every=4).publish([received_message(mention(number)) for number in range(4)])  # type: ignore[arg-type]
    events = [decode(each.value, MentionReceived) for each in bus.messages]
    assert {each.topic for each in bus.messages} == {MENTIONS_RAW}
    assert len({event.mention.text for event in events}) == 4 - lost
    assert len({event.mention.id for event in events}) == ids
