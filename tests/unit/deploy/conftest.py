"""A server that answers probes."""

import http.server
import threading
from collections.abc import Iterator

import pytest


class Readiness(http.server.HTTPServer):
    """Answers like the program: 503 to the first `unready` questions, then 200; keeps what was asked, and as whom."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[tuple[str, str]] = []
        self.unready = 0


class _Answer(http.server.BaseHTTPRequestHandler):
    server: Readiness

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Host"]))
        ready = len(self.server.asked) > self.server.unready
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(b'{"ready":true}' if ready else b'{"ready":false,"parts":{"model":"loading"}}')

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the name of the base class
        """Say nothing."""


@pytest.fixture
def readiness() -> Iterator[Readiness]:
    with Readiness() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
