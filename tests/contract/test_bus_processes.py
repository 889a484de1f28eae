"""A bus is shared by processes, and any of them may be killed at any moment."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from core.events import MENTIONS_RAW, SENTIMENT
from core.ports.bus import Bus
from tests.contract.grounds import Ground
from tests.contract.publishing import SIZE

ROOT = Path(__file__).parents[2]


def publisher(ground: Ground, name: str, batches: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.contract.publishing", ground.backend, ground.place, name, str(batches)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def batches_on(bus: Bus, ground: Ground) -> Counter[str]:
    """How many messages of each batch there are, read as a consumer would."""
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    found = Counter(item.value.decode() for item in ground.drained(member, limit=500))
    member.close()
    return found


def test_processes_that_open_a_new_bus_at_once_all_get_their_messages_through(ground: Ground) -> None:
    processes = [publisher(ground, name, 20) for name in ("a", "b", "c")]
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    found = batches_on(ground.open(), ground)
    assert found == {f"{name} {batch}": SIZE for name in ("a", "b", "c") for batch in range(20)}


@pytest.mark.parametrize("acknowledged", [1, 7, 40])
def test_a_killed_publisher_leaves_every_acknowledged_batch(ground: Ground, acknowledged: int) -> None:
    bus = ground.open()
    with publisher(ground, "a", 1_000_000) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(acknowledged)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().splitlines(keepends=True)
    whole = {f"a {number.strip()}" for number in said if number.endswith("\n")}
    found = batches_on(bus, ground)
    assert {batch for batch, size in found.items() if size == SIZE} >= whole
    assert max(found.values()) == SIZE
    assert len(found) <= len(whole) + 1
    if ground.whole_batches:
        assert set(found.values()) == {SIZE}
