"""A process that publishes batches and says each number once the bus has accepted it.

python -m tests.contract.publishing BACKEND PLACE NAME BATCHES
"""

import sys

from adapters.clock import SystemClock
from core.events import MENTIONS_RAW
from core.ports.bus import Message
from tests.backends import BUSES

SIZE = 50


def main(backend: str, place: str, name: str, batches: str) -> None:
    bus = BUSES[backend](place, SystemClock())
    for batch in range(int(batches)):
        bus.publish([Message(MENTIONS_RAW, f"{name}-{part}", f"{name} {batch}".encode()) for part in range(SIZE)])
        sys.stdout.write(f"{batch}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
