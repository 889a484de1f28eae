"""``make chaos``: many faults, then the books, then the table.

Usage: python -m tests.chaos [--faults N] [--brokers 1|3] [--seed N] [--rate POSTS_A_SECOND]
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.installation import Installation
from tests.chaos.network import Network
from tests.chaos.storm import Storm, Suffered, table

_SECONDS_A_FAULT = 20.0


def main() -> None:
    """Run the storm; exit with 1 where the books don't balance."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--brokers", type=int, default=3, choices=(1, 3))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    picker = random.Random(given.seed)
    names = (list(FAULTS) * (given.faults // len(FAULTS) + 1))[: given.faults]
    picker.shuffle(names)
    folder = given.folder or Path(tempfile.mkdtemp(prefix="sixminute-chaos-"))
    posts = int(given.rate * _SECONDS_A_FAULT * (given.faults + 10))
    print(f"{given.faults} faults, {given.brokers} brokers, seed {given.seed}, in {folder}", flush=True)
    suffered: list[Suffered] = []

    def tell(one: Suffered) -> None:
        suffered.append(one)
        print(f"{len(suffered):>4}  {one.fault:<32} {one.recovery:6.1f} s", flush=True)

    with (
        Network(picker) as network,
        Installation(folder, network, posts=posts, rate=given.rate, brokers=given.brokers) as installation,
    ):
        storm = Storm(installation, picker, tell)
        try:
            storm.run(names)
            found = storm.settle()
        except AssertionError as error:
            print(f"The books don't balance: {error}", file=sys.stderr)
            raise SystemExit(1) from None
        finally:
            print("\n".join(table(suffered)))
    print("The books balance: " + ", ".join(f"{what} {count}" for what, count in found.items()))


if __name__ == "__main__":
    main()
