"""Logging: one structured line an event, ours and those of libraries alike.

What comes from a network can't forge a line or drive a terminal, and secrets are blotted out wherever they appear. The
events and their fields are listed in docs/logs.md.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal

import stamina.instrumentation
import structlog
from structlog.types import Processor

from core.errors import SixminuteError

Style = Literal["text", "json"]

LEVELS: Mapping[str, int] = {
    "": logging.WARNING,
    **dict.fromkeys(
        ("adapters", "alerting", "api", "ingest", "responding", "runtime", "sentiment"),
        logging.INFO,
    ),
    # A step that fails says why in its own line; the client would add one for every attempt.
    "kafka": logging.ERROR,
    "kafka.net": logging.CRITICAL,
    # What matters all the same: a member that was too slow, and a password that travels in the clear.
    "kafka.coordinator.heartbeat": logging.WARNING,
    "kafka.net.sasl": logging.WARNING,
}
"""From which level on a logger is heard, with everything below its name; the empty name stands for all others."""

_BLOTTED = "***"
_PASSWORD_IN_ADDRESS = re.compile(r"(?<=://)([^\s/:@]*):[^\s@]+@")
_PASSWORD_IN_WORDS = re.compile(
    r"(?i)\b(password|sasl_plain_password|sslpassword)(['\"]?\s*[=:]\s*)('[^']*'|\"[^\"]*\"|\S+)"
)
# Control characters, lone surrogates, line separators, and marks that turn the direction of what follows.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_Event = MutableMapping[str, Any]

log = structlog.get_logger(__name__)


class Blotter:
    """Blots out secrets: those that it is told of, and whatever looks like a password of an address."""

    def __init__(self, secrets: Collection[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: _Event) -> _Event:
        """As a processor of structlog."""
        return {name: self._clean(value) for name, value in event.items()}

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.in_text(value)
        if isinstance(value, Mapping):
            return {name: self._clean(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(each) for each in value]
        # Anything else would be written as its repr later, when it is too late.
        return value if isinstance(value, int | float | bool | None) else self.in_text(repr(value))

    def in_text(self, text: str) -> str:
        """A text without them."""
        for secret in self._secrets:
            text = text.replace(secret, _BLOTTED)
        text = _PASSWORD_IN_ADDRESS.sub(rf"\1:{_BLOTTED}@", text)
        return _PASSWORD_IN_WORDS.sub(rf"\1\2{_BLOTTED}", text)


def _forms(secret: str) -> set[str]:
    """A secret as it is, and as it stands in what a library quotes: messages hold the repr of a header, or JSON."""
    # A text with both kinds of quotes is quoted otherwise than one with either.
    quoted = {written(before + secret)[len(before) + 1 : -1] for written in (repr, ascii) for before in ("", '"')}
    return {secret, *quoted, *(json.dumps(secret, ensure_ascii=each)[1:-1] for each in (True, False))}


def configure(style: Style, secrets: Collection[str] = (), *, least: int = logging.NOTSET) -> None:
    """Set up logging to standard error, in place of what was set up before.

    Args:
        style: ``text`` for people, ``json`` for machines: then every line is one object with at least ``event``,
            ``level``, ``timestamp`` and ``logger``.
        secrets: what must never be written.
        least: the lowest level that is heard of anybody, above `LEVELS` where it is higher.
    """
    common: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    last: list[Processor] = [_one_line, _AS_JSON] if style == "json" else [_for_a_terminal, _as_text()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                Blotter(secrets),
                *last,
            ],
        )
    )
    logging.getLogger().handlers[:] = [handler]
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(max(level, least))
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda its: _uncaught(its.exc_type, its.exc_value, its.exc_traceback)
    # What is tried again is told by whoever tries, in words of this program.
    stamina.instrumentation.set_on_retry_hooks([])


@contextmanager
def last_words(style: Style) -> Iterator[None]:
    """What ends the program is a line like the others where lines are for machines; `runtime.cli` tells people."""
    try:
        yield
    except SixminuteError as error:
        if style == "text":
            raise
        log.critical("ended_by_error", reason=str(error))
        raise SystemExit(1) from error


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        log.critical("uncaught_error", exc_info=(kind, error, trace))


def _one_line(_logger: Any, _method: str, event: _Event) -> _Event:
    return {name: _escaped(value) if isinstance(value, str) else value for name, value in event.items()}


def _for_a_terminal(logger: Any, method: str, event: _Event) -> _Event:
    """As one line, but for a traceback below it, whose lines can't be taken for others because they are indented."""
    trace = event.pop("exception", None)
    event = _one_line(logger, method, event)
    if isinstance(trace, str):
        event["exception"] = "\n".join(f"    {_escaped(line)}" for line in trace.split("\n"))
    return event


def _escaped(text: str) -> str:
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


_AS_JSON = structlog.processors.JSONRenderer(ensure_ascii=False)


def _as_text() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )
