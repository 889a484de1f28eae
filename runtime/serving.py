"""Processes that serve: everything in one, one stage, or the pages and the API alone."""

import contextlib
import signal
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from importlib import metadata

import stamina
import structlog
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.parts import STARTING
from api.probes import create_probes
from api.server import Server
from core.errors import StorageError
from core.ports import Classifier, Clock, Publisher
from core.service import Service
from runtime import stages, wiring
from runtime.demonstration import DemonstrationElsewhere, DemonstrationRunner
from runtime.heartbeat import Heartbeat, stages_health
from runtime.looking import View
from runtime.measuring import Measures
from runtime.metrics import Figures
from runtime.relaying import RelayService, RingingRelay
from runtime.settings import Settings
from runtime.supervisor import OK, Job, Supervisor

_SHUTDOWN_SECONDS = 3
_LONGEST_PAUSE = 30.0
_SERVERS = "bus and store"
_VERSION = metadata.version("sixminute")

log = structlog.get_logger(__name__)


def serve(settings: Settings, listener: socket.socket, *, demonstration: bool) -> None:
    """Run everything until somebody stops it.

    Raises:
        InUseError: another process works in the data directory.
        StorageError: bus or store can't be opened.
    """
    directory = wiring.data_directory(settings)
    with directory.lock():
        wiring.prepare(settings)
        house = wiring.open_house(settings, sole_consumer=True, around=wiring.tracing(settings, "up"))
        began = house.clock.monotonic()
        address = _address(listener)
        directory.note(address)
        print(f"sixminute {_VERSION} at {address}", flush=True)
        print(f"  data in {settings.data_dir.resolve()}", flush=True)

        def tell(name: str, sentence: str) -> None:
            if name == "model":
                seconds = house.clock.monotonic() - began
                # Whoever read our output may have gone; the stages go on all the same.
                with contextlib.suppress(OSError):
                    print(f"  model: {'ready after %.1f s' % seconds if sentence == OK else sentence}", flush=True)  # noqa: UP031

        supervisor = Supervisor(house.clock, tell)
        runner, holder = DemonstrationRunner(house, supervisor), _holder()
        try:
            for job in stages.jobs(settings, lambda: house, lambda: wiring.classifier(settings), holder=holder):
                supervisor.start(job)
            view = stages.view(settings, "up", holder)
            figures = _figures(supervisor, lambda: house, house.measures, house.clock, view)
            if demonstration:
                runner.begin()
                print(f"  demonstration: {runner.state()}; the page stops or erases it", flush=True)
            print("  Ctrl-C stops it", flush=True)
            parts = wiring.parts(house, runner, supervisor.health, figures.render)
            _answer(create_app(parts), listener)
        finally:
            supervisor.stop()
            with contextlib.suppress(StorageError):
                runner.finish()
            house.close()
    with contextlib.suppress(OSError):
        print("  stopped; everything accepted is kept", flush=True)


def serve_stage(
    settings: Settings,
    listener: socket.socket,
    stage: str,
    load: Callable[[], Classifier] | None = None,
    network: Publisher | None = None,
) -> None:
    """Run one stage until somebody stops it: it finishes its batch, commits it and leaves its group.

    Where a server can't be reached, or nothing is prepared on it, it waits with growing pauses and says so, in the log
    and at /readyz. `load` gives another classifier than that of the settings, `network` takes approved replies instead
    of the outbox.
    """
    clock, holder = wiring.system_clock(), _holder()
    house = wiring.LateHouse(settings, stage)
    supervisor = Supervisor(clock)
    log.info("worker_started", stage=stage, holder=holder, address=_address(listener), version=_VERSION)
    if stage == "ingest" and not settings.sources:
        log.warning("no_sources", reason="no [[sources]] are configured: this worker has nothing to do")

    def heartbeat() -> Service:
        return Heartbeat(stage, holder, house().store, clock, supervisor.health)

    try:
        supervisor.start(Job("heartbeat", heartbeat, STARTING))
        model = load or partial(wiring.classifier, settings)
        for job in stages.jobs(settings, house, model, stages=(stage,), holder=holder, network=network):
            supervisor.start(job)
        view = stages.view(settings, stage, holder)
        figures = _figures(supervisor, lambda: house.opened, house.measures, clock, view)
        _answer(create_probes(_VERSION, supervisor.stuck, supervisor.health, figures.render), listener)
    finally:
        supervisor.stop()
        house.close()
        log.info("worker_stopped", stage=stage, holder=holder)


def serve_api(settings: Settings, listener: socket.socket) -> None:
    """Serve the pages and the API until somebody stops it; the stages run elsewhere.

    Raises:
        ConfigurationError: a setting, or who we are, is wrong.
    """
    clock, late = wiring.system_clock(), wiring.LateHouse(settings, "api")
    supervisor = Supervisor(clock)
    bell = RingingRelay()
    view = stages.view(settings, "api", "")
    log.info("api_started", address=_address(listener), version=_VERSION)
    waiting = {_SERVERS: STARTING}
    _stop_when_asked()
    try:
        figures = _figures(supervisor, lambda: late.opened, late.measures, clock, view)
        with _answering(create_probes(_VERSION, supervisor.stuck, lambda: waiting, figures.render), listener):
            house = _patiently(late, waiting)
        supervisor.start(Job(_SERVERS, lambda: RelayService(house.relay, bell, house.bus, clock), STARTING))
        parts = wiring.parts(
            house,
            DemonstrationElsewhere(),
            lambda: {**supervisor.health(), **stages_health(house.store, view.stages, clock.now())},
            figures.render,
            ready=supervisor.health,
            alive=supervisor.stuck,
            relay=bell,
        )
        _answer(create_app(parts), listener)
    except KeyboardInterrupt:
        log.info("api_never_ready", reason=waiting[_SERVERS])
    finally:
        supervisor.stop()
        late.close()
        log.info("api_stopped")


def _patiently(late: wiring.LateHouse, waiting: dict[str, str]) -> wiring.House:
    """Open the house as soon as the servers are there. Why it has to wait is a line in the log, and in `waiting`."""
    for attempt in stamina.retry_context(on=StorageError, attempts=None, timeout=None, wait_max=_LONGEST_PAUSE):
        with attempt:
            try:
                return late()
            except StorageError as error:
                waiting[_SERVERS] = str(error)
                log.warning("servers_unreachable", reason=str(error), attempt=attempt.num)
                raise
    raise AssertionError("unreachable: there is no last attempt")


def _figures(
    supervisor: Supervisor, house: Callable[[], wiring.House | None], measures: Measures, clock: Clock, view: View
) -> Figures:
    """What this process tells Prometheus, with those at work who look for it."""
    figures = Figures(supervisor, house, measures, clock, view)
    for job in figures.jobs():
        supervisor.start(job)
    return figures


def _answer(app: FastAPI, listener: socket.socket) -> None:
    """Answer requests until SIGINT or SIGTERM, which is a good end."""
    server = Server if hasattr(app.state, "watcher") else uvicorn.Server
    _stop_when_asked()
    with contextlib.suppress(KeyboardInterrupt):
        server(_configured(app)).run(sockets=[listener])


@contextlib.contextmanager
def _answering(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    """Answer requests in a thread as long as the block lasts; the listener is left to whoever answers next."""
    server = uvicorn.Server(_configured(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener.dup()]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _configured(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        server_header=False,
    )


def _stop_when_asked() -> None:
    """SIGTERM as SIGINT. uvicorn raises the signal that ended it once more; a wished-for end is a good one."""
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))


def _holder() -> str:
    """Who we are among all processes on all machines."""
    return f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
