"""A loopback TCP proxy that stands between a client and a server, and lets tests disturb the line in mid-stream."""

import select
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Self

from adapters.clock import SystemClock
from tests.servers.process import LOOPBACK, Port

PIECE = 64 * 1024
HELD_AT_MOST = 256 * 1024  # bytes held in one direction before the sender is made to wait
PATIENCE = 10.0
THROTTLE_STEP = 0.05  # seconds worth of bytes that are sent at once


class Direction:
    """One way through a connection: the bytes that were read from `source` and wait to be sent to `sink`."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self.source = source
        self.sink = sink
        self.waiting: deque[tuple[float, bytes]] = deque()  # when each piece came, and the piece
        self.ended = False  # the source has sent its last
        self.passed_on = False  # and the sink was told
        self.busy_until = 0.0  # while throttled

    def held(self) -> int:
        """How many bytes wait."""
        return sum(len(piece) for _, piece in self.waiting)

    def read(self, now: float) -> None:
        """Take what has come."""
        if piece := self.source.recv(PIECE):
            self.waiting.append((now, piece))
        else:
            self.ended = True

    def write(self, now: float, rate: float) -> None:
        """Send the piece whose turn it is, or a part of it; at a rate in bytes per second unless that is 0."""
        came, piece = self.waiting.popleft()
        sent = self.sink.send(piece[: max(1, int(rate * THROTTLE_STEP))] if rate else piece)
        if rate:
            self.busy_until = now + sent / rate
        if rest := piece[sent:]:
            self.waiting.appendleft((came, rest))

    def finish(self) -> None:
        """Tell the sink of the end, once everything before it was sent."""
        if self.ended and not self.waiting and not self.passed_on:
            self.sink.shutdown(socket.SHUT_WR)
            self.passed_on = True


class Connection:
    """A client's connection and the one made for it to the server."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.ends = (client, server)
        self.requests = Direction(client, server)
        self.answers = Direction(server, client)
        for end in self.ends:
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def finished(self) -> bool:
        """Whether both sides have said and heard everything."""
        return self.requests.passed_on and self.answers.passed_on

    def close(self, *, reset: bool = False) -> None:
        """End it for both sides, in order or by a reset; what waits is lost."""
        for end in self.ends:
            if reset:
                make_reset(end)
            end.close()


