"""Mastodon's server speaks to Mastodon.py as an instance does: streams, timelines, and what goes wrong."""

import queue
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from mastodon import (
    Mastodon,
    MastodonAPIError,
    MastodonMalformedEventError,
    MastodonNetworkError,
    MastodonNotFoundError,
    MastodonRatelimitError,
    MastodonServiceUnavailableError,
    MastodonUnauthorizedError,
    StreamListener,
)

from tests.networks import mastodon
from tests.networks.faults import Answer, Closed, Cut, Refuse, Stall, WrongJson, out_of_order, twice
from tests.networks.mastodon_statuses import Account, Status

PATIENCE = 10.0


class Listener(StreamListener):
    """Keeps what happens to it, in order."""

    def __init__(self) -> None:
        self.happened: queue.Queue[tuple[str, Any]] = queue.Queue()

    def next(self, *, heartbeats: bool = False) -> tuple[str, Any]:
        while True:
            what, about = self.happened.get(timeout=PATIENCE)
            if heartbeats or what != "heartbeat":
                return what, about

    def on_update(self, status: Any) -> None:
        self.happened.put(("update", status))

    def on_status_update(self, status: Any) -> None:
        self.happened.put(("edit", status))

    def on_delete(self, status_id: Any) -> None:
        self.happened.put(("delete", status_id))

    def handle_heartbeat(self) -> None:
        self.happened.put(("heartbeat", None))

    def on_abort(self, err: Exception) -> None:
        self.happened.put(("abort", type(err)))


@pytest.fixture
def server() -> Iterator[mastodon.MastodonServer]:
    with mastodon.MastodonServer() as server:
        server.accounts["7"] = Account("7", "ana", "Ana", followers=1200)
        server.accounts["8"] = Account("8", "ben@other.example")
        server.me = "7"
        yield server


def open_mastodon(server: mastodon.MastodonServer, **settings: Any) -> Mastodon:
    given = {"access_token": "token", "request_timeout": PATIENCE, "ratelimit_method": "throw"} | settings
    return Mastodon(api_base_url=server.url, version_check_mode="none", **given)


@pytest.fixture
def client(server: mastodon.MastodonServer) -> Iterator[Mastodon]:
    client = open_mastodon(server)
    yield client
    client.session.close()


@pytest.fixture
def listener(server: mastodon.MastodonServer, client: Mastodon) -> Iterator[Listener]:
    """Listens to everything public, and again whenever the stream ends."""
    listener = Listener()
    handle = client.stream_public(listener, run_async=True, reconnect_async=True, reconnect_async_wait_sec=0)
    server.wait_for_stream()
    yield listener
    handle.closed = True
    server.close()
    handle.join(PATIENCE)
    assert not handle.is_alive()


def status(number: int, content: str = "<p>Acme is down</p>", account: str = "7", **more: Any) -> Status:
    return Status(str(number), account, content, **more)


def test_a_status_its_edit_and_its_deletion_come_down_the_stream(
    server: mastodon.MastodonServer, listener: Listener
) -> None:
    edited = datetime(2026, 11, 22, 2, tzinfo=UTC)
    server.publish(status(1, favourites=3))
    server.edit(status(1, "<p>Acme is up</p>", edited_at=edited))
    server.delete("1")
    what, new = listener.next()
    assert (what, new.content, new.favourites_count, new.language) == ("update", "<p>Acme is down</p>", 3, "en")
    assert (new.account.acct, new.account.followers_count) == ("ana", 1200)
    assert new.created_at == datetime(2026, 11, 22, 1, tzinfo=UTC)
    what, changed = listener.next()
    assert (what, changed.id, changed.content) == ("edit", new.id, "<p>Acme is up</p>")
    what, gone = listener.next()
    assert (what, str(gone)) == ("delete", str(new.id))


def test_a_stream_greets_and_its_heart_beats(server: mastodon.MastodonServer, client: Mastodon) -> None:
    server.streams.heartbeat_seconds = 0.02
    listener = Listener()
    handle = client.stream_public(listener, run_async=True)
    assert [listener.next(heartbeats=True)[0] for _ in range(3)] == ["heartbeat"] * 3
    server.end_streams()
    handle.join(PATIENCE)
    assert not handle.is_alive()


@pytest.mark.parametrize(
    ("open_stream", "expected"),
    [
        (lambda client, **how: client.stream_public(**how), ["1", "2", "3"]),
        (lambda client, **how: client.stream_public(local=True, **how), ["1", "3"]),
        (lambda client, **how: client.stream_public(remote=True, **how), ["2"]),
        (lambda client, **how: client.stream_hashtag("ACME", **how), ["2", "3"]),
        (lambda client, **how: client.stream_hashtag("acme", local=True, **how), ["3"]),
    ],
)
def test_each_stream_has_its_own_statuses(
    server: mastodon.MastodonServer, client: Mastodon, open_stream: Any, expected: list[str]
) -> None:
    listener = Listener()
    handle = open_stream(client, listener=listener, run_async=True)
    server.wait_for_stream()
    server.publish(
        status(1, "none"),
        status(2, "#Acme", "8"),
        status(3, "<p>#acme</p>"),
        status(4, "#acme", visibility="unlisted"),
        status(5, "#acme", visibility="private"),
    )
    assert [str(listener.next()[1].id) for _ in expected] == expected
    server.end_streams()
    handle.join(PATIENCE)
    assert listener.happened.empty() or listener.next()[0] == "heartbeat"


