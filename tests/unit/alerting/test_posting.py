"""How long a service asks us to wait, and why nobody could be reached."""

import errno
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from alerting.channels.posting import Poster, retry_after
from core.errors import DeliveryError

DATE = "Mon, 02 Mar 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"Retry-After": "30"}, 30.0, id="seconds"),
        pytest.param({"retry-after": " 0 "}, 0.0, id="at-once"),
        pytest.param({"Retry-After": "999999999"}, 900.0, id="too-long"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 09:02:00 GMT", "Date": DATE}, 120.0, id="date"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 08:00:00 GMT", "Date": DATE}, 0.0, id="past"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 09:02:00 GMT"}, None, id="date-without-now"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 09:02:00", "Date": DATE}, None, id="date-without-zone"),
        pytest.param({"Retry-After": "soon", "Date": DATE}, None, id="words"),
        pytest.param({"Retry-After": "-5"}, None, id="below-zero"),
        pytest.param({"Retry-After": "1.5"}, None, id="fraction"),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_wait_that_is_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx.Headers(headers)) == seconds


def test_an_address_that_can_not_be_used_is_told_without_being_shown() -> None:
    with pytest.raises(DeliveryError, match=r"hook: its address can't be used") as raised:
        Poster("hook", "https://s3cret\x00/", 20.0).post(b"{}")
    assert raised.value.permanent
    assert "s3cret" not in str(raised.value)


@pytest.fixture
def plain_server() -> Iterator[int]:
    """The port of a server that answers every connection with what is no TLS."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def answer() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(1_024)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
    thread.join()


def told_of(url: str) -> str:
    with pytest.raises(DeliveryError) as raised:
        Poster("hook", url, 20.0).post(b"{}")
    assert not raised.value.permanent
    assert "t0ken" not in str(raised.value)
    return str(raised.value)


def test_a_port_at_which_nobody_listens_refuses() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    assert told_of(f"http://127.0.0.1:{port}/t0ken") == "hook: it can't be reached: the connection is refused"


def test_a_server_without_tls_is_told_as_such(plain_server: int) -> None:
    assert (
        told_of(f"https://127.0.0.1:{plain_server}/t0ken") == "hook: it can't be reached: no TLS could be agreed upon"
    )


def of_certificate(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("for t0ken.example")
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        pytest.param(socket.gaierror(-2, "t0ken"), ": its name isn't found", id="name"),
        pytest.param(of_certificate(10), ": its certificate has expired", id="expired"),
        pytest.param(of_certificate(62), ": its certificate is for another name", id="other-name"),
        pytest.param(of_certificate(18), ": its certificate isn't trusted", id="self-signed"),
        pytest.param(OSError(errno.ENETUNREACH, "t0ken"), ": no way leads there from here", id="no-way"),
        pytest.param(ConnectionResetError("t0ken"), ": the connection is broken off at once", id="reset"),
        pytest.param(OSError(errno.EMFILE, "t0ken"), "", id="anything-else"),
    ],
)
def test_why_it_can_not_be_reached_is_told_in_words_of_our_own(
    monkeypatch: pytest.MonkeyPatch, cause: OSError, why: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise cause

    # What the operating system says of a connection: no test reaches beyond this machine.
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert told_of("https://t0ken.example/") == f"hook: it can't be reached{why}"
