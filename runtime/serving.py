"""Processes that serve: everything in one, one stage, or the pages and the API alone.

SIGINT and SIGTERM end them: services finish their step, commit it and leave. That takes a moment, at most
`_LATEST_SECONDS` however deep a thread hangs, and is a good end (exit code 0).
"""

import contextlib
import os
import signal
import socket
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import metadata
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response

from api.app import create_app
from api.parts import STARTING
from api.probes import create_probes
from api.problems import problem
from api.server import Server
from core.errors import ConfigurationError, SixminuteError, StorageError
from core.ports.classifier import Classifier
from core.ports.clock import Clock
from core.ports.publisher import Publisher
from core.service import Service
from runtime import stages
from runtime.demonstration import DemonstrationElsewhere, DemonstrationRunner
from runtime.heartbeat import Heartbeat, stages_health
from runtime.logs import Blotter
from runtime.looking import View
from runtime.measuring import Measures
from runtime.metrics import Figures
from runtime.relaying import RelayService, RingingRelay
from runtime.settings import Settings
from runtime.supervisor import OK, HopelessError, Job, Supervisor
from runtime.wiring import backends, judging, web
from runtime.wiring.house import House, LateHouse, open_house

_SHUTDOWN_SECONDS = 3
_LATEST_SECONDS = 24.0
_SERVERS = "bus and store"
_VERSION = metadata.version("sixminute")

log = structlog.get_logger(__name__)


def serve(settings: Settings, listener: socket.socket, *, demonstration: bool) -> None:
    """Run everything until somebody stops it.

    Raises:
        ConfigurationError: the model can't be loaded because of its files, or of the settings.
        InUseError: another process works in the data directory.
        StorageError: bus or store can't be opened.
    """
    judging.check_models(settings)
    directory = backends.data_directory(settings)
    clock = backends.system_clock()
    began = clock.monotonic()

    def tell(name: str, sentence: str) -> None:
        if name == "model":
            seconds = clock.monotonic() - began
            # Whoever read our output may have gone; the stages go on all the same.
            with contextlib.suppress(OSError):
                print(f"  model: {'ready after %.1f s' % seconds if sentence == OK else sentence}", flush=True)  # noqa: UP031

    def load() -> Classifier:
        try:
            return judging.classifier(settings)
        except ConfigurationError as error:
            raise HopelessError(error) from error

    supervisor = _supervisor(settings, clock, tell)
    with _good_end(supervisor), directory.lock():
        backends.prepare(settings)
        house = open_house(settings, clock, sole_consumer=True, around=backends.tracing(settings, "up"))
        address = _address(listener)
        directory.note(address)
        print(f"sixminute {_VERSION} at {address}", flush=True)
        print(f"  data in {settings.data_dir.resolve()}", flush=True)
        runner, holder, bell = DemonstrationRunner(house, supervisor), _holder(), RingingRelay()
        try:
            supervisor.start(Job(_SERVERS, lambda: RelayService(house.relay, bell, house.bus, clock), STARTING))
            for job in stages.jobs(settings, lambda: house, load, holder=holder):
                supervisor.start(job)
            view = stages.view(settings, "up", holder)
            figures = _figures(supervisor, lambda: house, house.measures, clock, view)
            if demonstration:
                runner.begin()
                print(f"  demonstration: {runner.state()}; the page stops or erases it", flush=True)
            print("  Ctrl-C stops it", flush=True)
            parts = web.parts(house, runner, supervisor.health, figures.render, alive=supervisor.stuck, relay=bell)
            _answer(create_app(parts), listener, until=lambda: supervisor.hopeless is not None)
            if supervisor.hopeless:
                raise supervisor.hopeless
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
    clock, holder = backends.system_clock(), _holder()
    house = LateHouse(settings, stage)
    supervisor = _supervisor(settings, clock)

    def heartbeat() -> Service:
        return Heartbeat(stage, holder, house.open().store, clock, supervisor.health)

    with _good_end(supervisor):
        log.info("worker_started", stage=stage, holder=holder, address=_address(listener), version=_VERSION)
        if stage not in stages.wanted(settings):
            log.warning("no_sources", reason="no [[sources]] are configured: this worker has nothing to do")
        _complain(settings)
        try:
            supervisor.start(Job("heartbeat", heartbeat, STARTING))
            model = load or partial(judging.classifier, settings)
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

    Until bus and store can be reached it answers probes only, and says in the log and at /readyz what keeps it.
    """
    clock = backends.system_clock()
    house = LateHouse(settings, "api")
    supervisor = _supervisor(settings, clock)
    view = stages.view(settings, "api", "")
    bell = RingingRelay()

    def relay() -> Service:
        here = house.open()
        return RelayService(here.relay, bell, here.bus, clock)

    def health() -> Mapping[str, str]:
        try:
            return {**supervisor.health(), **stages_health(house().store, view.stages, clock.now())}
        except SixminuteError as error:
            return {**supervisor.health(), "store": str(error)}

    with _good_end(supervisor):
        log.info("api_started", address=_address(listener), version=_VERSION)
        _complain(settings)
        judging.warm_up(settings)
        try:
            supervisor.start(Job(_SERVERS, relay, STARTING))
            figures = _figures(supervisor, lambda: house.opened, house.measures, clock, view)

            def waiting() -> Mapping[str, str]:
                return {"pages": STARTING, **supervisor.health()}

            doorway = create_probes(_VERSION, supervisor.stuck, waiting, figures.render)
            doorway.add_exception_handler(404, _not_yet)
            _answer(doorway, listener, until=lambda: house.opened is not None)
            parts = web.parts(
                house(),
                DemonstrationElsewhere(),
                health,
                figures.render,
                ready=supervisor.health,
                alive=supervisor.stuck,
                relay=bell,
            )
            _answer(create_app(parts), listener)
        finally:
            supervisor.stop()
            house.close()
            log.info("api_stopped")


def _figures(
    supervisor: Supervisor, house: Callable[[], House | None], measures: Measures, clock: Clock, view: View
) -> Figures:
    """What this process tells Prometheus, with those at work who look for it."""
    figures = Figures(supervisor, house, measures, clock, view)
    for job in figures.jobs():
        supervisor.start(job)
    return figures


@contextlib.contextmanager
def _good_end(supervisor: Supervisor) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the block, which is what was wished for."""
    # Not whatever SIGINT does: a shell has it ignored by what it starts in the background.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        yield
    if not supervisor.over:
        # A thread deep in a library, loading a model for example, could keep or crash the interpreter's own end.
        _end()


