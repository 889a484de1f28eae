"""Runs the services of one process, each in its own thread, and knows how each of them is."""

import random
import threading
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from core.errors import SixminuteError
from core.ports.clock import Clock
from core.service import Service

_IDLE_SECONDS = 0.5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_STOP_SECONDS = 20.0
_SHORT_SECONDS = 1.0
"""How long one is waited for that holds nothing: one that is still being made, for example, which may take minutes."""

_TOLD_AGAIN_SECONDS = 300.0
"""One that goes on failing for the same reason is told again after so long: lines that repeat hide the others."""

_STUCK_SECONDS = 600.0
"""A step that takes longer hangs: even a batch that waits for a full bus is over in a minute."""

STEP_ENDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Up to how many seconds steps are told apart."""

OK = "ok"

log = structlog.get_logger(__name__)


class HopelessError(Exception):
    """Raised by `Job.make` where trying again can't help: the whole process is to end, because of its `cause`."""

    def __init__(self, cause: SixminuteError) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass
class Tally:
    """What a service has done since the start."""

    done: int = 0
    failures: int = 0
    busy_seconds: float = 0.0
    steps: list[int] = field(default_factory=lambda: [0] * (len(STEP_ENDS) + 1))
    """Steps that had something to do, by how long they took: up to each of `STEP_ENDS`, and longer than all."""

    def add(self, done: int, seconds: float) -> None:
        """A step did so many messages."""
        self.done += done
        self.busy_seconds += seconds
        self.steps[bisect_left(STEP_ENDS, seconds)] += 1


@dataclass(frozen=True)
class Job:
    """A service to run. `make` may take long (loading a model) and holds nothing until it is done.

    `starting` is what the page says meanwhile. `waited_for` is false where there is nothing to finish or to leave, so
    that nobody who stops it waits for it.
    """

    name: str
    make: Callable[[], Service]
    starting: str
    waited_for: bool = True


