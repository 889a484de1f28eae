"""How fast the store writes: units a second on SQLite and on a PostgreSQL of its own, by one and by several processes.

Usage: store_speed.py [PROCESSES ...], by default 1 and 4. Each process works on other mentions, two share a brand. The
server writes to the disk as it does in earnest; it shares the machine with the processes that load it.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from adapters.migrate import upgrade  # noqa: E402 - the tests' servers and things are found by the line above
from adapters.store import SqlStore  # noqa: E402
from core.alert import TallyEntry  # noqa: E402
from core.ports.unit import Unit  # noqa: E402
from tests.contract.things import case, draft, scored  # noqa: E402
from tests.servers.postgres import PostgresServer  # noqa: E402

SECONDS = 4.0
IN_EARNEST = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "256MB"}
START = datetime(2026, 3, 2, tzinfo=UTC)


def put_mentions(unit: Unit, brand: str, first: int) -> None:
    """A batch of the sentiment worker."""
    text = "The kettle leaks and nobody answers, 水壺漏水了 " * 3
    unit.put_mentions([scored(n, id=f"m-{n:09}", brand=brand, text=text) for n in range(first, first + 256)])


def tally(unit: Unit, brand: str, first: int) -> None:
    """A batch of the alerting worker: half an hour of a busy brand."""
    at = [START + timedelta(seconds=(first + n) * 3) for n in range(500)]
    entries = [
        TallyEntry(mention=f"m-{first + n:09}", at=when, negative=n % 3 == 0, sensitive=False)
        for n, when in enumerate(at)
    ]
    unit.tally(brand, entries)


def put_cases(unit: Unit, brand: str, first: int) -> None:
    """A batch of the responding worker, three drafts each."""
    for number in range(first, first + 100):
        made = case(number, id=f"c-{number:09}", mention=f"m-{number:09}", brand=brand)
        unit.put_case(made, [draft("We are sorry.")] * 3)
        unit.save_cursor(f"drafted:{made.id}", "{}")


WORK: dict[str, tuple[Callable[[Unit, str, int], None], int]] = {
    "put_mentions of 256": (put_mentions, 256),
    "tally of 500": (tally, 500),
    "put_case of 100": (put_cases, 100),
}


def work(url: str, name: str, number: int) -> None:
    """One process: says how many units it finished in a second."""
    do, size = WORK[name]
    store = SqlStore(url)
    brand = f"brand {number // 2}"
    print("ready", flush=True)
    sys.stdin.readline()
    units, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < SECONDS:
        with store.unit() as unit:
            do(unit, brand, (number * 10_000 + units) * size)
        units += 1
    store.close()
    print(units / spent)


def measure(url: str, name: str, processes: int) -> float:
    """Units a second of all processes together."""
    command = [sys.executable, __file__, "--work", url, name]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen([*command, str(number)], **pipes) for number in range(processes)]
    for one in started:
        one.stdout.readline()
    for one in started:
        one.stdin.write("now\n")
        one.stdin.flush()
    return sum(float(one.communicate()[0]) for one in started)


def main(counts: list[int]) -> None:
    """Print a line for each kind of work, database and number of processes."""
    with tempfile.TemporaryDirectory() as folder:
        sqlite = f"sqlite:///{folder}/store.sqlite"
        upgrade(sqlite)
        for name in WORK:
            print(f"{name:22} sqlite      1 process    {measure(sqlite, name, 1):7.1f} units/s", flush=True)
        with PostgresServer(Path(folder) / "postgres", settings=IN_EARNEST) as server:
            for processes in counts:
                for name in WORK:
                    with server.database() as database:
                        url = server.url(database)
                        upgrade(url)
                        speed = measure(url, name, processes)
                        print(f"{name:22} postgresql {processes:2} processes {speed:7.1f} units/s", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:4], int(sys.argv[4]))
    else:
        main([int(count) for count in sys.argv[1:]] or [1, 4])
