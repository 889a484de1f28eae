"""A collector of traces: takes OTLP over HTTP on 127.0.0.1, as Jaeger, Tempo and the OpenTelemetry Collector do."""

import gzip
import http.server
import threading
from collections.abc import Callable
from typing import Self

from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from tests.servers.process import LOOPBACK


class CollectedSpan(Struct, frozen=True):
    """A span as it came in; `trace`, `id` and `parent` in hexadecimal, `parent` empty for the first of a trace."""

    service: str
    name: str
    kind: int
    trace: str
    id: str
    parent: str
    error: str
    attributes: dict[str, str | int]
    seconds: float


class Collector:
    """Keeps every span that is sent to `address`. As a context manager it is started, and stopped at the end."""

    def __init__(self) -> None:
        self._spans: list[CollectedSpan] = []
        self._arrived = threading.Condition()
        self._server = http.server.ThreadingHTTPServer((LOOPBACK, 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.address = f"http://{LOOPBACK}:{self._server.server_port}"

    @property
    def spans(self) -> list[CollectedSpan]:
        """What has come in so far."""
        with self._arrived:
            return list(self._spans)

    def wait(self, enough: Callable[[list[CollectedSpan]], object], patience: float = 60.0) -> list[CollectedSpan]:
        """Until the spans are enough; all of them then."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: enough(self._spans), patience), [span.name for span in self._spans]
            return list(self._spans)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                known = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
                if known:
                    collector._take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200 if known else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the name of the base class
                pass

        return Handler

    def _take(self, request: ExportTraceServiceRequest) -> None:
        found = [
            CollectedSpan(
                service=str(_values(resource.resource.attributes)["service.name"]),
                name=span.name,
                kind=span.kind,
                trace=span.trace_id.hex(),
                id=span.span_id.hex(),
                parent=span.parent_span_id.hex(),
                error=span.status.message,
                attributes=_values(span.attributes),
                seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
            )
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        with self._arrived:
            self._spans += found
            self._arrived.notify_all()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _values(attributes: "list[KeyValue]") -> dict[str, str | int]:
    return {
        each.key: each.value.int_value if each.value.HasField("int_value") else each.value.string_value
        for each in attributes
    }
