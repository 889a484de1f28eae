"""Whether sources lose or double anything when networks fail, and how much they can take.

Usage:
    measure_sources.py hour [--minutes N] [--seed N] [--patience SECONDS] [--sabotage {lose,double}]
    measure_sources.py blind
    measure_sources.py speed [--brands N] [--posts N]

`hour` plays an hour of Bluesky, X, Reddit, Mastodon and feeds within a few minutes, against servers on loopback, with
ten faults each and one restart of each source; it ends with 1 where a post is lost or doubled. Seconds are those of the
hour, so the machine's own share in a latency is magnified. `--patience`
is for what is still to come at the end, by the real clock. `--sabotage` has it lose or double some, to see that it is
noticed. `blind` takes the time from the beginning of a stall of Bluesky to the incident, by the real clock. `speed`
takes the posts a second that one core parses and matches.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import source_speed  # noqa: E402 - found by the line above
import structlog  # noqa: E402

from adapters.clock import SystemClock  # noqa: E402
from core.ports.bus import Bus  # noqa: E402
from runtime import stages  # noqa: E402
from runtime.settings import Settings  # noqa: E402
from runtime.supervisor import Supervisor  # noqa: E402
from runtime.wiring.house import open_house  # noqa: E402
from tests.networks.accounting import Report  # noqa: E402
from tests.networks.hour import BRANDS, Hour, Saboteur  # noqa: E402
from tests.networks.played_streams import PlayedBluesky  # noqa: E402

SILENT_AFTER = 10.0
LONGEST = 300.0


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which such a share lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def show(report: Report) -> None:
    """A table."""
    print(
        f"{'source':<10}{'posts':>7}{'on bus':>8}{'lost':>6}{'repeats':>9}{'doubled':>9}{'foreign':>9}"
        f"{'faults':>8}{'unmet':>7}{'errors':>8}{'p50 s':>8}{'p95 s':>8}{'p99 s':>8}{'of':>6}{'longest':>9}"
    )
    for name, each in report.accounts.items():
        p50, p95, p99 = (percentile(each.usual, share) for share in (0.5, 0.95, 0.99))
        print(
            f"{name:<10}{each.named:>7}{each.arrived:>8}{len(each.lost):>6}{each.before:>9}{each.after:>9}"
            f"{each.foreign:>9}{len(report.faults[name]):>8}{report.unmet[name]:>7}{report.failures[name]:>8}"
            f"{p50:>8.2f}{p95:>8.2f}{p99:>8.2f}{len(each.usual):>6}{each.longest:>9.0f}"
        )
        if each.lost:
            print(f"  lost: {', '.join(map(str, each.lost[:20]))}")


def hour(arguments: argparse.Namespace) -> None:
    """Play it and tell; end with 1 where not all is in order."""
    clock = SystemClock()
    began = clock.monotonic()
    around: Callable[[Bus], Bus] = lambda bus: bus  # noqa: E731
    if arguments.sabotage:
        around = lambda bus: Saboteur(bus, arguments.sabotage)  # type: ignore[assignment,return-value] # noqa: E731
    with tempfile.TemporaryDirectory(prefix="sixminute-hour-") as folder:
        report = Hour(
            Path(folder),
            arguments.minutes,
            arguments.seed,
            patience=arguments.patience,
            around=around,
            say=lambda words: print(f"{clock.monotonic() - began:7.1f} s  {words}", flush=True),
        ).play()
    show(report)
    if not report.in_order:
        raise SystemExit("something is lost or doubled, or a fault met nobody")
    print("nothing is lost, nothing is doubled")


def blind(_arguments: argparse.Namespace) -> None:
    """From the beginning of a stall to the incident, by the real clock."""
    clock = SystemClock()
    network = PlayedBluesky(clock, 0.25)
    with tempfile.TemporaryDirectory(prefix="sixminute-blind-") as folder, network.server:
        settings = Settings(data_dir=Path(folder), brands=BRANDS, sources=(network.table,), **network.where)
        house = open_house(settings)
        supervisor = Supervisor(clock)
        wanted = {"source:bluesky", "watchman"}
        for job in stages.jobs(settings, lambda: house, _no_model, channels=(), holder="measuring"):
            if job.name in wanted:
                supervisor.start(job)
        network.jetstream.wait_for_subscriber()
        began = clock.monotonic()
        while clock.monotonic() - began < SILENT_AFTER:
            network.write("Acme once more")
            clock.sleep(network.every)
        print(f"{len(network.jetstream.events)} posts in {SILENT_AFTER:.0f} s, then silence", flush=True)
        network.mute(True)
        stalled = clock.monotonic()
        found: Sequence[object] = ()
        while not found and clock.monotonic() - stalled < LONGEST:
            clock.sleep(0.1)
            found = [each for each in house.store.incidents(open_only=True).items if each.rule == "blind"]
        took = clock.monotonic() - stalled
        supervisor.stop()
        house.close()
    if not found:
        raise SystemExit(f"no incident within {LONGEST:.0f} s")
    print(f"the incident stood {took:.1f} s after the stall began")


def _no_model() -> object:
    raise AssertionError("nothing is scored here")


def speed(arguments: argparse.Namespace) -> None:
    """How much each source's parsing and matching takes."""
    source_speed.measure(arguments.brands, arguments.posts)


def main() -> None:
    """Measure one part."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(required=True)
    one = parts.add_parser("hour")
    one.set_defaults(measure=hour)
    one.add_argument("--minutes", type=float, default=5.0, metavar="N")
    one.add_argument("--seed", type=int, default=2026, metavar="N")
    one.add_argument("--patience", type=float, default=240.0, metavar="SECONDS")
    one.add_argument("--sabotage", choices=("lose", "double"))
    parts.add_parser("blind").set_defaults(measure=blind)
    two = parts.add_parser("speed")
    two.set_defaults(measure=speed)
    two.add_argument("--brands", type=int, default=200, metavar="N")
    two.add_argument("--posts", type=int, default=10_000, metavar="N")
    arguments = parser.parse_args()
    arguments.measure(arguments)


if __name__ == "__main__":
    main()
