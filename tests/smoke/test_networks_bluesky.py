"""The Jetstream server speaks to the websockets library as Bluesky's does: events, cursors, and what goes wrong."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidMessage, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.networks.bluesky import POSTS, JetstreamServer
from tests.networks.faults import Answer, Refuse, Stall

PATIENCE = 10.0
AT_ONCE = 0.2  # seconds: nothing comes within this where nothing must come
ANA = "did:plc:ana"
BEN = "did:plc:ben"


@pytest.fixture
def server() -> Iterator[JetstreamServer]:
    with JetstreamServer() as server:
        yield server


@contextmanager
def subscribed(server: JetstreamServer, options: str = f"wantedCollections={POSTS}") -> Iterator[ClientConnection]:
    opened = server.opened + 1
    with connect(f"{server.address}?{options}", open_timeout=PATIENCE, close_timeout=PATIENCE) as client:
        server.wait(lambda _: server.opened == opened)
        yield client


def heard(client: ClientConnection, count: int) -> list[Any]:
    return [json.loads(client.recv(timeout=PATIENCE)) for _ in range(count)]


def hears_nothing(client: ClientConnection) -> bool:
    with pytest.raises(TimeoutError):
        client.recv(timeout=AT_ONCE)
    return True


def test_a_post_is_a_commit_with_its_record(server: JetstreamServer) -> None:
    reply = {"root": {"uri": "at://x/1"}, "parent": {"uri": "at://x/1"}}
    with subscribed(server) as client:
        server.posted(ANA, "1", "Acme is down", langs=["en"], reply=reply)
        (event,) = heard(client, 1)
    commit = event["commit"]
    assert (event["did"], event["kind"], event["time_us"]) == (ANA, "commit", server.time_us - 1000)
    assert (commit["operation"], commit["collection"], commit["rkey"]) == ("create", POSTS, "1")
    assert commit["record"] == {
        "$type": POSTS,
        "createdAt": "2026-11-22T01:00:00.000Z",
        "text": "Acme is down",
        "langs": ["en"],
        "reply": reply,
    }
    assert {"rev", "cid"} <= commit.keys()


def test_an_edit_has_a_record_and_a_deletion_none(server: JetstreamServer) -> None:
    with subscribed(server) as client:
        server.edited(ANA, "1", "Acme is up")
        server.deleted(ANA, "1")
        edit, deletion = (event["commit"] for event in heard(client, 2))
    assert (edit["operation"], edit["record"]["text"]) == ("update", "Acme is up")
    assert deletion["operation"] == "delete"
    assert not {"record", "cid"} & deletion.keys()


def test_identities_and_accounts_come_to_everybody_commits_to_those_who_want_them(server: JetstreamServer) -> None:
    with subscribed(server) as posts, subscribed(server, "wantedCollections=app.bsky.graph.*") as graph:
        server.other(ANA, "app.bsky.feed.like", "1", {})
        server.other(ANA, "app.bsky.graph.follow", "1", {"subject": BEN})
        server.posted(ANA, "1", "Acme")
        server.identity(ANA, "ana.example")
        server.account(ANA, "takendown")
        server.account(ANA)
        told = heard(posts, 4)
        assert [event["kind"] for event in told] == ["commit", "identity", "account", "account"]
        assert told[1]["identity"]["handle"] == "ana.example"
        assert [(e["account"]["active"], e["account"].get("status")) for e in told[2:]] == [
            (False, "takendown"),
            (True, None),
        ]
        assert [event["kind"] for event in heard(graph, 4)] == ["commit", "identity", "account", "account"]


def test_only_the_wanted_are_heard(server: JetstreamServer) -> None:
    with subscribed(server, f"wantedDids={BEN}") as client:
        server.posted(ANA, "1", "Acme")
        server.account(ANA, "deleted")
        server.posted(BEN, "1", "Acme")
        assert [event["did"] for event in heard(client, 1)] == [BEN]


def test_a_cursor_is_inclusive_and_goes_over_into_what_is_live(server: JetstreamServer) -> None:
    events = [server.posted(ANA, str(number), "Acme") for number in range(4)]
    with subscribed(server, f"cursor={events[2]['time_us']}") as client:
        server.posted(ANA, "4", "Acme")
        assert [event["commit"]["rkey"] for event in heard(client, 3)] == ["2", "3", "4"]


@pytest.mark.parametrize("options", ["", "cursor=9000000000000000"])
def test_without_a_cursor_or_with_one_of_the_future_only_what_is_live_comes(
    server: JetstreamServer, options: str
) -> None:
    server.posted(ANA, "1", "before")
    with subscribed(server, options) as client:
        server.posted(ANA, "2", "after")
        assert [event["commit"]["rkey"] for event in heard(client, 1)] == ["2"]


def test_what_the_look_back_has_lost_does_not_come(server: JetstreamServer) -> None:
    first, second = server.posted(ANA, "1", "Acme"), server.posted(ANA, "2", "Acme")
    server.events.remove(first)
    with subscribed(server, f"cursor={first['time_us']}") as client:
        assert heard(client, 1) == [second]


def test_events_come_again_and_out_of_order_and_may_be_nonsense(server: JetstreamServer) -> None:
    with subscribed(server) as client:
        first, second = server.posted(ANA, "1", "Acme"), server.posted(ANA, "2", "Acme")
        server.deliver(second, first)
        assert heard(client, 4) == [first, second, second, first]
        server.say('{"did": "did:pl')
        assert client.recv(timeout=PATIENCE) == '{"did": "did:pl'


def test_while_it_is_mute_nothing_comes_but_a_cursor_gets_it_later(server: JetstreamServer) -> None:
    with subscribed(server) as client:
        server.mute = True
        event = server.posted(ANA, "1", "Acme")
        assert hears_nothing(client)
        client.ping().wait(PATIENCE)
    server.mute = False
    with subscribed(server, f"cursor={event['time_us']}") as client:
        assert heard(client, 1) == [event]


def test_it_closes_in_order_with_a_code(server: JetstreamServer) -> None:
    with subscribed(server) as client:
        server.close_all(1000)
        with pytest.raises(ConnectionClosedOK):
            client.recv(timeout=PATIENCE)
    with subscribed(server) as client:
        server.close_all(1011)
        with pytest.raises(ConnectionClosedError) as closed:
            client.recv(timeout=PATIENCE)
    assert closed.value.rcvd.code == 1011
    server.wait(lambda server: not server.subscribers)


def test_it_breaks_in_mid_stream(server: JetstreamServer) -> None:
    with subscribed(server) as client:
        server.cut_all()
        with pytest.raises(ConnectionClosedError) as closed:
            client.recv(timeout=PATIENCE)
    assert closed.value.rcvd is None
    server.wait(lambda server: not server.subscribers)


def test_a_client_that_goes_is_noticed(server: JetstreamServer) -> None:
    with subscribed(server):
        assert len(server.subscribers) == 1
    server.wait(lambda server: not server.subscribers)


@pytest.mark.parametrize(
    ("options", "said"),
    [("cursor=now", "cursor"), ("wantedCollections=posts", "posts"), ("wantedCollections=a.b.c&" * 101, "101")],
)
def test_options_that_cannot_be_are_refused(server: JetstreamServer, options: str, said: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"{server.address}?{options}"):
        pass
    assert refused.value.response.status_code == 400
    assert said in refused.value.response.body.decode()


def test_the_handshake_is_refused_broken_or_never_answered(server: JetstreamServer) -> None:
    server.fail(Answer(429, "slow down", {"retry-after": "3"}), Refuse(), Stall())
    with pytest.raises(InvalidStatus) as refused, connect(server.address):
        pass
    assert (refused.value.response.status_code, refused.value.response.headers["retry-after"]) == (429, "3")
    with pytest.raises((InvalidMessage, ConnectionResetError)), connect(server.address):
        pass
    with pytest.raises(TimeoutError), connect(server.address, open_timeout=AT_ONCE):
        pass
    with subscribed(server) as client:
        server.posted(ANA, "1", "Acme")
        assert heard(client, 1)
    assert len(server.asked("/subscribe")) == 4
