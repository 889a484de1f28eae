from collections.abc import Iterator

import pytest

from ingest.sources import mastodon
from tests.networks.driving import MovedOn
from tests.networks.mastodon import MastodonServer
from tests.networks.mastodon_statuses import Account


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MovedOn:
    monkeypatch.setattr(mastodon, "NAP", 0.01)  # nobody waits here to stop it
    monkeypatch.setattr(mastodon, "PAUSE", 0.0)
    return MovedOn()


@pytest.fixture
def server() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        server.accounts = {
            "7": Account("7", "ana", "Ana", followers=1200),
            "8": Account("8", "ben@other.example"),
            "9": Account("9", "own"),
        }
        server.me = "7"
        yield server