def make_reset(connection: socket.socket) -> None:
    """Let the closing of this socket be a reset (RST) instead of an orderly end (FIN)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Proxy:
    """Passes everything to `target` until it is told otherwise; each switch works at once, on live connections too.

    `address` (host:port) and `port` stay the same for its life. One thread of its own does all the work, so that when
    a switch returns, it has been thrown. As a context manager it is started, and closed at the end.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.connections = 0  # accepted so far
        self._kept = Port()
        self.port = self._kept.number
        self.address = self._kept.address
        self._clock = SystemClock()
        self._orders: deque[tuple[Callable[[], None], Future[None]]] = deque()
        self._bell, self._doorbell = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=f"proxy on {self.port}")
        self._working = True
        self._live: list[Connection] = []
        self._listener: socket.socket | None = None
        self._delay = 0.0
        self._rate = 0.0
        self._blocked: Callable[[Connection], tuple[Direction, ...]] = nothing

    @property
    def live(self) -> int:
        """How many connections are open now."""
        return len(self._live)

    def start(self) -> Self:
        """Begin to listen."""
        self._listen()
        self._thread.start()
        return self

    def close(self) -> None:
        """End all connections and the thread; the port is free afterwards."""
        if self._thread.is_alive():
            self._order(self._finish)
            self._thread.join()
        self._refuse()
        self._bell.close()
        self._doorbell.close()
        self._kept.release()

    def delay(self, seconds: float) -> None:
        """Everything takes so much longer in each direction: an answer to a request twice as much."""
        self._delay = seconds
        self._order(self._look)

    def throttle(self, bytes_per_second: float) -> None:
        """Each direction of each connection carries only so much."""
        self._rate = bytes_per_second
        self._order(self._look)

    def blackhole(self, *, answers_only: bool = False) -> None:
        """Connections are accepted and stay open, but nothing comes through; with `answers_only`, requests still do.

        As on a line that loses its packets, what was held comes through after `heal`.
        """
        self._blocked = answers if answers_only else both
        self._order(self._look)

    def cut(self) -> None:
        """End all live connections in order (FIN); new ones are accepted."""
        self._order(self._end_all)

    def reset(self) -> None:
        """Break all live connections (RST); new ones are accepted."""
        self._order(lambda: self._end_all(reset=True))

    def refuse(self) -> None:
        """Nobody listens any more; live connections go on unless they are cut too."""
        self._order(self._refuse)

    def heal(self) -> None:
        """Everything passes again."""
        self._order(self._heal)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _order(self, work: Callable[[], None]) -> None:
        done: Future[None] = Future()
        self._orders.append((work, done))
        self._doorbell.send(b".")
        done.result(PATIENCE)

    def _obey(self) -> None:
        self._bell.recv(PIECE)
        while self._orders:
            work, done = self._orders.popleft()
            work()
            done.set_result(None)

    def _look(self) -> None:
        """Nothing to do but to go round once more, with what is switched now."""

    def _finish(self) -> None:
        self._working = False
        self._end_all()

    def _heal(self) -> None:
        self._delay = self._rate = 0.0
        self._blocked = nothing
        if self._listener is None:
            self._listen()

    def _listen(self) -> None:
        self._listener = socket.create_server((LOOPBACK, self.port))
        self._listener.setblocking(False)

    def _refuse(self) -> None:
        if self._listener:
            self._listener.close()
            self._listener = None

    def _end_all(self, *, reset: bool = False) -> None:
        while self._live:
            self._live.pop().close(reset=reset)

    def _run(self) -> None:
        while self._working:
            now = self._clock.monotonic()
            reading = [self._bell, *([self._listener] if self._listener else [])]
            writing = []
            pause = PATIENCE
            for direction in self._open_directions():
                if not direction.ended and direction.held() < HELD_AT_MOST:
                    reading.append(direction.source)
                if direction.waiting and (early := self._due(direction) - now) > 0.0:
                    pause = min(pause, early)
                elif direction.waiting:
                    writing.append(direction.sink)
            readable, writable, _ = select.select(reading, writing, [], pause)
            self._work(set(readable), set(writable))

    def _due(self, direction: Direction) -> float:
        came, _ = direction.waiting[0]
        return max(came + self._delay, direction.busy_until if self._rate else 0.0)

    def _open_directions(self) -> Iterator[Direction]:
        for connection in self._live:
            blocked = self._blocked(connection)
            yield from (each for each in both(connection) if each not in blocked)

    def _work(self, readable: set[socket.socket], writable: set[socket.socket]) -> None:
        if self._bell in readable:
            self._obey()
            return  # what is open and wanted has changed
        if self._listener in readable:
            self._accept()
        now = self._clock.monotonic()
        for connection in list(self._live):
            try:
                for direction in both(connection):
                    if direction.source in readable:
                        direction.read(now)
                    if direction.sink in writable and direction.waiting:
                        direction.write(now, self._rate)
                    direction.finish()
            except OSError:
                self._live.remove(connection)
                connection.close(reset=True)
            else:
                if connection.finished:
                    self._live.remove(connection)
                    connection.close()

    def _accept(self) -> None:
        assert self._listener
        try:
            client, _ = self._listener.accept()
        except OSError:
            return  # it went away while it waited
        self.connections += 1
        try:
            server = socket.create_connection(self.target, timeout=1)
        except OSError:
            make_reset(client)
            client.close()
        else:
            self._live.append(Connection(client, server))


def nothing(connection: Connection) -> tuple[Direction, ...]:
    """No direction."""
    return ()


def both(connection: Connection) -> tuple[Direction, ...]:
    """Requests and answers."""
    return (connection.requests, connection.answers)


def answers(connection: Connection) -> tuple[Direction, ...]:
    """The way back only."""
    return (connection.answers,)
