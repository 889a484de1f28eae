"""Logging is set up for a whole process; a test that does so puts back what was there."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import stamina.instrumentation
import structlog

from runtime.logs import LEVELS


@contextmanager
def logs_as_before() -> Iterator[None]:
    handlers = list(logging.getLogger().handlers)
    levels = {name: logging.getLogger(name).level for name in LEVELS}
    try:
        yield
    finally:
        structlog.reset_defaults()
        stamina.instrumentation.set_on_retry_hooks(None)
        logging.captureWarnings(capture=False)
        logging.getLogger().handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__
