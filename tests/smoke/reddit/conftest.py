from collections.abc import Iterator

import prawcore
import pytest

from tests.fakes import FakeClock
from tests.networks import reddit
from tests.smoke.reddit.listening import START


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """praw pauses for seconds of the real clock before it tries again."""
    monkeypatch.setattr(prawcore.sessions.FiniteRetryStrategy, "sleep", lambda _: None)


@pytest.fixture
def server() -> Iterator[reddit.RedditServer]:
    with reddit.RedditServer() as server:
        server.reset = 60  # else praw paces the many requests of a test by the real clock
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)
