"""What X's rules mean, as the loopback X reads them."""

import pytest

from tests.networks.x_posts import Post
from tests.networks.x_rules import parse


@pytest.mark.parametrize(
    ("rule", "text", "matches"),
    [
        ("acme", "ACME!", True),
        ("acme", "acmeist", False),
        ("acme down", "down goes acme", True),
        ('"acme down"', "down goes acme", False),
        ('"acme down" OR goes', "down goes acme", True),
        ("acme -(goes OR stays)", "down goes acme", False),
        ("acme (goes OR stays)", "acme stays", True),
        ("#acme", "see #Acme", True),
        ("#acme", "see acme", False),
        ("acme", "see #acme", False),
        ("@acme", "hello @acme", True),
        ("from:ana acme", "acme", True),
        ("-from:ana acme", "acme", False),
        ("acme lang:fr", "acme", False),
        ("to:acme", "@acme help", True),
        ("acme has:links", "acme https://example.org", True),
        ("東京", "今日の東京は", True),
    ],
)
def test_rules_mean_what_x_says(rule: str, text: str, matches: bool) -> None:
    assert parse(rule)(Post("1", text, "ana", "7")) == matches