def test_a_stream_that_breaks_or_ends_is_opened_again(server: mastodon.MastodonServer, listener: Listener) -> None:
    server.say(b'event: update\ndata: {"id": "1", "con')
    server.cut_streams()
    assert listener.next() == ("abort", MastodonNetworkError)
    server.wait_for_stream(opened=2)
    server.end_streams()
    server.wait_for_stream(opened=3)
    server.publish(status(2))
    assert listener.next()[1].content == "<p>Acme is down</p>"


def test_a_stream_may_come_late(server: mastodon.MastodonServer, listener: Listener) -> None:
    server.fail(Answer(503), Refuse(), Closed(), path=mastodon.PUBLIC)
    server.end_streams()
    server.wait_for_stream(opened=2)
    server.publish(status(1))
    assert listener.next()[0] == "update"
    assert len(server.asked(mastodon.PUBLIC)) == 5


@pytest.mark.parametrize("words", [b"nonsense\n", b"event: update\ndata: {\n\n", b"data: 1\n\n", b"event: \xff\n"])
def test_nonsense_in_a_stream_ends_it(server: mastodon.MastodonServer, listener: Listener, words: bytes) -> None:
    server.say(words)
    assert listener.next() == ("abort", MastodonMalformedEventError)
    server.wait_for_stream(opened=2)


def test_a_silent_stream_is_noticed_by_its_timeout(server: mastodon.MastodonServer, client: Mastodon) -> None:
    server.streams.mute = True
    listener = Listener()
    with pytest.raises(MastodonNetworkError):
        client.stream_public(listener, timeout=0.2)
    assert listener.next(heartbeats=True)[0] == "abort"


def test_streams_are_for_users_only(server: mastodon.MastodonServer) -> None:
    for token in ("wrong", None):
        stranger = open_mastodon(server, access_token=token)
        with pytest.raises(MastodonNetworkError, match="Unauthorized"):
            stranger.stream_public(Listener())
        stranger.session.close()


def test_streams_may_be_at_an_address_of_their_own(server: mastodon.MastodonServer, client: Mastodon) -> None:
    with mastodon.MastodonServer() as streaming:
        server.streaming = streaming.url.replace("http", "ws")
        handle = client.stream_public(Listener(), run_async=True)
        streaming.wait_for_stream()
        streaming.end_streams()
        handle.join(PATIENCE)
    assert not server.asked(mastodon.PUBLIC)
    assert client.instance_v2().configuration.statuses.max_characters == 500


def test_a_hashtags_timeline_pages_back_and_forth(server: mastodon.MastodonServer, client: Mastodon) -> None:
    server.statuses = {str(number): status(number, "#acme") for number in range(1, 51)} | {"60": status(60)}
    first = client.timeline_hashtag("Acme")
    assert [int(each.id) for each in first] == list(range(50, 30, -1))
    assert [int(each.id) for each in client.fetch_next(first)] == list(range(30, 10, -1))
    assert [int(each.id) for each in client.timeline_hashtag("acme", since_id=10, limit=80)] == list(range(50, 10, -1))
    assert [int(each.id) for each in client.timeline_hashtag("acme", min_id=10, limit=3)] == [13, 12, 11]
    assert client.timeline_hashtag("acme", since_id=50) == []


def test_the_public_timeline_has_what_is_public(server: mastodon.MastodonServer, client: Mastodon) -> None:
    server.statuses = {"1": status(1), "2": status(2, visibility="unlisted"), "3": status(3, account="8")}
    assert [int(each.id) for each in client.timeline_public()] == [3, 1]
    assert [int(each.id) for each in client.timeline_public(min_id=1)] == [3]


def test_a_timeline_comes_doubled_and_turned_round(server: mastodon.MastodonServer, client: Mastodon) -> None:
    server.statuses = {str(number): status(number, "#acme") for number in (1, 2)}
    server.fail(twice(), out_of_order(), path="/api/v1/timelines/tag/acme")
    assert [int(each.id) for each in client.timeline_hashtag("acme")] == [2, 2, 1, 1]
    assert [int(each.id) for each in client.timeline_hashtag("acme")] == [1, 2]


def test_a_deleted_or_private_status_is_not_found(server: mastodon.MastodonServer, client: Mastodon) -> None:
    server.statuses = {"1": status(1), "2": status(2, visibility="private")}
    assert client.status("1").content == "<p>Acme is down</p>"
    server.delete("1")
    for number in ("1", "2"):
        with pytest.raises(MastodonNotFoundError):
            client.status(number)


def test_a_token_says_who_one_is(server: mastodon.MastodonServer, client: Mastodon) -> None:
    assert client.account_verify_credentials().acct == "ana"
    server.token = "another"
    with pytest.raises(MastodonUnauthorizedError):
        client.account_verify_credentials()


def test_the_rate_limit_is_told_and_used_up(server: mastodon.MastodonServer, client: Mastodon) -> None:
    server.remaining = 2
    client.account_verify_credentials()
    assert (client.ratelimit_limit, client.ratelimit_remaining) == (300, 1)
    client.account_verify_credentials()
    with pytest.raises(MastodonRatelimitError):
        client.account_verify_credentials()


def test_errors_of_the_service_are_raised(server: mastodon.MastodonServer, client: Mastodon) -> None:
    faults = [mastodon.too_many_requests(), Answer(503), Answer(403), WrongJson(), Cut(after=5)]
    errors = [
        MastodonRatelimitError,
        MastodonServiceUnavailableError,
        MastodonAPIError,
        MastodonAPIError,
        MastodonNetworkError,
    ]
    server.fail(*faults)
    for error in errors:
        with pytest.raises(error):
            client.account_verify_credentials()
    hasty = open_mastodon(server, request_timeout=0.2)
    server.fail(Stall())
    with pytest.raises(MastodonNetworkError):
        hasty.account_verify_credentials()
    hasty.session.close()
