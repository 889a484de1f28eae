"""Reddit's server speaks to praw as Reddit does: tokens, listings, streams, search, and what goes wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import praw
import prawcore
import pytest
import requests

from tests.networks import reddit
from tests.networks.faults import Answer, Cut, Fault, Stall, WrongJson, out_of_order, twice
from tests.networks.reddit_things import Comment, Submission

COMMENTS = "/r/acme+help/comments/"
PATIENCE = 10.0


class Hasty(prawcore.Requestor):
    """praw 8.0 hands its `timeout` to nobody: every request takes prawcore's 16 seconds unless this stands between."""

    seconds = PATIENCE

    def request(self, *arguments: Any, timeout: float | None = None, **more: Any) -> requests.Response:
        return super().request(*arguments, timeout=self.seconds, **more)


@pytest.fixture
def server() -> Iterator[reddit.RedditServer]:
    with reddit.RedditServer() as server:
        yield server


def open_reddit(server: reddit.RedditServer, **more: Any) -> praw.Reddit:
    settings = {"client_id": "client-id", "client_secret": "client-secret", "user_agent": "test:sixminute:1"} | more
    return praw.Reddit(
        oauth_url=server.url, reddit_url=server.url, check_for_updates=False, requestor_class=Hasty, **settings
    )


@pytest.fixture
def client(server: reddit.RedditServer) -> Iterator[praw.Reddit]:
    with open_reddit(server, username="acme", password="password") as client:
        yield client


def comment(number: int, body: str = "Acme is down", subreddit: str = "acme", **more: Any) -> Comment:
    return Comment(id=f"c{number}", author="ana", subreddit=subreddit, body=body, **more)


def test_a_comment_comes_with_its_fields(server: reddit.RedditServer, client: praw.Reddit) -> None:
    created, edited = datetime(2026, 11, 22, 2, tzinfo=UTC), datetime(2026, 11, 22, 3, tzinfo=UTC)
    server.things = [comment(1, created=created, edited=edited, score=5, link_id="t3_s1", parent_id="t1_c0")]
    (found,) = client.subreddit("acme+help").comments(limit=None)
    assert (found.fullname, found.body, found.author.name, found.subreddit.display_name) == (
        "t1_c1",
        "Acme is down",
        "ana",
        "acme",
    )
    assert (found.created_utc, found.edited, found.score) == (created.timestamp(), edited.timestamp(), 5)
    assert (found.link_id, found.parent_id, found.permalink) == (
        "t3_s1",
        "t1_c0",
        "/r/acme/comments/s1/a_title/c1/",
    )
    assert server.asked(COMMENTS)[0].query["raw_json"] == "1"
    assert server.asked(COMMENTS)[0].headers["authorization"] == "bearer token-1"


