"""Make `.venv/` with what `make run` (run), `make test` (test) or `make train` (train) needs.

Only the standard library is used: this runs before anything is installed. Work that was done already is not done again.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
OLDEST_JAVA = 17
WHAT = {"run": ".", "test": ".[test,tracing]", "train": ".[train]"}
CPU_PROBE_SECONDS = "3"


def say(text: str) -> None:
    """One line of progress."""
    print(f"setup: {text}", flush=True)


def python_to_use() -> str:
    """An interpreter that is new enough: the one that runs this, or another on the path."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for minor in range(16, OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    raise SystemExit("setup: Python 3.11 or later is needed. Install it, or name it: make run PYTHON=python3.12")


def make_environment() -> None:
    """The virtual environment, with uv in it where uv can be had."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0:
        return
    python = python_to_use()
    say(f"making .venv with {python}")
    made = subprocess.run([python, "-m", "venv", "--clear", VENV], check=False, capture_output=True, text=True)
    if made.returncode != 0:
        detail = (made.stdout + made.stderr).strip().splitlines()
        raise SystemExit(
            "setup: Python can't make a virtual environment: "
            + (detail[-1] if detail else "no reason given")
            + ". On Debian and Ubuntu: apt-get install python3-venv"
        )


def installer() -> list[str]:
    """The command that installs: uv (many times faster), else pip."""
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", ROOT / "constraints.txt"]
        subprocess.run([*pip, "uv"], check=False)
    if uv.exists():
        return [str(uv), "pip", "install", "--quiet", "--python", str(PYTHON)]
    say("uv can't be had; installing with pip, which takes longer")
    return [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def torch_backend(install: list[str]) -> list[str]:
    """The small CPU build of torch where its index answers within seconds and no NVIDIA GPU is here.

    `SIXMINUTE_TORCH=cpu|cuda` decides without asking. The plain wheel from PyPI serves CPU and GPU alike and is the
    fallback; on Linux it brings some gigabytes of GPU libraries.
    """
    wish = os.environ.get("SIXMINUTE_TORCH", "")
    if sys.platform != "linux" or "uv" not in Path(install[0]).name or wish == "cuda" or shutil.which("nvidia-smi"):
        return []
    if wish == "cpu":
        return ["--torch-backend=cpu"]
    brief = {**os.environ, "UV_HTTP_TIMEOUT": CPU_PROBE_SECONDS, "UV_HTTP_RETRIES": "0"}
    probe = [install[0], "pip", "compile", "--quiet", "--no-deps", "--torch-backend=cpu", "--python", str(PYTHON), "-"]
    try:
        answer = subprocess.run(probe, check=False, capture_output=True, env=brief, timeout=8, input=b"torch")
    except subprocess.TimeoutExpired:
        return []
    if answer.returncode == 0:
        say("using the CPU build of torch (SIXMINUTE_TORCH=cuda for the GPU build)")
        return ["--torch-backend=cpu"]
    return []


def stamp_of(what: str) -> str:
    """Changes when what must be installed changes."""
    digest = hashlib.sha256(what.encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def install(what: str) -> None:
    """Install the project and the dependencies of `what`, pinned by constraints.txt."""
    stamp = VENV / f".installed-{what}"
    if stamp.exists() and stamp.read_text() == stamp_of(what):
        return
    began = time.monotonic()
    command = installer()
    backend = torch_backend(command)
    say("installing (the first time this fetches torch and may take some minutes)")
    wanted = ["-c", str(ROOT / "constraints.txt"), "-e", WHAT[what]]
    done = subprocess.run([*command, *backend, *wanted], check=False, cwd=ROOT)
    if done.returncode != 0 and backend:
        say("the CPU build could not be installed after all; taking the plain one")
        done = subprocess.run([*command, *wanted], check=False, cwd=ROOT)
    if done.returncode != 0:
        raise SystemExit("setup: the installation failed; the lines above say why. Nothing else was changed.")
    stamp.write_text(stamp_of(what))
    say(f"done in {time.monotonic() - began:.0f} s")


def java_version() -> int:
    """The feature version of the Java on the path, as in 17; 0 where there is none."""
    if not shutil.which("java"):
        return 0
    told = subprocess.run(["java", "-version"], check=False, capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else 0


def lacking() -> dict[str, list[str]]:
    """What the tests need beyond Python and is not here, each with Debian's packages for it."""
    parts = {}
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        parts["Chromium"] = ["chromium", "fonts-noto-cjk", "fonts-noto-color-emoji"]
    if java_version() < OLDEST_JAVA:
        parts[f"Java {OLDEST_JAVA} or later"] = ["default-jre-headless"]
    if not shutil.which("mvn"):
        parts["Maven"] = ["maven"]
    return parts


def install_for_tests() -> None:
    """Chromium with fonts, Java and Maven from Debian's packages, where this may be done, and Kafka through Maven.

    What can't be had is said in one line each and stops nothing: its tests are skipped and listed.
    """
    parts = lacking()
    if parts and shutil.which("apt-get") and os.geteuid() == 0:
        say(f"installing {', '.join(parts)} for the tests")
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
        for packages in parts.values():
            command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
            subprocess.run(command, check=False, **quiet)
        parts = lacking()
    for part in parts:
        say(f"no {part}: the tests that need it will be skipped and listed (as root on Debian it is installed for you)")
    fetched = subprocess.run(
        [PYTHON, "-m", "tests.servers.kafka_jars"], check=False, cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    if fetched.returncode != 0:
        reason = fetched.stderr.strip().splitlines()
        say(f"no Kafka: its tests will be skipped and listed. {reason[-1] if reason else ''}")


def main() -> None:
    """Set up for the purpose named on the command line."""
    what = sys.argv[1] if len(sys.argv) > 1 else "run"
    if what not in WHAT:
        raise SystemExit(f"setup: unknown purpose {what!r}: use one of {', '.join(WHAT)}")
    make_environment()
    install(what)
    if what == "test":
        install_for_tests()


if __name__ == "__main__":
    main()
