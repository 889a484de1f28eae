"""The same request with the same Idempotency-Key is done once and answered twice.

See https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/. Answers of requests that succeeded are
kept in the store, so that a retry is recognised after a restart and by another process. A request that failed has
changed nothing and may be sent again with its key.

Kept are the last answers in a fixed number of places, chosen by the key, so that they need no clearing: an answer that
another one has taken the place of is forgotten, and then the versions of cases still keep anything from happening
twice. That is also why the answers to changes hold ids, states and times, and nothing that a customer wrote: what is
erased must not live on in here.
"""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
import structlog
from fastapi.responses import Response
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from api.security import who_acts
from core.errors import SixminuteError
from core.ports.store import Store

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PLACES = 4_096
_MAX_KEY = 200
_CHANGING = frozenset({"POST", "PUT", "DELETE"})


class Kept(Struct, frozen=True):
    """An answer given: to which key of whom, for which request."""

    key: str
    request: str
    status: int
    media_type: str
    body: str


def digest(parts: Iterable[bytes]) -> str:
    """A short text that is different for other parts."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


def place(key: str, kind: str = "idempotency") -> str:
    """The name of the cursor under which the answer for a key is kept; each kind has places of its own."""
    return f"{kind}:{int(key, 16) % PLACES}"


class Answers:
    """The last answers of a kind, by their keys."""

    def __init__(self, store: Store, kind: str = "idempotency") -> None:
        self._store = store
        self._kind = kind

    def read(self, key: str) -> Kept | None:
        """The answer that a key was given, where it isn't forgotten."""
        value = self._store.cursor(place(key, self._kind))
        kept = msgspec.json.decode(value, type=Kept) if value else None
        return kept if kept and kept.key == key else None

    def keep(self, kept: Kept, path: str) -> None:
        """Keep an answer; where that can't be done, say so in the log."""
        try:
            with self._store.unit() as unit:
                unit.save_cursor(place(kept.key, self._kind), msgspec.json.encode(kept).decode())
        except SixminuteError as error:
            # The change is done and must be told; only a repetition of the request would not be recognised.
            structlog.get_logger(__name__).error("answer_not_kept", path=path, exc_info=error)


class Idempotency:
    """Recognises repeated requests under a path. Pure ASGI; the body must be in one piece already (see `BodyLimit`).

    Paths in `signed` have ids of their own, and are answered to nobody without a look at the signature.
    """

    def __init__(self, app: ASGIApp, store: Store, user: str, path: str, signed: Sequence[str] = ()) -> None:
        self._app = app
        self._answers = Answers(store)
        self._user = user
        self._path = path
        self._signed = frozenset(path + each for each in signed)
        self._running: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a new request on and keep its answer; answer a repeated one as before."""
        keyed = scope["type"] == "http" and scope["method"] in _CHANGING and scope["path"].startswith(self._path)
        told = Headers(scope=scope).get(HEADER) if keyed and scope["path"] not in self._signed else None
        if told is None:
            await self._app(scope, receive, send)
            return
        if not (0 < len(told) <= _MAX_KEY and told.isascii() and told.isprintable()):
            detail = f"An {HEADER} has 1 to {_MAX_KEY} printable ASCII characters; a UUID is a good one."
            await problem("bad-request", detail, scope["path"])(scope, receive, send)
            return
        user = who_acts(Request(scope), self._user).encode()
        key = digest((user, told.encode()))
        if key in self._running:
            detail = f"The first request with this {HEADER} isn't answered yet. Wait a moment and send it again."
            await problem("still-running", detail, scope["path"], {"Retry-After": "1"})(scope, receive, send)
            return
        self._running.add(key)
        try:
            await self._once(key, scope, receive, send)
        finally:
            self._running.discard(key)

    async def _once(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body: bytes = message.get("body", b"")
        method = scope["method"].encode()
        named = () if method == b"POST" else (method,)  # what is kept from before knows no other
        request = digest((*named, scope["path"].encode(), scope.get("query_string", b""), body))
        kept = await run_in_threadpool(self._answers.read, key)
        if kept is None:
            answer = _Recorder()
            await self._app(scope, _again(message, receive), answer.send)
            if answer.succeeded:
                await run_in_threadpool(self._answers.keep, answer.kept(key, request), scope["path"])
            for part in answer.messages:
                await send(part)
        elif kept.request != request:
            detail = f"This {HEADER} was used for another request before. Take a new key for each request."
            await problem("key-reused", detail, scope["path"])(scope, receive, send)
        else:
            replay = Response(kept.body, kept.status, {REPLAYED: "true"}, kept.media_type)
            await replay(scope, receive, send)


class _Recorder:
    """Holds an answer back until it is kept."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def succeeded(self) -> bool:
        return bool(self.messages) and 200 <= self.messages[0]["status"] < 300

    def kept(self, key: str, request: str) -> Kept:
        start, *bodies = self.messages
        return Kept(
            key=key,
            request=request,
            status=start["status"],
            media_type=Headers(raw=start["headers"])["content-type"],
            body=b"".join(part.get("body", b"") for part in bodies).decode(),
        )


def _again(message: Message, receive: Receive) -> Receive:
    """A `receive` that gives a message already taken, and then what the connection says."""
    taken = [message]

    async def give() -> Message:
        return taken.pop() if taken else await receive()

    return give
