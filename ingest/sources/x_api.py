"""X's endpoints besides the stream, as tweepy asks them."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import msgspec
import requests
import tweepy
from msgspec import Struct

from core.errors import SourceError
from ingest.normalise import normalise_line
from ingest.sources.bounded import GivenUpError
from ingest.sources.x_door import MISHAPS, SHOWN, go_through, refusal, reset_in
from ingest.sources.x_posts import FIELDS
from ingest.sources.x_rules import Rule
from ingest.sources.x_wire import UNREADABLE

MOST_IDS = 100
PAGE = 100
MOST_AT_ONCE = 100
"""Rules that one request adds or deletes."""


class RateLimitedError(Exception):
    """X wants us to wait, until `reset` where it says so."""

    def __init__(self, reset: datetime | None) -> None:
        super().__init__("X limits how often it is asked")
        self.reset = reset


class MishapError(Exception):
    """A request failed in a way that another attempt may mend; the message says how."""


class RefusedError(SourceError):
    """X refuses what is asked, so that trying again soon can't help."""


class Api:
    """X's other endpoints, each call one request whose answer is given back as it came.

    Every call raises `RateLimitedError`, `MishapError` or `RefusedError`.
    """

    def __init__(self, base: str, token: str) -> None:
        self._client = tweepy.Client(token, return_type=requests.Response)
        self._rules = tweepy.StreamingClient(token, return_type=requests.Response)
        self._door = go_through(self._client.session, base)
        self.searches_allowed = 60
        """In a quarter of an hour; X says how many after the first."""
        go_through(self._rules.session, base)

    def search(self, query: str, since_id: str, token: str) -> bytes:
        """A page of what the last seven days have."""
        answer = _asked(
            lambda: self._client.search_recent_tweets(
                query, since_id=since_id, next_token=token or None, max_results=PAGE, **FIELDS
            )
        )
        with contextlib.suppress(ValueError):
            limit = self._door.latest.headers.get("x-rate-limit-limit", "") if self._door.latest else ""
            self.searches_allowed = max(1, int(limit))
        return answer

    def mentions(self, user: str, since_id: str, token: str) -> bytes:
        """A page of what mentions an account."""
        return _asked(
            lambda: self._client.get_users_mentions(
                user, since_id=since_id, pagination_token=token or None, max_results=PAGE, **FIELDS
            )
        )

    def users(self, usernames: Sequence[str]) -> bytes:
        """The accounts of these names, `MOST_IDS` at most."""
        return _asked(lambda: self._client.get_users(usernames=list(usernames)))

    def look_up(self, ids: Sequence[str]) -> bytes:
        """These posts, `MOST_IDS` at most."""
        return _asked(lambda: self._client.get_tweets(list(ids)))

    def rules(self) -> bytes:
        """All rules on the account, those of others too; see `rules_in`."""
        return _asked(self._rules.get_rules)

    def add_rules(self, rules: Sequence[Rule]) -> bytes:
        """Add some, `MOST_AT_ONCE` at most; it is refused where X doesn't take all of them."""
        some = [tweepy.StreamRule(rule.value, tag=rule.tag) for rule in rules]
        answer = _asked(partial(self._rules.add_rules, some))
        _check_added(answer)
        return answer

    def delete_rules(self, ids: Sequence[str]) -> bytes:
        """Delete some, `MOST_AT_ONCE` at most; one that isn't there is as good."""
        return _asked(partial(self._rules.delete_rules, list(ids)))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.session.close()
        self._rules.session.close()


class _ThereRule(Struct, frozen=True):
    id: str
    value: str
    tag: str = ""


class _Rules(Struct, frozen=True):
    data: tuple[_ThereRule, ...] = ()


class _RuleProblem(Struct, frozen=True):
    title: str = ""
    detail: str = ""
    details: tuple[str, ...] = ()
    value: str = ""


class _Added(Struct, frozen=True):
    errors: tuple[_RuleProblem, ...] = ()


def _asked(call: Callable[[], requests.Response]) -> bytes:
    try:
        answer = call().content
        msgspec.json.decode(answer, type=msgspec.Raw)
    except tweepy.TooManyRequests as error:
        raise RateLimitedError(reset_in(error.response.headers)) from None
    except tweepy.HTTPException as error:
        status = error.response.status_code
        words = normalise_line(str(error).partition("\n")[2], SHOWN)
        reason = refusal(status, words, urlsplit(error.response.url).path)
        # A timeout that X notices itself is a mishap, too.
        raise (MishapError if status >= 500 or status == 408 else RefusedError)(reason) from None
    except GivenUpError as error:
        raise MishapError(f"X can't be read ({error})") from error
    except RecursionError as error:
        raise MishapError("X can't be read (its answer is nested without end)") from error
    except (*MISHAPS, msgspec.DecodeError) as error:
        raise MishapError(f"X can't be read ({type(error).__name__})") from error
    return answer


def rules_in(answer: bytes) -> dict[str, Rule]:
    """The rules that an answer tells, by their ids.

    Raises:
        MishapError: it tells none.
    """
    try:
        rules = msgspec.json.decode(answer, type=_Rules).data
    except UNREADABLE as error:
        raise MishapError(f"X's list of rules can't be read: {error}") from error
    return {rule.id: Rule(rule.value, rule.tag) for rule in rules}


def _check_added(answer: bytes) -> None:
    """Whether X took every rule; one that is there already is as good."""
    try:
        problems = msgspec.json.decode(answer, type=_Added).errors
    except UNREADABLE as error:
        raise MishapError(f"X's answer to new rules can't be read: {error}") from error
    for problem in problems:
        if problem.title != "DuplicateRule":
            why = normalise_line(problem.detail or "; ".join(problem.details) or problem.title, SHOWN)
            raise RefusedError(f"X doesn't take the rule {normalise_line(problem.value, 80)!r}: {why}")