def test_a_submission_comes_with_its_fields(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.things = [
        Submission(id="s1", author="ana", subreddit="acme", title="Acme", selftext="is down", comments=3),
        Submission(id="s2", author="ben", subreddit="acme", title="Look", url="https://example.org/"),
        Submission(id="s3", author="ben", subreddit="other", title="Elsewhere"),
    ]
    linked, written = client.subreddit("Acme").new()
    assert (linked.url, linked.is_self, linked.fullname) == ("https://example.org/", False, "t3_s2")
    assert (written.title, written.selftext, written.num_comments, written.is_self) == ("Acme", "is down", 3, True)


def test_listings_page_back_and_forth(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.things = [comment(number) for number in range(250)]
    read = [found.id for found in client.subreddit("acme+help").comments(limit=None)]
    assert read == [f"c{number}" for number in range(249, -1, -1)]
    assert [request.query.get("after") for request in server.asked(COMMENTS)] == [None, "t1_c150", "t1_c50"]
    newer = client.subreddit("acme").comments(limit=3, params={"before": "t1_c240"})
    assert [found.id for found in newer] == ["c243", "c242", "c241"]
    server.delete("t1_c240")
    assert not list(client.subreddit("acme").comments(params={"before": "t1_c240"}))


def test_a_stream_gives_each_thing_once_though_it_is_delivered_twice(
    server: reddit.RedditServer, client: praw.Reddit
) -> None:
    server.things = [comment(1), comment(2)]
    stream = client.subreddit("acme+help").stream.comments(pause_after=0)
    assert [next(stream).id for _ in range(2)] == ["c1", "c2"]
    server.things += [comment(3), comment(4)]
    server.fail(twice("data", "children"), path=COMMENTS)
    assert [next(stream).id for _ in range(2)] == ["c3", "c4"]
    assert next(stream) is None
    befores = [request.query.get("before") for request in server.asked(COMMENTS)]
    assert list(dict.fromkeys(befores)) == [None, "t1_c2", "t1_c4"]


def test_a_stream_goes_on_after_429(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.fail(reddit.too_many_requests(7), path=COMMENTS)
    server.things = [comment(1)]
    seen: list[Exception] = []
    stream = client.subreddit("acme+help").stream.comments(exception_handler=seen.append)
    assert next(stream).id == "c1"
    assert [type(error) for error in seen] == [prawcore.TooManyRequests]


def test_search_looks_through_titles_and_texts(server: reddit.RedditServer, client: praw.Reddit) -> None:
    titles = ["Acme down", "down with all", "Acme Corp news", "Acmeist"]
    server.things = [
        Submission(id=str(number), author="ana", subreddit="acme", title=title) for number, title in enumerate(titles)
    ]
    found = client.subreddit("all").search('"acme corp" OR (acme down)', sort="new", time_filter="day")
    assert [each.id for each in found] == ["2", "0"]
    assert dict(server.asked("/r/all/search/")[0].query)["t"] == "day"


def test_mentions_are_for_users_only(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.things = [comment(1, "hello u/Acme"), comment(2, "hello u/acmeist"), comment(3, "/u/acme help")]
    assert [(each.id, each.new) for each in client.inbox.mentions()] == [("c3", True), ("c1", True)]
    with open_reddit(server) as application, pytest.raises(prawcore.Forbidden):
        list(application.inbox.mentions())


def test_deleted_and_removed_things_are_found_by_name_only(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.things = [comment(1), comment(2), Submission(id="s1", author="ana", subreddit="acme", title="Acme")]
    server.delete("t1_c1")
    server.remove("t1_c2")
    server.delete("t3_s1")
    assert not list(client.subreddit("acme").comments())
    gone, removed, post = client.info(fullnames=["t1_c1", "t1_c2", "t3_s1", "t1_never"])
    assert (gone.author, gone.body) == (None, "[deleted]")
    assert (removed.author.name, removed.body) == ("ana", "[removed]")
    assert (post.author, post.title, post.selftext) == (None, "Acme", "[deleted]")


def test_a_sweep_asks_for_a_hundred_at_a_time(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.things = [comment(number) for number in range(150)]
    assert len(list(client.info(fullnames=[thing.fullname for thing in server.things]))) == 150
    assert len(server.asked(reddit.INFO)) == 2


def test_private_and_banned_subreddits_are_refused(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.private, server.banned = {"secret"}, {"gone"}
    with pytest.raises(prawcore.Forbidden):
        list(client.subreddit("secret").comments())
    with pytest.raises(prawcore.NotFound):
        list(client.subreddit("gone").new())


def test_a_token_that_has_expired_is_asked_for_anew(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.things = [comment(1)]
    for _ in range(2):
        assert len(list(client.subreddit("acme+help").comments())) == 1
        server.expire_tokens()
    assert [request.headers["authorization"][7:] for request in server.asked(COMMENTS)] == [
        "token-1",
        "token-1",
        "token-2",
    ]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"client_secret": "wrong"}, prawcore.ResponseException),
        ({"username": "acme", "password": "wrong"}, prawcore.OAuthException),
        ({"refresh_token": "wrong"}, prawcore.ResponseException),
    ],
)
def test_nobody_gets_in_with_wrong_credentials(
    server: reddit.RedditServer, settings: dict[str, str], error: type[Exception]
) -> None:
    with open_reddit(server, **settings) as client, pytest.raises(error):
        list(client.subreddit("acme").comments())


def test_a_refresh_token_is_a_user_too(server: reddit.RedditServer) -> None:
    server.things = [comment(1, "u/acme")]
    with open_reddit(server, refresh_token="refresh") as client:
        assert len(list(client.inbox.mentions())) == 1


def test_what_is_left_of_the_rate_limit_is_told(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.remaining, server.used = 991.0, 9
    list(client.subreddit("acme").comments())
    assert (client.auth.limits["remaining"], client.auth.limits["used"]) == (990, 10)


def test_429_is_raised_at_once_with_its_wait(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.fail(reddit.too_many_requests(7), reddit.too_many_requests(), path=COMMENTS)
    for wait in ("7", None):
        with pytest.raises(prawcore.TooManyRequests) as refused:
            list(client.subreddit("acme+help").comments())
        assert refused.value.retry_after == wait
    assert len(server.asked(COMMENTS)) == 2


@pytest.mark.parametrize("fault", [Answer(503), Cut(after=5), Stall()])
def test_an_error_a_break_and_a_stall_are_tried_again(
    server: reddit.RedditServer, client: praw.Reddit, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    server.things = [comment(1)]
    list(client.subreddit("acme").comments())
    monkeypatch.setattr(Hasty, "seconds", 0.5 if isinstance(fault, Stall) else PATIENCE)
    server.fail(fault, path=COMMENTS)
    assert len(list(client.subreddit("acme+help").comments())) == 1
    assert len(server.asked(COMMENTS)) >= 2


def test_nonsense_is_no_json(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.fail(WrongJson(), path=COMMENTS)
    with pytest.raises(prawcore.BadJSON):
        list(client.subreddit("acme+help").comments())


def test_a_listing_may_be_turned_round(server: reddit.RedditServer, client: praw.Reddit) -> None:
    server.things = [comment(1), comment(2)]
    server.fail(out_of_order("data", "children"), path=COMMENTS)
    assert [found.id for found in client.subreddit("acme+help").comments()] == ["c1", "c2"]
