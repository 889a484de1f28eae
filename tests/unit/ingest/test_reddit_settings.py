"""What is wrong with a table of the kind reddit is one line that says what to do."""

import msgspec
import pytest

from core.brand import Brand
from core.errors import ConfigurationError
from ingest.settings import Networks, SourceSettings
from ingest.sources.reddit import Reddit
from ingest.sources.registry import make_source
from tests.fakes import FakeClock

BRANDS = (Brand(name="Acme", handles=("acme_help",)), Brand(name="Bolt", sources=("elsewhere",)))
TABLE = SourceSettings(name="forum", kind="reddit", subreddits=("acme",), search=True, inbox=True)
NETWORKS = Networks(
    reddit_client_id="app", reddit_client_secret="hush-hush", reddit_username="acme_help", reddit_password="pssst"
)


def test_a_complete_table_is_a_source(clock: FakeClock) -> None:
    assert isinstance(make_source(TABLE, BRANDS, clock, NETWORKS), Reddit)


@pytest.mark.parametrize(
    ("networks", "table", "says"),
    [
        ({"reddit_client_id": ""}, {}, "set SIXMINUTE_REDDIT_CLIENT_ID"),
        ({"reddit_client_secret": ""}, {}, "set SIXMINUTE_REDDIT_CLIENT_SECRET"),
        ({"reddit_password": ""}, {}, "set SIXMINUTE_REDDIT_PASSWORD too"),
        ({"reddit_username": ""}, {}, "set SIXMINUTE_REDDIT_USERNAME too"),
        ({"reddit_username": "u/acme help\r\nX: y"}, {}, "write it without u/"),
        ({"reddit_username": "", "reddit_password": ""}, {}, "`inbox` is a user's"),
        ({"reddit_username": "stranger"}, {}, "add it to the `handles`"),
        ({}, {"subreddits": (), "search": False, "inbox": False}, "nothing is to be read"),
        ({}, {"subreddits": ("acme", "r/../../etc")}, "no name of a subreddit"),
        ({}, {"subreddits": ("acme+help",)}, "no name of a subreddit"),
    ],
)
def test_what_is_wrong_is_said(clock: FakeClock, networks: dict[str, str], table: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_source(
            msgspec.structs.replace(TABLE, **table), BRANDS, clock, msgspec.structs.replace(NETWORKS, **networks)
        )
    message = str(caught.value)
    assert message.startswith("[[sources]] 'forum': ")
    assert says in message
    assert "\n" not in message
    assert not any(secret in message for secret in ("hush-hush", "pssst"))


def test_brands_that_take_from_elsewhere_are_none(clock: FakeClock) -> None:
    with pytest.raises(ConfigurationError, match="add \\[\\[brands\\]\\]"):
        make_source(TABLE, BRANDS[1:], clock, NETWORKS)
