"""Traces: how one mention went from stage to stage, over OTLP/HTTP to wherever traces are kept.

Only this module knows OpenTelemetry, and only where `SIXMINUTE_TRACES` is set is it imported. The services hand the
trace of what they received to what they publish; spans are opened around the bus, named as OpenTelemetry's conventions
for messaging have it: ``send TOPIC`` while a message is published, ``process TOPIC`` from poll to commit. They hold
names, numbers and sizes, never a text. How many traces are kept is said by OpenTelemetry's own variables
(`OTEL_TRACES_SAMPLER`).
"""

from collections.abc import Sequence
from importlib import metadata

import msgspec
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from core.errors import BackPressureError
from core.ports.bus import Bus, Consumer, Message, Received
from runtime.around import BusAround

_PATH = "/v1/traces"
_EXPORT_SECONDS = 5.0
_MOST_WAITING = 20_000
_HEADER = "traceparent"

_propagator = TraceContextTextMapPropagator()


def provider(address: str, role: str) -> TracerProvider:
    """What makes spans and brings them to a collector.

    Args:
        address: the collector's, such as ``http://collector:4318``; with a path where it isn't the usual one.
        role: what runs here: a stage, ``api`` or ``up``.
    """
    resource = Resource.create(
        {
            "service.name": f"sixminute-{role}",
            "service.namespace": "sixminute",
            "service.version": metadata.version("sixminute"),
        }
    )
    endpoint = address if address.count("/") > 2 + address.endswith("/") else address.rstrip("/") + _PATH
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_SECONDS)
    made = TracerProvider(resource=resource, shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=_MOST_WAITING))
    return made


class TracedBus(BusAround):
    """A bus around which spans are opened; closing it sends what is left of them.

    Args:
        bus: keeps the ``trace`` of messages, or drops it: then a trace ends with each message.
        provider: makes the spans.
        system: how the bus is called, ``kafka`` for example.
    """

    def __init__(self, bus: Bus, provider: TracerProvider, system: str) -> None:
        super().__init__(bus)
        self._provider = provider
        self._spans = _Spans(provider, system)

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        """See the port. Each message goes out with the trace of its own span."""
        spans = [self._spans.send(message) for message in messages]
        pairs = zip(messages, spans, strict=True)
        traced = [msgspec.structs.replace(message, trace=_traceparent(span)) for message, span in pairs]
        try:
            super().publish(traced, timeout)
        except BackPressureError:
            # Nothing was accepted and all is tried again at once: spans that don't end are never seen.
            raise
        except Exception as error:
            _end(spans, type(error).__name__)
            raise
        _end(spans)

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """See the port."""
        return TracedConsumer(super().consumer(group, topics), group, self._spans)

    def close(self) -> None:
        """See the port."""
        super().close()
        self._provider.shutdown()


class TracedConsumer:
    """Answers the `Consumer` port: a span for each message from poll to commit.

    What is received has the trace of that span, so that what follows from it belongs below it.
    """

    def __init__(self, consumer: Consumer, group: str, spans: "_Spans") -> None:
        self._consumer = consumer
        self._group = group
        self._spans = spans
        self._open: dict[tuple[str, int], dict[int, Span]] = {}

    def poll(self, limit: int, timeout: float) -> Sequence[Received]:
        """See the port."""
        return [self._begun(received) for received in self._consumer.poll(limit, timeout)]

    def commit(self, received: Sequence[Received]) -> None:
        """See the port."""
        self._consumer.commit(received)
        last: dict[tuple[str, int], int] = {}
        for each in received:
            place = each.topic, each.partition
            last[place] = max(each.offset, last.get(place, 0))
        for place, end in last.items():
            spans = self._open.get(place, {})
            _end([spans.pop(offset) for offset in sorted(spans) if offset <= end])

    def close(self) -> None:
        """See the port. What was not committed comes again, to another."""
        try:
            self._consumer.close()
        finally:
            for spans in self._open.values():
                _end(list(spans.values()), "not committed")
            self._open.clear()

    def _begun(self, received: Received) -> Received:
        spans = self._open.setdefault((received.topic, received.partition), {})
        if again := spans.pop(received.offset, None):
            _end([again], "delivered again")
        span = spans[received.offset] = self._spans.process(received, self._group)
        return msgspec.structs.replace(received, trace=_traceparent(span))


class _Spans:
    """Opens spans; a message without a trace begins one."""

    def __init__(self, provider: TracerProvider, system: str) -> None:
        self._tracer = provider.get_tracer("sixminute", metadata.version("sixminute"))
        self._system = system

    def send(self, message: Message) -> Span:
        return self._begin("send", SpanKind.PRODUCER, message)

    def process(self, received: Received, group: str) -> Span:
        span = self._begin("process", SpanKind.CONSUMER, received)
        span.set_attributes(
            {
                "messaging.consumer.group.name": group,
                "messaging.destination.partition.id": str(received.partition),
                f"messaging.{self._system}.offset": received.offset,
            }
        )
        return span

    def _begin(self, operation: str, kind: SpanKind, message: Message | Received) -> Span:
        return self._tracer.start_span(
            f"{operation} {message.topic}",
            context=_propagator.extract({_HEADER: message.trace}),
            kind=kind,
            attributes={
                "messaging.system": self._system,
                "messaging.operation.name": operation,
                "messaging.operation.type": operation,
                "messaging.destination.name": message.topic,
                "messaging.message.body.size": len(message.value),
            },
        )


def _traceparent(span: Span) -> str:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, set_span_in_context(span))
    return carrier.get(_HEADER, "")


def _end(spans: Sequence[Span], error: str = "") -> None:
    for span in spans:
        if error:
            span.set_status(StatusCode.ERROR, error)
            span.set_attribute("error.type", error)
        span.end()
