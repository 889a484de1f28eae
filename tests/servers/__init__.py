"""Real servers that tests start for themselves, each on 127.0.0.1 only and gone when the tests are."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """A server can't be had here: skip the test, or fail it where `SIXMINUTE_REQUIRE_SERVERS=1` asks for all of them.

    `what` is one line: what is missing, and what to do.
    """
    if os.environ.get("SIXMINUTE_REQUIRE_SERVERS") == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)
