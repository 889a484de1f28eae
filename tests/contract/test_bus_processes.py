"""A bus is shared by processes, and any of them may be killed at any moment."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from core.events import MENTIONS_RAW, SENTIMENT
from core.ports import Bus
from tests.backends import OpenBus
from tests.contract.publishing import SIZE

ROOT = Path(__file__).parents[2]


def publisher(backend: str, folder: Path, name: str, batches: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.contract.publishing", backend, str(folder), name, str(batches)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def batches_on(bus: Bus) -> Counter[str]:
    """How many messages of each batch there are, read as a consumer would."""
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    found: Counter[str] = Counter()
    while some := member.poll(500, 0):
        found.update(item.value.decode() for item in some)
        member.commit(some)
    member.close()
    return found


def test_processes_that_open_a_new_bus_at_once_all_get_their_messages_through(
    open_bus: OpenBus, backend: str, tmp_path: Path
) -> None:
    processes = [publisher(backend, tmp_path, name, 20) for name in ("a", "b", "c")]
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    found = batches_on(open_bus())
    assert found == {f"{name} {batch}": SIZE for name in ("a", "b", "c") for batch in range(20)}


@pytest.mark.parametrize("acknowledged", [1, 7, 40])
def test_a_killed_publisher_leaves_every_acknowledged_batch_and_no_half_one(
    open_bus: OpenBus, backend: str, tmp_path: Path, acknowledged: int
) -> None:
    bus = open_bus()
    with publisher(backend, tmp_path, "a", 1_000_000) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(acknowledged)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().splitlines(keepends=True)
    whole = {f"a {number.strip()}" for number in said if number.endswith("\n")}
    found = batches_on(bus)
    assert whole <= found.keys()
    assert set(found.values()) == {SIZE}
    assert len(found) <= len(whole) + 1
