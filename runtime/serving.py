"""Everything in one process: the pipeline in threads, the pages in the main one."""

import contextlib
import signal
import socket
from importlib import metadata

import uvicorn

from api.app import create_app
from api.server import Server
from core.errors import StorageError
from core.ports import Classifier
from runtime import logs, metrics, wiring
from runtime.demonstration import DemonstrationRunner
from runtime.settings import Settings
from runtime.supervisor import OK, Supervisor

_SHUTDOWN_SECONDS = 3


def serve(settings: Settings, listener: socket.socket, *, demonstration: bool) -> None:
    """Run until somebody stops it.

    Raises:
        InUseError: another process works in the data directory.
        StorageError: bus or store can't be opened.
    """
    logs.configure(settings.log)
    directory = wiring.data_directory(settings)
    with directory.lock():
        house = wiring.open_house(settings, sole_consumer=True)
        began = house.clock.monotonic()
        address = _address(listener)
        directory.note(address)
        print(f"sixminute {metadata.version('sixminute')} at {address}", flush=True)
        print(f"  data in {settings.data_dir.resolve()}", flush=True)

        def tell(name: str, sentence: str) -> None:
            if name == "model":
                seconds = house.clock.monotonic() - began
                # Whoever read our output may have gone; the stages go on all the same.
                with contextlib.suppress(OSError):
                    print(f"  model: {'ready after %.1f s' % seconds if sentence == OK else sentence}", flush=True)  # noqa: UP031

        supervisor = Supervisor(house.clock, tell)
        runner = DemonstrationRunner(house, supervisor)
        try:
            for job in wiring.jobs(house, settings.brands, lambda: _load(settings)):
                supervisor.start(job)
            if demonstration:
                runner.begin()
                print(f"  demonstration: {runner.state()}; the page stops or erases it", flush=True)
            print("  Ctrl-C stops it", flush=True)
            registry = metrics.renderer(supervisor, house.bus)
            parts = wiring.parts(house, settings.brands, runner, supervisor.health, lambda: metrics.render(registry))
            config = uvicorn.Config(
                create_app(parts),
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
                server_header=False,
            )
            # uvicorn raises the signal that ended it once more; a wished-for end is a good one.
            signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
            with contextlib.suppress(KeyboardInterrupt):
                Server(config).run(sockets=[listener])
        finally:
            supervisor.stop()
            with contextlib.suppress(StorageError):
                runner.finish()
            house.close()
    with contextlib.suppress(OSError):
        print("  stopped; everything accepted is kept", flush=True)


def _load(settings: Settings) -> Classifier:
    return wiring.classifier(settings)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
