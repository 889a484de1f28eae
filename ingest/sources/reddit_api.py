"""Asks Reddit's API by way of praw, and says what went wrong in one line.

`praw.Reddit.request` is all that is used of praw: it holds the token, paces the requests, and tries again what the
network broke. Its objects are not: they ask the network by themselves for each field that they miss, and one comment
that isn't as they expect spoils the hundred that came with it.
"""

from importlib.metadata import version
from math import inf
from typing import Any
from urllib.parse import urlsplit

import praw
import prawcore
import requests

from core.errors import SourceError
from ingest.normalise import normalise_line
from ingest.sources.bounded import Bounded, GivenUpError
from ingest.sources.reddit_settings import USUAL, Account

TIMEOUT = 16.0
"""Seconds that Reddit may be silent within one request."""
LONGEST_PAUSE = 900.0
"""Seconds that a rate limit is believed at most: Reddit counts by the ten minutes."""
_LARGEST = 16 << 20
"""Bytes of an answer: a hundred submissions of 40,000 characters, each in Markdown and in HTML, have 8 MiB."""
_TOKEN_PATH = "/api/v1/access_token"  # noqa: S105  an address
_TOKENS_AT = "https://www.reddit.com"
_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 401, 403, 404, 429
_SHOWN = 60


class TooManyError(SourceError):
    """Reddit wants to be left alone: for `seconds`, or for a time that it doesn't say (None)."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("Reddit says that we ask too often. Waiting.")
        self.seconds = seconds


class RefusedError(SourceError):
    """Reddit doesn't let us have what stands at a path; the rest it may."""


class Rate:
    """What the last answer said: its status (0: there was none), and how many requests are left for how many seconds.

    Where Reddit doesn't say, as many are left as one likes.
    """

    def __init__(self) -> None:
        self.remaining = inf
        self.reset = 0.0
        self.status = 0
        self.path = ""
        self.retry_after: float | None = None

    def note(self, response: requests.Response) -> None:
        """Remember what this answer says."""
        self.status = response.status_code
        wait = _number(response.headers.get("retry-after"))
        self.retry_after = None if wait is None else min(wait, LONGEST_PAUSE)
        remaining, reset = (_number(response.headers.get(f"x-ratelimit-{part}")) for part in ("remaining", "reset"))
        if remaining is not None and reset is not None:
            self.remaining, self.reset = remaining, min(reset, LONGEST_PAUSE)

    @property
    def spacing(self) -> float:
        """Seconds between requests at which they last until there are new ones."""
        return self.reset / max(self.remaining, 1.0)

    @property
    def pause(self) -> float:
        """Seconds to wait because none is left."""
        return self.reset if self.remaining < 1.0 else 0.0


class _Requestor(prawcore.Requestor):
    """praw 8.0 hands its `timeout` to nobody, and of the rate limit it tells only what it makes of it."""

    def __init__(self, *, rate: Rate, seconds: float, **more: Any) -> None:
        super().__init__(**more)
        self._rate = rate
        self._seconds = seconds

    def request(self, *args: Any, timeout: float | None = None, **more: Any) -> requests.Response:  # noqa: ARG002
        self._rate.status = 0
        self._rate.path = urlsplit(str(args[1])).path
        # praw forbids to be led elsewhere, but not where it asks for a token, with the user's password.
        response = super().request(*args, timeout=self._seconds, **more | {"allow_redirects": False})
        self._rate.note(response)
        if self._rate.pause:
            # praw would sleep for as long as Reddit says, where nobody can wake it: this pause is made by our caller.
            response.headers["x-ratelimit-reset"] = "1"
        return response


class RedditApi:
    """A connection to Reddit.

    Args:
        account: who we are.
        seconds: that Reddit may be silent within one request.
    """

    def __init__(self, account: Account, seconds: float = TIMEOUT) -> None:
        base = account.base_url.rstrip("/")
        by = f" (by /u/{account.username})" if account.username else ""
        self._base = base
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, Bounded(_LARGEST))
        self.rate = Rate()
        # What isn't named here, praw takes from a praw.ini in the working directory or from the environment.
        self._reddit = praw.Reddit(
            "DEFAULT",
            requestor_class=_Requestor,
            requestor_kwargs={"session": self._session, "rate": self.rate, "seconds": seconds},
            check_for_updates=False,
            check_for_async=False,
            oauth_url=f"{base}/",
            reddit_url=_TOKENS_AT if base == USUAL else base,
            user_agent=f"python:sixminute:{version('sixminute')}{by}",
            client_id=account.client_id,
            client_secret=account.client_secret,
            username=account.username or None,
            password=account.password or None,
            refresh_token=None,
        )

    def get(self, path: str, query: dict[str, str | int], refused: str) -> object:
        """The JSON at a path. It may take its time: praw sleeps where it would go faster than the rate limit allows.

        Args:
            path: without a slash before it.
            query: its parameters.
            refused: what may be wrong, and what to do, where Reddit doesn't let us in.

        Raises:
            TooManyError: the rate limit is spent.
            RefusedError: this is not for us.
            SourceError: Reddit can't be reached, refuses us, or answers what can't be read.
        """
        try:
            return self._reddit.request(method="GET", path=path, params=query)
        except Exception as error:
            # Not PrawcoreException: praw meets headers that it didn't expect with KeyError and ValueError.
            raise self._told(error, refused) from error

    def close(self) -> None:
        """Let go of the connections; a request under way fails at once."""
        self._session.close()

    def _told(self, error: Exception, refused: str) -> SourceError:
        status = self.rate.status
        if status == _TOO_MANY:
            return TooManyError(self.rate.retry_after if self.rate.retry_after is not None else self.rate.reset or None)
        if isinstance(error, prawcore.OAuthException):
            said = normalise_line(str(error.error), _SHOWN)
            return SourceError(
                f"Reddit refuses the user ({said}): correct SIXMINUTE_REDDIT_USERNAME and SIXMINUTE_REDDIT_PASSWORD; "
                "an account with a second factor can't be used by an app."
            )
        if self.rate.path.endswith(_TOKEN_PATH) and status in {_UNAUTHORISED, _FORBIDDEN}:
            return SourceError(
                "Reddit doesn't know this app: correct SIXMINUTE_REDDIT_CLIENT_ID and SIXMINUTE_REDDIT_CLIENT_SECRET."
            )
        if status in {_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND}:
            kind = SourceError if status == _UNAUTHORISED else RefusedError
            return kind(f"Reddit refuses us (HTTP {status}): {refused}.")
        return SourceError(f"Reddit can't be read from {self._base} ({_reason(error, status)}). Trying again.")


def _reason(error: Exception, status: int) -> str:
    if isinstance(error, prawcore.RequestException):
        reason = error.original_exception
        return str(reason) if isinstance(reason, GivenUpError) else type(reason).__name__
    if isinstance(error, prawcore.BadJSON):
        return "its answer is no JSON"
    if isinstance(error, RecursionError):
        return "its answer is nested without end"
    return f"HTTP {status}, {type(error).__name__}" if status else type(error).__name__


def _number(written: str | None) -> float | None:
    try:
        number = float(written or "")
    except ValueError:
        return None  # a date, or nonsense
    return number if 0.0 <= number < inf else None
