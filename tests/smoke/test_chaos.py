"""The short set of faults: every worker killed, both servers killed, lines disturbed; then the books must balance.

`make chaos` runs the long one.
"""

import random

import pytest

from tests.chaos.installation import Installation
from tests.chaos.network import Network
from tests.chaos.storm import Storm
from tests.servers import missing
from tests.servers.process import UnavailableError

TEAM = {"ingest": 1, "sentiment": 2, "alerting": 2, "responding": 1, "publisher": 1, "api": 1}
FAULTS = (
    "kill -9 ingest",
    "kill -9 sentiment",
    "lines to the database cut",
    "kill -9 alerting",
    "broker kill -9",
    "kill -9 responding",
    "answers of the database lost",
    "kill -9 publisher",
    "duplicates in another order",
    "lines to Kafka reset",
    "database kill -9",
    "stop a worker",
)
RATE = 20.0
POSTS = 6_000


@pytest.mark.slow
def test_the_books_balance_after_every_kind_of_fault(tmp_path):
    picker = random.Random(20)
    with Network(picker) as network:
        try:
            with Installation(tmp_path, network, posts=POSTS, rate=RATE, team=TEAM) as installation:
                storm = Storm(installation, picker)
                storm.run(FAULTS)
                found = storm.settle()
        except UnavailableError as error:
            missing(str(error))
    assert found["rows accepted"] > 100
    assert found["cases"] > 10
    assert found["alerts"] > 0
    assert found["replies sent"] > 0
