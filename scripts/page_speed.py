"""Time from the mention that crosses a threshold to the page that comes in, with real processes on this machine.

Usage: page_speed.py [--brands 110] [--bus embedded|kafka]

Each brand has fixed counts, and got as many negative mentions before as are allowed. Then one brand after the other, at
random moments, gets the one too many: it is written into the bus by this process, and a webhook on loopback notes when
the page comes in. On the embedded bus everything is one `sixminute up` with SQLite; on Kafka there are three workers, a
real broker and PostgreSQL. Programs, servers and this script share the machine.
"""

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402 - the repository is on the path from here on
import msgspec  # noqa: E402

from core.events import MENTIONS_RAW, encode, received_event  # noqa: E402
from core.mention import Mention, mention_id  # noqa: E402
from core.ports.bus import Message  # noqa: E402
from runtime import load  # noqa: E402
from runtime.settings import Settings  # noqa: E402
from runtime.wiring import backends  # noqa: E402
from runtime.wiring.house import House, open_house  # noqa: E402
from tests.programs import COMMAND, Program, environment, wait_until  # noqa: E402
from tests.servers.kafka import KafkaBroker  # noqa: E402
from tests.servers.postgres import PostgresServer  # noqa: E402
from tests.servers.process import Port, end, start_guarded  # noqa: E402

ALLOWED = 4
PATIENCE = 60.0
TEXT = "{brand} is broken again, number {n}, this is terrible and I am really angry and disappointed"
CONFIGURATION = """
[alerting]
fixed_counts = [{crossing}, 500, 600, 700]

[[channels]]
name = "hook"
kind = "webhook"
url = "{url}"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

[[people]]
name = "Bo"
channels = ["hook"]
"""


class Hook:
    """A webhook on loopback that notes when the first page of each brand came in, by the monotonic clock."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        came, changed = self.came, threading.Condition()
        self._changed = changed

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                now = time.monotonic()
                body = msgspec.json.decode(self.rfile.read(int(self.headers["content-length"])))
                with changed:
                    came.setdefault(body["data"]["brand"], now)
                    changed.notify_all()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait(self, brand: str) -> float:
        """When the page of a brand came in."""
        with self._changed:
            if not self._changed.wait_for(lambda: brand in self.came, PATIENCE):
                raise SystemExit(f"no page over {brand} within {PATIENCE:.0f} s")
        return self.came[brand]


def mention(house: House, brand: str, number: int) -> Mention:
    """A negative mention, posted now."""
    now = house.clock.now()
    network_id = f"{brand}-{number}"
    return Mention(
        id=mention_id("x", network_id, brand), brand=brand, source="x", network_id=network_id, created_at=now,
        ingested_at=now, text=TEXT.format(brand=brand, n=network_id), author=network_id,
    )  # fmt: skip


def hand_over(house: House, *some: Mention) -> None:
    """Put mentions on the bus; when it returns, the bus has them."""
    house.bus.publish([Message(MENTIONS_RAW, each.id, encode(received_event(each))) for each in some])


@contextmanager
def _everything(variables: Mapping[str, str], folder: Path) -> Iterator[None]:
    """`sixminute up`, once it is ready."""
    port = Port()

    def ready() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port.number}/readyz", timeout=PATIENCE).status_code == 200
        except httpx.TransportError:
            return False

    command = [*COMMAND, "up", "--port", str(port.number)]
    process = start_guarded(command, folder / "up.log", folder, variables)
    try:
        wait_until(ready, f"sixminute up is ready; see {folder / 'up.log'}")
        yield
    finally:
        end(process, signal.SIGTERM)


@contextmanager
def installation(bus: str, folder: Path, hook: Hook) -> Iterator[House]:
    """The programs at work, and a house of our own on the same bus and store."""
    config = folder / "sixminute.toml"
    config.write_text(CONFIGURATION.format(crossing=ALLOWED + 1, url=hook.url), encoding="utf-8")
    variables: dict[str, object] = {"data_dir": folder / "data"}
    with ExitStack() as opened:
        stages: list[str] = []
        if bus == "kafka":
            broker = opened.enter_context(KafkaBroker(folder / "kafka"))
            database = opened.enter_context(PostgresServer(folder / "postgres"))
            database.execute("CREATE DATABASE pages")
            variables |= {
                "bus": "kafka", "kafka_bootstrap": broker.bootstrap, "database_url": database.url("pages"),
            }  # fmt: skip
            stages = ["worker sentiment", "worker alerting", "worker responding"]
        settings = msgspec.convert(variables, Settings, strict=False, dec_hook=lambda kind, value: kind(value))
        backends.prepare(settings)
        if not stages:
            opened.enter_context(_everything(environment(config=config, **variables), folder))
        for stage in stages:
            program = Program(stage, environment(config=config, **variables), folder)
            program.start()
            opened.callback(program.kill)
            program.wait_until_ready()
        house = open_house(settings)
        opened.callback(house.close)
        yield house


def measure(house: House, hook: Hook, brands: int) -> list[tuple[float, float, float, float]]:
    """Of each brand the seconds from the crossing mention to the page, to the bus, to the model and to the alert."""
    names = [f"Brand{number}" for number in range(brands)]
    hand_over(house, *(mention(house, name, number) for name in names for number in range(ALLOWED)))
    wait_until(lambda: load.drained(house), "the mentions before are done")
    if hook.came:
        raise SystemExit(f"a page came before anything was crossed: {hook.came}")
    dice, found = random.Random(7), []
    for name in names:
        time.sleep(dice.uniform(0, 1))
        crossing = mention(house, name, ALLOWED)
        began = time.monotonic()
        hand_over(house, crossing)
        handed = time.monotonic() - began
        took = hook.wait(name) - began
        stored = house.store.mention(crossing.id)
        if stored is None or stored.budget.scored is None or stored.budget.alerted is None:
            raise SystemExit(f"{name} was paged over, but not over its crossing mention")
        scored, alerted = stored.budget.scored - crossing.created_at, stored.budget.alerted - crossing.created_at
        found.append((took, handed, scored.total_seconds(), alerted.total_seconds()))
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so many of the values don't exceed."""
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


def main() -> None:
    """Print a Markdown table: milliseconds from handing over to each stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brands", type=int, default=110)
    parser.add_argument("--bus", choices=["embedded", "kafka"], default="embedded")
    options = parser.parse_args()
    hook = Hook()
    with (
        tempfile.TemporaryDirectory(prefix="sixminute-pages-") as folder,
        installation(options.bus, Path(folder), hook) as house,
    ):
        found = measure(house, hook, options.brands)
    print(f"| {options.bus}, {len(found)} crossings | median | 90 % | 99 % | longest |\n|---|---|---|---|---|")
    for name, at in (("on the bus", 1), ("taken up by the model", 2), ("alerted", 3), ("the page has come in", 0)):
        values = [1000 * each[at] for each in found]
        print(f"| {name} | {' | '.join(f'{quantile(values, share):.0f}' for share in (0.5, 0.9, 0.99, 1.0))} |")


if __name__ == "__main__":
    main()
