"""Logging: one structured line an event. Values are escaped, so that a hostile text stays one line."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog


def _one_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Control characters in values become escapes: what comes from a network can't forge a line or drive a terminal."""
    return {
        key: value.encode("unicode_escape").decode("ascii")
        if isinstance(value, str) and any(ord(character) < 32 or ord(character) == 127 for character in value)
        else value
        for key, value in event.items()
    }


def configure(style: str) -> None:
    """Set up logging to standard error: `style` is ``text`` or ``json``. Libraries speak from warnings on."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _one_line,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
