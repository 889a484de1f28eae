"""What a client may cost: so much time for what it asks and for taking its answer, and one connection of so many.

uvicorn only ends connections on which nothing is asked. Without the limits here, whoever opens connections and says
nothing more holds every open file that the process may have, and the store and the log go down with the server.
"""

import asyncio
import socket
import sys

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from api.problems import problem

if sys.platform != "win32":
    import resource

PATIENCE = 20.0
"""Seconds for the head of a request, as many for its body, and as many in which nothing of an answer is taken."""
BACKLOG = 64
"""Clients that are let in at a time: none of them is seen, and counted, before all of them have an open file."""
MOST = 500
"""Clients at the same time, each of whom may make us hold a body of `api.security.MAX_BODY`."""
_SHARE = 3


def most_connections() -> int:
    """How many clients may be connected: a third of the files that we may open, because others here need some too."""
    if sys.platform == "win32":
        return MOST
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else max(1, min(MOST, files // _SHARE))


class Crowd(ServerState):
    """All connections of a server, how many there may be, and how many were dropped because there were more.

    `patience` is for how many seconds a client may leave unanswered what was sent to it.
    """

    def __init__(self, most: int, patience: float) -> None:
        super().__init__()
        self.most = most
        self.patience = patience
        self.dropped = 0


class Connection(H11Protocol):
    """A client, who is sent away when it keeps us waiting, and sooner where others have no room.

    A long answer, such as a stream, has no end that is waited for: only what the client has to do is measured.
    """

    server_state: Crowd
    _waiting_for: object = None
    since = 0.0
    """When it made its last step, by the loop's clock."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let a client in; where it is one too many, the one that has kept us waiting longest makes room."""
        super().connection_made(transport)
        _forget_the_dead(transport.get_extra_info("socket"), self.server_state.patience)
        self._waiting_for, self.since = self._needed(), self.loop.time()
        if len(self.connections) > self.server_state.most:
            self.server_state.dropped += 1
            others = [each for each in self.connections if isinstance(each, Connection) and each is not self]
            # Those that wait for us, such as listeners of a stream, are never sent away for others.
            leaves = min((each for each in others if each.asks), key=lambda each: each.since, default=self)
            leaves.transport.abort()

    def check(self, patience: float) -> None:
        """Send the client away if it has kept us waiting for the same thing for so many seconds."""
        needed, now = self._needed(), self.loop.time()
        if needed is None or needed != self._waiting_for:
            self._waiting_for, self.since = needed, now
        elif now - self.since > patience:
            self._send_away()

    def _needed(self) -> object:
        """What we wait for the client to do, another thing for each step that it makes; None where it waits for us."""
        if unsent := self.transport.get_write_buffer_size():
            return unsent
        return (self.cycle, self.conn.their_state) if self.asks else None

    @property
    def asks(self) -> bool:
        """Whether its request has not come to its end, or not begun."""
        return not self.transport.is_closing() and self.conn.their_state in {h11.IDLE, h11.SEND_BODY}

    def _send_away(self) -> None:
        if not self.asks or self.transport.get_write_buffer_size():
            self.transport.abort()
            return
        asked = self.conn.their_state is h11.SEND_BODY
        if (asked or self.conn.trailing_data[0]) and self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._answer_too_slow(self.scope["path"] if asked else "/")
        self.transport.close()

    def _answer_too_slow(self, path: str) -> None:
        if self.cycle is not None:
            # Whoever reads the body hears that the client has gone, and answers nothing more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        refusal = problem("too-slow", "The request didn't come to its end in time. Nothing was done.", path)
        headers = [*self.server_state.default_headers, *refusal.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=refusal.status_code, headers=headers, reason=b"Request Timeout"),
            h11.Data(data=bytes(refusal.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")


def _forget_the_dead(connection: socket.socket | None, patience: float) -> None:
    """Have the system end a connection whose client acknowledges nothing for so many seconds.

    A machine that lost its network says nothing when it goes: without this, the system tries for a quarter of an hour,
    and what it was sent lies where `Connection.check` doesn't see it.
    """
    if sys.platform == "linux" and connection is not None and connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1_000 * patience))
