"""X's server speaks to tweepy as X does: the filtered stream, its rules, and what goes wrong."""

import queue
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import tweepy

from tests.fakes import FakeClock
from tests.networks import x
from tests.networks.faults import Answer, Closed, Cut, Refuse
from tests.networks.x_posts import Post, User

PATIENCE = 10.0
EXPANDED = {
    "expansions": ["author_id", "referenced_tweets.id"],
    "tweet_fields": ["created_at", "lang", "conversation_id", "public_metrics", "referenced_tweets"],
    "user_fields": ["public_metrics", "verified"],
}


class Listener(tweepy.StreamingClient):
    """Keeps what happens to it, in order; it never waits and tries again, so that no test does."""

    def __init__(self, server: x.XServer, *, lasting: bool = False) -> None:
        super().__init__(server.app_token, daemon=True)
        self.session.mount(x.API, x.Redirect(server))
        self.happened: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.lasting = lasting

    def next(self) -> tuple[str, Any]:
        return self.happened.get(timeout=PATIENCE)

    def on_response(self, response: tweepy.StreamResponse) -> None:
        self.happened.put(("post", response))

    def on_errors(self, errors: list[dict[str, Any]]) -> None:
        self.happened.put(("errors", errors))

    def on_keep_alive(self) -> None:
        self.happened.put(("keep-alive", None))

    def on_closed(self, response: requests.Response) -> None:
        self.happened.put(("closed", None))
        self.running = self.lasting

    def on_connection_error(self) -> None:
        self.happened.put(("broken", None))
        self.running = self.lasting

    def on_request_error(self, status_code: int) -> None:
        self.happened.put(("refused", status_code))
        self.running = False

    def on_exception(self, exception: Exception) -> None:
        self.happened.put(("exception", exception))


@pytest.fixture
def server() -> Iterator[x.XServer]:
    with x.XServer(FakeClock()) as server:
        server.users["7"] = User(id="7", username="ana", name="Ana", verified=True, followers=1200)
        server.users["8"] = User(id="8", username="acme")
        server.me = "8"
        yield server


@pytest.fixture
def listener(server: x.XServer) -> Iterator[Listener]:
    listener = Listener(server)
    listener.add_rules(tweepy.StreamRule("acme -is:retweet", tag="Acme"))
    yield listener
    stop(server, listener)


def stop(server: x.XServer, *listeners: Listener) -> None:
    for listener in listeners:
        listener.lasting = False
        listener.disconnect()
    server.cut_streams()
    for listener in listeners:
        if listener.thread:
            listener.thread.join(PATIENCE)
            assert not listener.thread.is_alive()
        listener.session.close()


def listen(server: x.XServer, listener: Listener, **parameters: Any) -> None:
    listener.filter(threaded=True, **parameters)
    server.wait_for_stream()


def post(number: int, text: str = "Acme is down", **more: Any) -> Post:
    return Post(id=str(number), text=text, author="ana", author_id="7", **more)


def test_a_matching_post_comes_down_the_stream_with_what_was_asked(server: x.XServer, listener: Listener) -> None:
    server.posts["1"] = post(1, "The first one")
    listen(server, listener, **EXPANDED)
    server.publish(post(2, "something else"), post(3, "Acme again", referenced={"replied_to": "1"}, likes=5))
    what, response = listener.next()
    assert (what, response.data.id, response.data.text) == ("post", 3, "Acme again")
    assert response.data.author_id == 7
    assert response.data.created_at.isoformat() == "2026-11-22T01:00:00+00:00"
    assert response.data.public_metrics["like_count"] == 5
    assert [(each.type, each.id) for each in response.data.referenced_tweets] == [("replied_to", 1)]
    assert [user.public_metrics["followers_count"] for user in response.includes["users"]] == [1200]
    assert [each.text for each in response.includes["tweets"]] == ["The first one"]
    assert [rule.tag for rule in response.matching_rules] == ["Acme"]
    assert server.asked(x.STREAM)[0].headers["authorization"] == "Bearer app-token"


def test_a_post_is_bare_unless_more_is_asked_for(server: x.XServer, listener: Listener) -> None:
    listen(server, listener)
    server.publish(post(2, "Acme, corrected", edit_of=["1"]))
    _, response = listener.next()
    assert response.data.data == {"id": "2", "text": "Acme, corrected", "edit_history_tweet_ids": ["1", "2"]}
    assert response.includes == {}


def test_a_post_may_come_with_errors_about_what_it_points_at(server: x.XServer, listener: Listener) -> None:
    listen(server, listener, **EXPANDED)
    server.publish(post(2, referenced={"quoted": "1"}))
    what, errors = listener.next()
    assert (what, errors[0]["parameter"], errors[0]["resource_id"]) == ("errors", "referenced_tweets.id", "1")
    what, response = listener.next()
    assert (what, response.data.id) == ("post", 2)


def test_keep_alives_come_between_posts(server: x.XServer, listener: Listener) -> None:
    server.streams.heartbeat_seconds = 0.02
    listen(server, listener)
    assert [listener.next()[0] for _ in range(2)] == ["keep-alive", "keep-alive"]
    server.publish(post(1))
    while (happened := listener.next())[0] == "keep-alive":
        pass
    assert happened[0] == "post"


