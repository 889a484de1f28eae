"""X's server speaks to tweepy as X does: search, mentions, look-up, rate limits, and what goes wrong."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import tweepy

from tests.networks import x
from tests.networks.faults import Answer, Cut, WrongJson, out_of_order, twice
from tests.networks.x_posts import Post
from tests.smoke.test_networks_x import server

__all__ = ["server"]


@pytest.fixture
def client(server: x.XServer) -> Iterator[tweepy.Client]:
    client = tweepy.Client(server.app_token)
    client.session.mount(x.API, x.Redirect(server))
    with client.session:
        yield client


def post(number: int, text: str = "Acme is down", **more: Any) -> Post:
    return Post(id=str(number), text=text, author="ana", author_id="7", **more)


def test_search_gives_the_newest_first_and_pages_back(server: x.XServer, client: tweepy.Client) -> None:
    server.posts = {str(number): post(number) for number in range(1, 26)}
    first = client.search_recent_tweets("acme", since_id="3", expansions="author_id")
    assert [user.username for user in first.includes["users"]] == ["ana"]
    assert [each.id for each in first.data] == list(range(25, 15, -1))
    assert (first.meta["newest_id"], first.meta["oldest_id"], first.meta["result_count"]) == ("25", "16", 10)
    server.posts["26"] = post(26)
    second = client.search_recent_tweets("acme", since_id="3", next_token=first.meta["next_token"], max_results=100)
    assert [each.id for each in second.data] == list(range(15, 3, -1))
    assert "next_token" not in second.meta
    assert client.search_recent_tweets("nothing").meta == {"result_count": 0}


def test_search_says_what_it_does_not_take(server: x.XServer, client: tweepy.Client) -> None:
    with pytest.raises(tweepy.BadRequest, match="not between 10 and 100"):
        client.search_recent_tweets("acme", max_results=5)
    with pytest.raises(tweepy.BadRequest, match="missing"):
        client.search_recent_tweets("(acme")


def test_pages_come_doubled_and_turned_round(server: x.XServer, client: tweepy.Client) -> None:
    server.posts = {str(number): post(number) for number in (1, 2)}
    server.fail(twice("data"), out_of_order("data"))
    assert [each.id for each in client.search_recent_tweets("acme").data] == [2, 2, 1, 1]
    assert [each.id for each in client.search_recent_tweets("acme").data] == [1, 2]


def test_mentions_are_posts_that_name_the_user(server: x.XServer, client: tweepy.Client) -> None:
    server.posts = {str(number): post(number, f"@Acme {number}") for number in range(1, 8)} | {"9": post(9)}
    first = client.get_users_mentions(8, max_results=5)
    second = client.get_users_mentions(8, max_results=5, pagination_token=first.meta["next_token"])
    assert [each.id for page in (first, second) for each in page.data] == [7, 6, 5, 4, 3, 2, 1]


def test_deleted_and_hidden_posts_are_errors_of_a_look_up(server: x.XServer, client: tweepy.Client) -> None:
    server.posts = {str(number): post(number) for number in (1, 2, 3)}
    del server.posts["2"]
    server.hidden.add("3")
    found = client.get_tweets([1, 2, 3])
    assert [each.id for each in found.data] == [1]
    assert [(error["resource_id"], error["title"]) for error in found.errors] == [
        ("2", "Not Found Error"),
        ("3", "Authorization Error"),
    ]
    assert client.get_tweets([2]).data is None
    with pytest.raises(tweepy.BadRequest, match="not between 1 and 100"):
        client.get_tweets(list(range(101)))


def test_only_a_user_can_ask_who_he_is(server: x.XServer, client: tweepy.Client) -> None:
    with pytest.raises(tweepy.Forbidden, match="Application-Only is forbidden"):
        client.get_me(user_auth=False)
    client.bearer_token = server.user_token
    assert client.get_me(user_auth=False).data.username == "acme"
    signed = tweepy.Client(consumer_key="a", consumer_secret="b", access_token="c", access_token_secret="d")
    signed.session.mount(x.API, x.Redirect(server))
    with signed.session:
        assert signed.get_me().data.id == 8
    client.bearer_token = "another"
    with pytest.raises(tweepy.Unauthorized):
        client.get_me(user_auth=False)


def test_what_is_left_of_a_window_is_told_and_then_it_is_used_up(server: x.XServer) -> None:
    server.limits[x.RECENT] = 2
    client = tweepy.Client(server.app_token, return_type=requests.Response)
    client.session.mount(x.API, x.Redirect(server))
    reset = str(int(server.clock.now().timestamp()) + 900)
    with client.session:
        told = [client.search_recent_tweets("acme").headers for _ in range(2)]
        with pytest.raises(tweepy.TooManyRequests) as refused:
            client.search_recent_tweets("acme")
        server.new_window()
        assert client.search_recent_tweets("acme").status_code == 200
    assert [each["x-rate-limit-remaining"] for each in told] == ["1", "0"]
    assert (told[0]["x-rate-limit-limit"], told[0]["x-rate-limit-reset"]) == ("2", reset)
    assert refused.value.response.headers["x-rate-limit-reset"] == reset


def test_429_tells_when_it_ends_or_does_not(server: x.XServer, client: tweepy.Client) -> None:
    server.fail(x.too_many_requests(reset=1_800_000_000), x.too_many_requests())
    with pytest.raises(tweepy.TooManyRequests) as told:
        client.get_tweets([1])
    with pytest.raises(tweepy.TooManyRequests) as untold:
        client.get_tweets([1])
    assert told.value.response.headers["x-rate-limit-reset"] == "1800000000"
    assert "x-rate-limit-reset" not in untold.value.response.headers


def test_errors_of_the_service_are_raised(server: x.XServer, client: tweepy.Client) -> None:
    server.fail(Answer(503), x.unauthorized(), WrongJson(), Cut(after=5), path=x.LOOKUP)
    server.posts["1"] = post(1)
    expected = [tweepy.TwitterServerError, tweepy.Unauthorized, requests.JSONDecodeError, requests.RequestException]
    for error in expected:
        with pytest.raises(error):
            client.get_tweets([1])
    assert client.get_tweets([1]).data[0].id == 1


def test_users_are_looked_up_by_their_names(server: x.XServer, client: tweepy.Client) -> None:
    found = client.get_users(usernames=["ACME", "nobody"])
    assert [user.id for user in found.data] == [8]
    assert [(error["resource_id"], error["parameter"]) for error in found.errors] == [("nobody", "usernames")]


def test_a_long_post_has_its_whole_text_where_it_is_asked_for(server: x.XServer, client: tweepy.Client) -> None:
    server.posts["1"] = post(1, "Acme is …", long="Acme is down again")
    assert client.get_tweets([1], tweet_fields="note_tweet").data[0].note_tweet == {"text": "Acme is down again"}
    assert "note_tweet" not in client.get_tweets([1]).data[0].data
