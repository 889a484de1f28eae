"""Each switch of the proxy, against an echoing server."""

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from adapters.clock import SystemClock
from tests.servers.process import LOOPBACK, Port
from tests.servers.proxy import Proxy

AT_ONCE = 0.1  # seconds: nothing comes within this where nothing must come
SOON = 5.0


class Echo(socketserver.BaseRequestHandler):
    """Says everything back; `requests` counts what came."""

    def handle(self) -> None:
        try:
            while piece := self.request.recv(65536):
                self.server.bytes_seen += len(piece)
                self.request.sendall(piece)
        except ConnectionResetError:
            self.server.resets.set()


class EchoServer(socketserver.ThreadingTCPServer):
    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), Echo)
        self.bytes_seen = 0
        self.resets = threading.Event()


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    with EchoServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(echo: EchoServer) -> Iterator[Proxy]:
    with Proxy(echo.server_address) as proxy:
        yield proxy


@pytest.fixture
def line(proxy: Proxy) -> Iterator[socket.socket]:
    with connect(proxy) as line:
        assert said_back(line, b"hello") == b"hello"
        yield line


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), timeout=SOON)


def hear(line: socket.socket, length: int) -> bytes:
    heard = b""
    while len(heard) < length and (piece := line.recv(length - len(heard))):
        heard += piece
    return heard


def said_back(line: socket.socket, words: bytes) -> bytes:
    line.sendall(words)
    return hear(line, len(words))


def hears_nothing(line: socket.socket) -> bool:
    line.settimeout(AT_ONCE)
    try:
        line.recv(1)
    except TimeoutError:
        return True
    finally:
        line.settimeout(SOON)
    return False


def test_everything_passes_and_is_counted(proxy, line):
    words = bytes(range(256)) * 20_000  # more than any buffer on the way holds
    writer = threading.Thread(target=line.sendall, args=(words,))
    writer.start()
    assert hear(line, len(words)) == words
    writer.join()
    with connect(proxy) as another:
        assert said_back(another, b"me too") == b"me too"
        assert (proxy.connections, proxy.live) == (2, 2)


def test_the_end_of_one_side_reaches_the_other_after_the_last_byte(line):
    line.sendall(b"last words")
    line.shutdown(socket.SHUT_WR)
    assert hear(line, 1_000) == b"last words"


def test_delay_holds_each_direction_and_ends_when_healed(proxy, line):
    clock = SystemClock()
    proxy.delay(0.1)
    began = clock.monotonic()
    assert said_back(line, b"slow") == b"slow"
    assert clock.monotonic() - began >= 0.2
    proxy.delay(60.0)
    line.sendall(b"slower")
    assert hears_nothing(line)
    proxy.heal()
    assert hear(line, 6) == b"slower"


def test_cut_ends_live_connections_and_accepts_new_ones(proxy, line):
    proxy.cut()
    assert line.recv(1) == b""
    assert proxy.live == 0
    with connect(proxy) as another:
        assert said_back(another, b"again") == b"again"


def test_reset_breaks_both_sides_and_accepts_new_ones(proxy, line, echo):
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        line.recv(1)
    assert echo.resets.wait(SOON)
    with connect(proxy) as another:
        assert said_back(another, b"again") == b"again"


def test_a_black_hole_accepts_and_passes_nothing_until_it_is_healed(proxy, line, echo):
    seen = echo.bytes_seen
    proxy.blackhole()
    line.sendall(b"anybody?")
    with connect(proxy) as another:
        another.sendall(b"hello?")
        assert hears_nothing(another)
        assert hears_nothing(line)
        assert echo.bytes_seen == seen
        proxy.heal()
        assert hear(another, 6) == b"hello?"
        assert hear(line, 8) == b"anybody?"


def test_answers_alone_can_be_swallowed(proxy, line, echo):
    seen = echo.bytes_seen
    proxy.blackhole(answers_only=True)
    line.sendall(b"do it")
    assert hears_nothing(line)
    assert echo.bytes_seen == seen + 5
    proxy.heal()
    assert hear(line, 5) == b"do it"


def test_refuse_turns_new_clients_away_and_keeps_the_port(proxy, line):
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    assert said_back(line, b"still here") == b"still here"
    proxy.heal()
    with connect(proxy) as another:
        assert said_back(another, b"open again") == b"open again"


def test_throttle_limits_the_rate_in_mid_stream(proxy, line):
    clock = SystemClock()
    proxy.throttle(100_000)
    began = clock.monotonic()
    assert said_back(line, bytes(30_000)) == bytes(30_000)
    assert clock.monotonic() - began >= 0.25
    proxy.throttle(1)
    line.sendall(b"never in time")
    assert hear(line, 1) == b"n"
    proxy.heal()
    assert hear(line, 12) == b"ever in time"


def test_a_server_that_is_down_is_a_reset_for_the_client(proxy, echo):
    down = Port()
    proxy.target = (LOOPBACK, down.number)
    with pytest.raises(ConnectionResetError), connect(proxy) as line:
        line.recv(1)


def test_a_client_that_breaks_off_is_a_reset_for_the_server(proxy, line, echo):
    proxy.delay(60.0)
    line.sendall(b"lost")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    line.close()
    assert echo.resets.wait(SOON)


def test_closing_with_live_connections_leaves_nothing(echo):
    with Proxy(echo.server_address) as proxy, connect(proxy) as line:
        assert said_back(line, b"hello") == b"hello"
        proxy.close()
        assert line.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