def test_a_stream_without_rules_and_one_too_many_are_refused(server: x.XServer, listener: Listener) -> None:
    hasty = Listener(server)
    server.book.rules.clear()
    hasty.filter()
    assert hasty.next() == ("refused", 409)
    hasty.add_rules(tweepy.StreamRule("acme", tag="Acme"))
    listen(server, listener)
    answer = requests.get(server.url + x.STREAM, headers={"Authorization": "Bearer app-token"}, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["connection_issue"]) == (429, "TooManyConnections")
    hasty.filter()
    assert hasty.next() == ("refused", 429)
    stop(server, hasty)


def test_an_operational_disconnect_is_told_in_the_stream(server: x.XServer, listener: Listener) -> None:
    listen(server, listener)
    server.say_error()
    server.end_streams()
    what, errors = listener.next()
    assert (what, errors[0]["disconnect_type"]) == ("errors", "UpstreamOperationalDisconnect")
    assert listener.next()[1].data is None  # tweepy calls an error a response, too
    assert listener.next() == ("closed", None)


def test_a_clean_close_is_followed_by_a_new_connection_at_once(server: x.XServer, listener: Listener) -> None:
    listener.lasting = True
    server.fail(Closed(), Closed(), path=x.STREAM)
    listen(server, listener)
    assert [listener.next()[0] for _ in range(2)] == ["closed", "closed"]
    server.publish(post(1))
    assert listener.next()[0] == "post"
    assert len(server.asked(x.STREAM)) == 3


def test_a_stream_that_breaks_is_opened_again(server: x.XServer, listener: Listener) -> None:
    listener.lasting = True
    listen(server, listener)
    server.say(b'{"data":{"id":"1","te')
    server.cut_streams()
    assert listener.next()[0] == "broken"
    server.wait_for_stream(opened=2)
    server.publish(post(2))
    _, response = listener.next()
    assert response.data.id == 2


def test_the_first_connection_may_break_before_or_after_it_is_answered(server: x.XServer, listener: Listener) -> None:
    listener.lasting = True
    server.fail(Refuse(), Cut(after=0), path=x.STREAM)
    server.streams.heartbeat_seconds = 0.02
    listen(server, listener)
    assert [listener.next()[0] for _ in range(3)] == ["broken", "broken", "keep-alive"]


@pytest.mark.parametrize("line", [b"no JSON\r\n", b'{"data":{"id":"1","te\r\n'])
def test_a_line_that_is_no_json_ends_tweepys_stream_for_good(
    server: x.XServer, listener: Listener, line: bytes
) -> None:
    listener.lasting = True
    listen(server, listener)
    server.say(line)
    what, exception = listener.next()
    assert (what, type(exception).__name__) == ("exception", "JSONDecodeError")
    listener.thread.join(PATIENCE)
    assert not listener.running


def test_a_rule_without_a_tag_ends_tweepys_stream_for_good(server: x.XServer, listener: Listener) -> None:
    listener.lasting = True
    listener.add_rules(tweepy.StreamRule("down"))
    listen(server, listener)
    server.publish(post(1))
    what, exception = listener.next()
    assert (what, exception.args) == ("exception", ("tag",))


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_a_refused_stream_says_its_status(server: x.XServer, listener: Listener, status: int) -> None:
    server.fail(Answer(status), path=x.STREAM)
    listener.filter()
    assert listener.next() == ("refused", status)


def test_rules_are_taken_listed_and_deleted(server: x.XServer, listener: Listener) -> None:
    added = listener.add_rules([tweepy.StreamRule('"acme corp" OR (acme lang:en -is:reply)', tag="Long")])
    assert (added.data[0].tag, added.meta["summary"]["created"]) == ("Long", 1)
    assert [rule.tag for rule in listener.get_rules().data] == ["Acme", "Long"]
    deleted = listener.delete_rules([added.data[0].id, "5"])
    assert deleted.meta["summary"] == {"deleted": 1, "not_deleted": 1}
    assert deleted.errors[0]["errors"][0]["message"] == "Rule does not exist"
    assert [rule.tag for rule in listener.get_rules().data] == ["Acme"]


def test_rules_that_cannot_be_taken_are_refused_beside_those_that_can(server: x.XServer, listener: Listener) -> None:
    server.book.most = 2
    wanted = ["(acme", "acme -is:retweet", "lang:en", "near:here", "x" * 1025, "one", "two"]
    answer = listener.add_rules([tweepy.StreamRule(value, tag="some") for value in wanted])
    assert [rule.value for rule in answer.data] == ["one"]
    assert answer.meta["summary"] == {"created": 1, "not_created": 6, "valid": 1, "invalid": 6}
    titles = ["UnprocessableEntity", "DuplicateRule", *["UnprocessableEntity"] * 3, "RulesCapExceeded"]
    assert [error["title"] for error in answer.errors] == titles
    assert answer.errors[1]["id"] == listener.get_rules().data[0].id
