"""How requests of tweepy get to X, and what its refusals say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests
import tweepy

from ingest.normalise import normalise_line
from ingest.sources.bounded import Bounded

TOKEN_VARIABLE = "SIXMINUTE_X_BEARER_TOKEN"  # noqa: S105 - its name
MISHAPS = (
    requests.RequestException, tweepy.TweepyException, ValueError, TypeError, AttributeError, KeyError, RecursionError,
)  # fmt: skip
"""What comes of an answer that is broken; tweepy's own errors stumble over bodies that aren't objects."""
SHOWN = 200
"""Characters of X's words that are passed on."""
_TWEEPYS = "https://api.twitter.com"
"""The host that is written into tweepy."""
_TIMEOUT = (5.0, 15.0)
"""Seconds for a connection, and for each piece of an answer."""


class Door(Bounded):
    """Takes what tweepy addresses to its own host to X's API at `base`; keeps the latest answer."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base.rstrip("/")
        self.latest: requests.Response | None = None

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Send it there, with a limit of time where the caller gives none."""
        request.url = self._base + (request.url or "").removeprefix(_TWEEPYS)
        more["timeout"] = more.get("timeout") or _TIMEOUT
        self.latest = super().send(request, *args, **more)
        return self.latest


def go_through(session: requests.Session, base: str) -> Door:
    """Let a session of tweepy speak to X's API at `base`."""
    door = Door(base)
    session.mount(f"{_TWEEPYS}/", door)
    # X leads nobody elsewhere; who does would have the token, and by another way than this door.
    session.max_redirects = 0
    # Else a .netrc that has something for this host, or for any, would put itself in the place of the token.
    session.auth = _as_it_is
    return door


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def reset_in(headers: Mapping[str, str]) -> datetime | None:
    """When X will have us again, where it says so."""
    try:
        return datetime.fromtimestamp(int(headers.get("x-rate-limit-reset", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def words_of(response: requests.Response) -> str:
    """Which of its reasons X gives in the body of a refusal."""
    body = response.json()
    return normalise_line(str(body.get("connection_issue") or body.get("detail") or body.get("title", "")), SHOWN)


def refusal(status: int, words: str, path: str = "") -> str:
    """A status that isn't good, of the endpoint at a path, in one line that says what to do about it."""
    if status == requests.codes.unauthorized:
        return f"X refuses the token (401): set {TOKEN_VARIABLE} to the bearer token of your app"
    said = f"X answers {status}{path and f' at {path}'}{words and f' ({words})'}"
    if status == requests.codes.forbidden:
        return f"{said}: your app may not do this; look at its access in X's developer console"
    return said
