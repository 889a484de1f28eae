"""What every server that tests start has in common: a port nobody else takes, and a process that never outlives us."""

import shutil
import socket
import subprocess
import sys
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
GUARD = [sys.executable, "-I", "-S", str(Path(__file__).with_name("guarded.py"))]


class UnavailableError(Exception):
    """A server can't be had on this machine; the message says what is missing and what to do."""


class Port:
    """A free loopback port, kept for its owner from now on and while the owner's server is down.

    A socket stays bound to it without listening: the kernel gives the port to nobody else, and a server that sets
    SO_REUSEADDR (Java and PostgreSQL do) can still listen there.
    """

    def __init__(self) -> None:
        keeper = socket.socket()
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind((LOOPBACK, 0))
        self.number: int = keeper.getsockname()[1]
        self.address = f"{LOOPBACK}:{self.number}"
        self.release = weakref.finalize(self, keeper.close)


def program(name: str, package: str) -> str:
    """The path of a program.

    Raises:
        UnavailableError: there is none; `package` is what Debian calls it.
    """
    if found := shutil.which(name):
        return found
    raise UnavailableError(f"There is no {name} on the path: install it (Debian: apt-get install {package}).")


def start_guarded(
    command: Sequence[str], log: Path, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a server in `folder` that dies with this process; what it says is appended to `log`.

    Close it with `end`: its standard input is the pipe that keeps it alive.
    """
    with log.open("ab") as out:
        return subprocess.Popen(
            [*GUARD, *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes], signal_number: int, patience: float = 30.0) -> None:
    """Send a signal and wait until the process is gone; after `patience` seconds it is killed."""
    process.send_signal(signal_number)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin:
        process.stdin.close()


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, for an error message."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
