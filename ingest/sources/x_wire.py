"""The JSON of X's API v2, as far as it is needed (pure). What is unknown or broken beside it is passed over."""

from collections.abc import Iterable, Sequence
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from core.ports.source import Read

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What comes of words that are no JSON, not of the shape that they should have, or nested without end."""

_GONE = ("resource-not-found", "not-authorized-for-resource")

_Id = Annotated[str, Meta(pattern=r"^[0-9]{1,19}$")]
_T = TypeVar("_T")


class _Answer(Struct, frozen=True):
    data: Raw = Raw()
    includes: Raw = Raw()
    errors: Raw = Raw()
    meta: Raw = Raw()
    title: str = ""
    connection_issue: str = ""


class _Reference(Struct, frozen=True):
    type: str
    id: _Id


class _Note(Struct, frozen=True):
    text: str = ""


class Post(Struct, frozen=True):
    """A post; `referenced_tweets` says which it answers, quotes or repeats."""

    id: _Id
    text: str
    author_id: str = ""
    conversation_id: _Id | None = None
    created_at: str = ""
    lang: str | None = None
    edit_history_tweet_ids: tuple[_Id, ...] = ()
    referenced_tweets: tuple[_Reference, ...] | None = None
    note_tweet: _Note | None = None


class _Metrics(Struct, frozen=True):
    followers_count: Annotated[int, Meta(ge=0, lt=2**31)] | None = None


class User(Struct, frozen=True):
    """Somebody; `username` is the handle without @."""

    id: _Id
    username: str = ""
    public_metrics: _Metrics | None = None


class _Includes(Struct, frozen=True):
    users: tuple[Raw, ...] = ()
    tweets: tuple[Raw, ...] = ()


class _Bare(Struct, frozen=True):
    id: _Id


class _Meta(Struct, frozen=True):
    next_token: str = ""


class Problem(Struct, frozen=True):
    """What stands under `errors`: of a whole answer, of a part of a post, or of one id that was asked for."""

    title: str = ""
    detail: str = ""
    type: str = ""
    disconnect_type: str = ""
    parameter: str = ""
    resource_id: str = ""


def next_token(raw: bytes) -> str:
    """What leads on to the next page; empty on the last one.

    Raises:
        ValueError: it is no answer of X.
    """
    return _part(_answer(raw).meta, _Meta, _Meta()).next_token


def users_of(raw: bytes) -> list[User]:
    """The users that were looked up.

    Raises:
        ValueError: as `next_token`.
    """
    return list(_each(_several(_answer(raw).data), User))


def gone_of(raw: bytes, asked: Sequence[str]) -> list[str]:
    """Of the posts that were looked up those that are deleted or that nobody may see any more.

    What is neither there nor said to be gone is let be: half an answer must not erase anything.

    Raises:
        ValueError: as `next_token`.
    """
    answer = _answer(raw)
    there = {post.id for post in _each(_several(answer.data), _Bare)}
    gone = {
        problem.resource_id
        for problem in _problems(answer)
        if problem.parameter == "ids" and problem.type.rpartition("/")[2] in _GONE
    }
    return [id_ for id_ in asked if id_ in gone - there]


def posts_of(raw: bytes) -> tuple[str, ...]:
    """The ids of the posts in an answer.

    Raises:
        ValueError: as `next_token`.
    """
    return each_id(_several(_answer(raw).data))


def billed(kind: str, ids: Iterable[str]) -> tuple[Read, ...]:
    """What is paid for resources of a kind, if there are any."""
    several = tuple(ids)
    return (Read(resource=kind, ids=several),) if several else ()


def parts_of(raw: bytes) -> tuple[tuple[Raw, ...], list[User], tuple[str, ...]]:
    """The posts of an answer or of a line of the stream, the users with them, and the ids of other posts with them.

    Raises:
        ValueError: as `next_token`.
    """
    answer = _answer(raw)
    includes = _part(answer.includes, _Includes, _Includes())
    return _several(answer.data), list(_each(includes.users, User)), each_id(includes.tweets)


def each_id(posts: Iterable[Raw]) -> tuple[str, ...]:
    """The ids of those that have one."""
    return tuple(post.id for post in _each(posts, _Bare))


def post_in(raw: Raw) -> Post:
    """A post.

    Raises:
        ValueError: it is none.
    """
    try:
        return msgspec.json.decode(raw, type=Post)
    except UNREADABLE as error:
        raise ValueError(str(error)) from error


def end_of(raw: bytes) -> str:
    """Why X ends the stream, where this line says so; else empty. Errors beside a post don't end it."""
    try:
        answer = _answer(raw)
    except ValueError:
        return ""
    if answer.data:
        return ""
    for problem in _problems(answer):
        if problem.disconnect_type:
            return f"{problem.disconnect_type}: {problem.detail or problem.title}"
    return answer.connection_issue


def _answer(raw: bytes) -> _Answer:
    try:
        return msgspec.json.decode(raw, type=_Answer)
    except UNREADABLE as error:
        raise ValueError(str(error)) from error


def _several(data: Raw) -> tuple[Raw, ...]:
    """The things in `data`, which holds one, several or none."""
    raw = bytes(data).strip()
    if raw in {b"", b"null"}:
        return ()
    return msgspec.json.decode(raw, type=tuple[Raw, ...]) if raw.startswith(b"[") else (data,)


def _problems(answer: _Answer) -> Iterable[Problem]:
    return _each(_part(answer.errors, tuple[Raw, ...], ()), Problem)


def _part(raw: Raw, kind: type[_T], otherwise: _T) -> _T:
    try:
        return msgspec.json.decode(raw, type=kind) if bytes(raw) else otherwise
    except UNREADABLE:
        return otherwise


def _each(raws: Iterable[Raw], kind: type[_T]) -> Iterable[_T]:
    """Those that can be read."""
    for raw in raws:
        try:
            yield msgspec.json.decode(raw, type=kind)
        except UNREADABLE:
            continue
