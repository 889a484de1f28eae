"""Commands that work on the living pipeline: up, worker, api and replay."""

import contextlib
import signal
import socket
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import ConfigurationError, InputError
from runtime import logs
from runtime import settings as settings_module
from runtime.settings import Settings
from runtime.settings_checks import HIGHEST_PORT

if TYPE_CHECKING:
    from runtime.wiring.house import House

Port = Annotated[
    int | None, typer.Option("--port", help="Instead of SIXMINUTE_PORT; 0 takes a free one and says which.")
]


def up(
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="Play the built-in demonstration: an invented brand and its crisis.")
    ] = False,
    port: Port = None,
) -> None:
    """Start everything in one process: the pipeline and the pages. Ctrl-C stops it; nothing is lost."""
    with _ready(port) as (settings, listener):
        from runtime import serving

        serving.serve(settings, listener, demonstration=demonstration)


class StageName(StrEnum):
    """The stages that run as workers of their own."""

    INGEST = "ingest"
    SENTIMENT = "sentiment"
    ALERTING = "alerting"
    RESPONDING = "responding"
    PUBLISHER = "publisher"


def worker(
    name: Annotated[
        StageName,
        typer.Argument(metavar="STAGE", help="Which one: ingest, sentiment, alerting, responding or publisher."),
    ],
    port: Port = None,
) -> None:
    """Run one stage, as often as you like and on as many machines; /healthz, /readyz and /metrics tell how it is."""
    with _ready(port) as (settings, listener):
        from runtime import serving

        serving.serve_stage(settings, listener, name.value)


def api(port: Port = None) -> None:
    """Serve the pages and the API alone; the stages run as workers."""
    with _ready(port) as (settings, listener):
        from runtime import serving

        serving.serve_api(settings, listener)


@contextlib.contextmanager
def _ready(port: int | None) -> Iterator[tuple[Settings, socket.socket]]:
    """What a process that serves begins with: settings, a log in their style, and an address of its own.

    SIGINT and SIGTERM end it well from here on; `runtime.serving` sees to the order.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        settings = settings_module.load()
        logs.configure(settings.log, settings.secrets())
        with logs.last_words(settings.log), listening(settings, port) as listener:
            yield settings, listener


@contextlib.contextmanager
def listening(settings: Settings, port: int | None) -> Iterator[socket.socket]:
    """A socket at the address of the settings.

    Raises:
        ConfigurationError: the address is taken, or isn't one of this machine.
    """
    chosen = settings.port if port is None else port
    if not 0 <= chosen <= HIGHEST_PORT:
        raise ConfigurationError(f"port {chosen}: choose one between 1 and 65535 (0 takes a free one)")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, chosen))
        # From here on a browser waits for the answer instead of being turned away.
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"can't listen at {settings.host}:{chosen}: {error.strerror}. Choose another with SIXMINUTE_PORT or --port."
        ) from None
    with listener:
        yield listener


def replay(  # noqa: PLR0917  options of a command
    file: Annotated[Path, typer.Argument(help="A .csv, .csv.gz, .jsonl or .jsonl.gz file of recorded mentions.")],
    speed: Annotated[float, typer.Option("--speed", help="N times as fast as they came; 0: as fast as it goes.")] = 1.0,
    mapping: Annotated[
        str,
        typer.Option(
            "--map",
            help="Which column is what: created_at=…,text=…,brand=… (the README lists all).",
        ),
    ] = "",
    where: Annotated[
        list[str] | None, typer.Option("--where", help="Only rows with COLUMN=VALUE; may be repeated.")
    ] = None,
    brand: Annotated[str, typer.Option("--brand", help="The brand that all rows are about.")] = "",
    source: Annotated[str, typer.Option("--source", help="The network of rows that name none.")] = "x",
    again: Annotated[
        bool, typer.Option("--again", help="Begin anew, even where an earlier replay stopped or ended.")
    ] = False,
) -> None:
    """Play recorded mentions into the pipeline, shifted to now, until all are accepted; goes on where it stopped."""
    from ingest.poller import Poller, Totals
    from ingest.recorded import RecordedFile
    from ingest.sources.recording import Recording
    from runtime.progress import Progress
    from runtime.wiring.house import open_house

    settings = settings_module.load(pages=False)
    recorded = RecordedFile(
        file, brands=settings.brands, mapping=mapping, where=where or (), brand=brand, source=source
    )
    house = open_house(settings)
    if not _somebody_works(settings, house):
        whoever = "sixminute up runs" if settings.bus == "embedded" else "a sentiment worker runs"
        print(f"Nothing works on mentions yet: they wait on the bus until {whoever}.", file=sys.stderr)
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    try:
        recording = Recording(recorded, house.clock, speed=speed)
        cursor = f"source:{recording.name}"
        if again:
            with house.store.unit() as unit:
                unit.save_cursor(cursor, "")
        with Progress("mentions") as progress:

            def show(totals: Totals) -> None:
                progress.show(totals.accepted + totals.skipped + totals.dead, totals.total)

            totals = Poller(recording, house.bus, house.store, house.clock, progress=show).run(lambda: bool(stopped))
        print(f"{totals.accepted} accepted, {totals.skipped} skipped, {totals.dead} to the dead letters.")
        if not (totals.accepted or totals.skipped or totals.dead):
            print("This file was played to its end before; --again plays it once more.")
        if totals.dead:
            print("Why: sixminute dead-letters list", file=sys.stderr)
        if stopped:
            raise InputError("stopped before the end; the same command goes on from here")
        if totals.dead and not totals.accepted:
            raise InputError(f"{file}: no row could be accepted; sixminute dead-letters list says why")
    finally:
        house.close()


def _somebody_works(settings: Settings, house: "House") -> bool:
    from runtime import heartbeat
    from runtime.wiring import backends

    if heartbeat.living(house.store, "sentiment", house.clock.now()):
        return True
    return settings.bus == "embedded" and backends.data_directory(settings).running() is not None
