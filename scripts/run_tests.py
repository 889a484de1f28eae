"""The test suite with coverage, and its floors: pure modules 100 %, everything 95 %."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
OVERALL = 95
# Tests wait more than they compute, and the slow ones stand in the first folders: files are handed out in their order.
SPREAD = ["-n", str(min((os.cpu_count() or 1) + 1, 8)), "--dist", "loadfile", "--no-loadscope-reorder"]
# The browser's driver keeps an event loop running in its process, beside which the others could not start theirs.
PARTS = (["--ignore=tests/browser"], ["tests/browser"])
ENOUGH_MEMORY = 1_000_000_000
PURE = (
    "core/*", "ingest/brands.py", "ingest/match.py", "ingest/mapping.py", "ingest/names.py", "ingest/normalise.py",
    "sentiment/batching.py",
    "sentiment/identification.py", "sentiment/language.py", "sentiment/matching.py", "sentiment/padding.py",
    "sentiment/reading.py", "sentiment/routing.py", "sentiment/scorer.py", "sentiment/themes.py", "sentiment/tone.py",
    "sentiment/words.py", "alerting/baseline.py", "alerting/blindness.py", "alerting/causes.py",
    "alerting/dispersion.py", "alerting/foresight.py", "alerting/incidents.py", "alerting/names.py",
    "alerting/plain.py", "alerting/reach.py", "alerting/relations.py", "alerting/review.py",
    "alerting/rules.py", "alerting/series.py", "alerting/shares.py",
    "alerting/surprise.py", "alerting/tails.py", "alerting/trying.py", "alerting/voices.py", "alerting/wording.py",
    "alerting/wording_blind.py", "alerting/wording_pages.py",
    "ingest/sources/x_rules.py", "responding/calendars.py",
    "responding/drafting.py", "responding/grading.py", "responding/linting.py", "responding/timing.py",
)  # fmt: skip


def folder_for_tests() -> list[str]:
    """Where tests put their files: in memory where that can be had, because they wait for the disk at every commit."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ENOUGH_MEMORY:
        return [f"--basetemp={memory / f'sixminute-tests-{os.getpid()}'}"]
    return []


def run(*command: str) -> int:
    """Run a tool of the environment in the root."""
    return subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False).returncode


def main() -> None:
    """Run everything; exit with the first failure. Options go to pytest, and then coverage isn't judged."""
    run("coverage", "erase")
    where = folder_for_tests()
    failed = 0
    for part in [[]] if sys.argv[1:] else PARTS:
        options = sys.argv[1:] or SPREAD
        failed = run("coverage", "run", "-m", "pytest", *where, *part, *options) or failed
    for option in where:
        shutil.rmtree(option.partition("=")[2], ignore_errors=True)
    if failed or sys.argv[1:]:
        raise SystemExit(failed)
    run("coverage", "combine", "--quiet")
    if run("coverage", "report", f"--fail-under={OVERALL}"):
        raise SystemExit(f"coverage is below {OVERALL} %")
    if run("coverage", "report", "--fail-under=100", f"--include={','.join(PURE)}"):
        raise SystemExit("a pure module is not wholly covered")


if __name__ == "__main__":
    main()