def _complain(settings: Settings) -> None:
    """Say what may be meant so, but hardly is."""
    if complaint := backends.complaint(settings):
        log.warning("store_is_a_file", reason=complaint)
    if settings.bus == "embedded" and (up := backends.data_directory(settings).running()):
        where = f"process {up.pid}{f' at {up.address}' if up.address else ''}"
        reason = f"{where} works in {settings.data_dir} already and runs every stage: stop one of the two"
        log.warning("already_running", reason=f"{reason}; workers beside one another need SIXMINUTE_BUS=kafka")


def _end() -> None:
    """End the process now. What services had not committed is delivered again."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _end_late() -> None:
    log.warning("ended_late", after_seconds=_LATEST_SECONDS)
    _end()


class _Server(Server):
    """Stops at a signal, or as soon as `until` says so."""

    def __init__(self, config: uvicorn.Config, until: Callable[[], bool]) -> None:
        super().__init__(config)
        self._until = until

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._until()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        latest = threading.Timer(_LATEST_SECONDS, _end_late)
        latest.daemon = True
        latest.start()
        super().handle_exit(sig, frame)


async def _not_yet(request: Request, _error: Exception) -> Response:
    """The answer to everything but probes while bus and store can't be reached."""
    detail = "The bus or the database can't be reached yet: /readyz says what is the matter. Try again in a while."
    return problem("unavailable", detail, request.url.path, {"Retry-After": "5"})


def _answer(app: FastAPI, listener: socket.socket, until: Callable[[], bool] = lambda: False) -> None:
    """Answer requests until `until` says so.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came: the server raises the signal that ended it once more.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        server_header=False,
    )
    # The server closes the socket that it is given.
    _Server(config, until).run(sockets=[listener.dup()])


def _supervisor(settings: Settings, clock: Clock, tell: Callable[[str, str], None] | None = None) -> Supervisor:
    return Supervisor(clock, tell, blot=Blotter(settings.secrets()).in_text)


def _holder() -> str:
    """Who we are among all processes on all machines."""
    return f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
