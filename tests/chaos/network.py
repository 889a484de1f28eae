"""A network that takes replies, keeps a record, and now and then loses its answer."""

import random
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

_LOST_ANSWERS = 0.05


class Network:
    """A server on loopback; `received` counts how often each delivery came.

    Args:
        picker: decides which answers are lost after the reply was taken.
    """

    def __init__(self, picker: random.Random) -> None:
        self.received: Counter[str] = Counter()
        counts, lock = self.received, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    counts[self.path.strip("/")] += 1
                    lost = picker.random() < _LOST_ANSWERS
                if lost:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"taken")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
