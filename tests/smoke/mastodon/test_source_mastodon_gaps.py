"""The source Mastodon on the real library, against an instance on loopback: what was missed is fetched, or told."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.sources import mastodon
from tests.networks.driving import MovedOn, mentions, until
from tests.networks.faults import Altered, Answer, Fault, out_of_order, twice
from tests.networks.mastodon import MastodonServer, too_many_requests
from tests.smoke.mastodon.listening import TIMELINE, begun, brought, listening, numbers, status, wait


def test_what_was_missed_is_fetched_in_order_of_time(server: MastodonServer, clock: MovedOn) -> None:
    cursor = begun(server, clock, status(10))
    server.statuses |= {str(number): status(number) for number in range(11, 111)}
    server.statuses["50"].edited_at = datetime(2026, 11, 22, 2, tzinfo=UTC)
    with listening(server, clock, cursor) as items:
        server.publish(status(200))
        seen = brought(items, 101)
        seen += until(items, lambda more: more and '"200"' in more[-1].cursor)
    assert sorted(numbers(seen)) == [*range(11, 111), 200]
    fetched = [number for number in numbers(seen) if number != 200]
    assert fetched == sorted(fetched)
    assert [mention.network_id for mention in mentions(seen) if mention.revision] == ["50"]
    assert not any(item.lost for item in seen)
    with listening(server, clock, seen[-1].cursor) as items:
        server.publish(status(201))
        assert numbers(brought(items, 1)) == [201]


def test_what_is_being_fetched_is_not_forgotten(server: MastodonServer, clock: MovedOn) -> None:
    """A stop in the middle: the cursor is where the pages are, although the stream is further."""
    cursor = begun(server, clock, status(10))
    server.statuses |= {str(number): status(number) for number in range(11, 61)}
    server.fail(Altered(lambda page: page), too_many_requests(), path=TIMELINE)
    asked = len(server.asked(TIMELINE)) + 2
    with listening(server, clock, cursor) as items:
        server.publish(status(200))
        cursor = brought(items, 41)[-1].cursor
        until(items, lambda _: len(server.asked(TIMELINE)) == asked)
    with listening(server, clock, cursor) as items:
        assert numbers(brought(items, 11)) == [*range(51, 61), 200]


NONSENSE = Altered(lambda page: [*page, {"id": None}, {"id": "9", "account": "Acme"}, 7])


@pytest.mark.parametrize(("fault", "dead"), [(twice(), 0), (out_of_order(), 0), (NONSENSE, 1)])
def test_a_page_comes_doubled_turned_round_or_with_nonsense(
    server: MastodonServer, clock: MovedOn, fault: Fault, dead: int
) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {str(number): status(number) for number in range(2, 8)}
    server.fail(fault, path=TIMELINE)
    with listening(server, clock, cursor) as items:
        seen = brought(items, 6)
        seen += until(items, lambda more: '"7"' in (seen + more)[-1].cursor)
    assert sorted(numbers(seen)) == [2, 3, 4, 5, 6, 7]
    reasons = [reason for item in seen for _, reason in item.dead]
    assert len(reasons) == dead
    assert all(reason.startswith("Mastodon sent what can't be read: ") for reason in reasons)


def test_pages_of_nothing_but_nonsense_are_told(server: MastodonServer, clock: MovedOn) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2)}
    server.fail(Altered(lambda page: [{"id": "../2"}, "Acme"]), path=TIMELINE)
    with listening(server, clock, cursor) as items:
        (lost,) = until(items, lambda seen: any(item.lost for item in seen))[-1].lost
    assert "can't be read" in lost.reason


def test_a_deleted_status_doesnt_come_back_from_a_page(server: MastodonServer, clock: MovedOn) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2), "3": status(3)}
    server.fail(too_many_requests(), path=TIMELINE)
    with listening(server, clock, cursor) as items:
        server.say(b"event: delete\ndata: 2\n\n")
        until(items, lambda seen: any(item.removed for item in seen))
        # The refusal of the page may be heard of only after the deletion, and then counts from there.
        assert numbers([*wait(server, clock, items, 301), *wait(server, clock, items, 301)]) == [3]


@pytest.mark.parametrize("named", [True, False])
def test_the_rate_limit_is_waited_for(server: MastodonServer, clock: MovedOn, named: bool) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2)}
    until_then = f"{clock.now() + timedelta(seconds=600):%Y-%m-%dT%H:%M:%S.000Z}"
    server.fail(too_many_requests({"x-ratelimit-reset": until_then} if named else {}), path=TIMELINE)
    asked = len(server.asked(TIMELINE)) + 1
    with listening(server, clock, cursor) as items:
        until(items, lambda _: len(server.asked(TIMELINE)) == asked)
        assert not mentions(wait(server, clock, items, 550 if named else 50))
        assert len(server.asked(TIMELINE)) == asked
        assert numbers(wait(server, clock, items, 300)) == [2]


def test_an_instance_that_has_had_enough_is_left_alone_beforehand(server: MastodonServer, clock: MovedOn) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2)}
    asked = len(server.asked(TIMELINE)) + 1
    server.remaining = 3  # two times about the instance, and a page
    with listening(server, clock, cursor) as items:
        assert numbers(brought(items, 1)) == [2]
        assert not mentions(wait(server, clock, items, 200))
        assert len(server.asked(TIMELINE)) == asked
        server.remaining = 300
        wait(server, clock, items, 101)
        assert len(server.asked(TIMELINE)) == asked + 1


@pytest.mark.parametrize("refusal", [403, 404, 422])
def test_what_cant_be_fetched_is_told(server: MastodonServer, clock: MovedOn, refusal: int) -> None:
    before = clock.now()
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2)}
    server.fail(Answer(refusal, '{"error": "Not here"}'), path=TIMELINE)
    with listening(server, clock, cursor) as items:
        (lost,) = until(items, lambda seen: any(item.lost for item in seen))[-1].lost
        server.publish(status(3))
        assert numbers(brought(items, 1)) == [3]
    assert before < lost.since < lost.until
    assert "127.0.0.1 doesn't show what was missed" in lost.reason
    assert str(refusal) in lost.reason


@pytest.mark.parametrize("body", ["[" * 20_000 + "]" * 20_000, '["' + "x" * (9 << 20) + '"]'])
def test_what_no_instance_should_say_is_told_and_not_asked_for_again(
    server: MastodonServer, clock: MovedOn, body: str
) -> None:
    cursor = begun(server, clock, status(1))
    server.fail(Answer(200, body, {"content-type": "application/json"}), path=TIMELINE)
    with listening(server, clock, cursor) as items:
        (lost,) = until(items, lambda seen: any(item.lost for item in seen))[-1].lost
        server.say(b"event: update\ndata: " + b"[" * 20_000 + b"]" * 20_000 + b"\n\n")
        server.publish(status(3))
        assert numbers(brought(items, 1)) == [3]
    assert "127.0.0.1 doesn't show what was missed" in lost.reason
    assert len(lost.reason) < 400


def test_what_is_too_much_to_fetch_is_told(
    server: MastodonServer, clock: MovedOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastodon, "MOST_PAGES", 2)
    cursor = begun(server, clock, status(1))
    server.statuses |= {str(number): status(number) for number in range(2, 102)}
    with listening(server, clock, cursor) as items:
        seen = until(items, lambda seen: any(item.lost for item in seen))
        server.publish(status(200))
        seen += brought(items, 1)
    assert numbers(seen) == [*range(2, 82), 200]
    assert '"200"' in seen[-1].cursor
