"""Members come and go in the middle of batches, each in a thread of its own, in real time."""

import pytest

from tests.contract.grounds import Ground
from tests.contract.rebalancing import storm
from tests.servers.kafka_client import HALF_MADE

pytestmark = HALF_MADE


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_or_taken_back_while_members_come_and_go(ground: Ground, seed: int) -> None:
    crowd = storm(ground, seed, rounds=2)
    assert crowd.published