class Running:
    """A job under way; `stop` lets it finish its step and leave."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked_to_stop = threading.Event()
        self.thread: threading.Thread | None = None
        self.holds = False
        """Whether there is a service that has something to finish and to leave."""
        self.stepping_since: float | None = None
        """When the step under way began, by the monotonic clock."""

    @property
    def over(self) -> bool:
        """Whether its thread has ended."""
        return self.thread is not None and not self.thread.is_alive()

    def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """Wait until it has left, at most some seconds; what it had not committed is delivered again."""
        self.asked_to_stop.set()
        if self.thread is None or self.thread is threading.current_thread():
            return
        self.thread.join(max(0.0, seconds if self.holds else min(seconds, _SHORT_SECONDS)))
        if self.holds and not self.over:
            log.warning("part_did_not_stop", part=self.name, after_seconds=round(max(0.0, seconds), 1))


class Supervisor:
    """Starts jobs, keeps them going through errors with growing pauses, and stops them in reverse order.

    A service whose step fails is closed and made anew: what it had polled and not committed is then delivered again, so
    nothing is lost by failing.

    Args:
        clock: for measuring how long steps take.
        on_change: is told a job's name and sentence whenever its health changes.
        picker: spreads the pauses after a failure, so that many workers don't come back in the same moment.
        blot: takes secrets out of what is said of a job.

    Attributes:
        hopeless: why a job has given up, once one has; whoever runs the process looks at it, and ends.
    """

    def __init__(
        self,
        clock: Clock,
        on_change: Callable[[str, str], None] | None = None,
        picker: random.Random | None = None,
        *,
        blot: Callable[[str], str] = str,
    ) -> None:
        self.tallies: dict[str, Tally] = {}
        self.hopeless: SixminuteError | None = None
        self._picker = picker or random.Random()  # noqa: S311 - pauses are no secret
        self._clock = clock
        self._blot = blot
        self._on_change = on_change
        self._health: dict[str, str] = {}
        self._told: dict[str, tuple[str, float]] = {}
        """What was told last of each job that fails, and when by the monotonic clock."""
        self._told_well: set[str] = set()
        self._running: list[Running] = []

    def start(self, job: Job) -> Running:
        """Run a job in a thread of its own."""
        running = Running(job.name)
        self.tallies.setdefault(job.name, Tally())
        self._now_is(job.name, job.starting)
        running.thread = threading.Thread(target=self._run, args=(job, running), name=job.name, daemon=True)
        running.thread.start()
        # Those that were stopped and have left are forgotten.
        here = [each for each in self._running if not (each.over and each.asked_to_stop.is_set())]
        self._running = [*here, running]
        return running

    def health(self) -> Mapping[str, str]:
        """Each job with ``ok`` or one sentence."""
        return dict(self._health)

    def stuck(self) -> str:
        """A sentence where a thread has died or a step doesn't end, which only a new process mends; else empty."""
        for running in self._running:
            since = running.stepping_since
            if since is not None and self._clock.monotonic() - since > _STUCK_SECONDS:
                return f"A step of {running.name} has not ended for more than {_STUCK_SECONDS / 60:.0f} minutes."
            if running.over and not running.asked_to_stop.is_set():
                return f"The thread of {running.name} has died."
        return ""

    @property
    def over(self) -> bool:
        """Whether all threads have ended."""
        return all(running.over for running in self._running)

    def stop(self) -> None:
        """Let every service finish its step and leave; all are asked first, so that they finish side by side."""
        for running in self._running:
            running.asked_to_stop.set()
        ends = self._clock.monotonic() + _STOP_SECONDS
        for running in reversed(self._running):
            running.stop(ends - self._clock.monotonic())

    def _run(self, job: Job, running: Running) -> None:
        service: Service | None = None
        pause = _FIRST_PAUSE
        failed, well_since = False, 0.0
        while not running.asked_to_stop.is_set():
            try:
                if service is None:
                    service = job.make()
                    running.holds = job.waited_for
                    # What was complained of before is over only when a step goes well.
                    if self._health.get(job.name) == job.starting:
                        self._now_is(job.name, OK)
                    # We may have been asked to stop meanwhile.
                    continue
                running.stepping_since = began = self._clock.monotonic()
                done = service.step(_IDLE_SECONDS)
                running.stepping_since = None
            except HopelessError as error:
                self.hopeless = error.cause
                running.asked_to_stop.set()
                continue
            except Exception as error:  # noqa: BLE001  the thread must outlive whatever one batch does to it
                running.stepping_since = None
                failed, well_since = True, 0.0
                wait = pause * self._picker.uniform(0.5, 1.0)
                self._failed(job, error, wait)
                self._leave(service)
                service, running.holds = None, False
                running.asked_to_stop.wait(wait)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            well_since = well_since or began
            # One that fails again and again after a step or two, such as a source that is thrown out, is no better.
            lasting = began - well_since >= pause
            if done or lasting or not failed:
                self._well(job)
                failed = False
            if lasting:
                pause = _FIRST_PAUSE
            if done:
                self.tallies[job.name].add(done, self._clock.monotonic() - began)
        self._leave(service)
        self._health.pop(job.name, None)

    def _leave(self, service: Service | None) -> None:
        """Close a service whatever state it is in."""
        if service is None:
            return
        try:
            service.close()
        except Exception as error:  # noqa: BLE001  a full disk must not end the thread; its leases run out by themselves
            log.warning("part_left_in_disorder", part=service.name, reason=str(error))

    def _failed(self, job: Job, error: Exception, pause: float) -> None:
        self.tallies[job.name].failures += 1
        self._told_well.discard(job.name)
        known = isinstance(error, SixminuteError)
        sentence = self._blot(str(error) if known else f"{type(error).__name__}: {error}")
        self._now_is(job.name, sentence)
        before, told_at = self._told.get(job.name, ("", 0.0))
        now = self._clock.monotonic()
        if sentence == before and now - told_at < _TOLD_AGAIN_SECONDS:
            return
        self._told[job.name] = sentence, now
        log.error(
            "step_failed",
            part=job.name,
            reason=sentence,
            again_in_seconds=round(pause, 1),
            exc_info=None if known else error,
        )

    def _well(self, job: Job) -> None:
        if job.name not in self._told_well:
            self._told_well.add(job.name)
            self._told.pop(job.name, None)
            log.info("part_well", part=job.name)
        self._now_is(job.name, OK)

    def _now_is(self, name: str, sentence: str) -> None:
        if self._health.get(name) != sentence:
            self._health[name] = sentence
            if self._on_change:
                self._on_change(name, sentence)
