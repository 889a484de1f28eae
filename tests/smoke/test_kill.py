"""kill -9 at twenty random moments of a replay: nothing is lost, nothing is doubled."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.case import CaseState
from core.ports.queries import CaseQuery, MentionQuery
from runtime.settings import Settings
from runtime.wiring.house import open_house
from tests.pages import every

KILLS = 20
ROOT = Path(__file__).resolve().parents[2]
PROCESS = [sys.executable, "-m", "tests.smoke.pipeline_process"]


def write_recording(file: Path) -> int:
    """Six hours: quiet, then a storm of complaints; every tenth post is edited once."""
    picker = random.Random(7)
    began = datetime(2026, 3, 1, tzinfo=UTC)
    rows = []
    for number in range(1_500):
        storm = number > 900
        at = began + timedelta(minutes=picker.uniform(300, 360) if storm else picker.uniform(0, 300))
        text = f"Acme kettle number {number} is {'broken and terrible' if storm or number % 9 == 0 else 'fine'}"
        rows.append({"created_at": at.isoformat(), "id": f"p{number}", "author": f"a{number % 400}", "text": text})
        if number % 10 == 0:
            later = (at + timedelta(seconds=30)).isoformat()
            rows.append({**rows[-1], "created_at": later, "text": text + " (edited)"})
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    return 1_500


def environment() -> dict[str, str]:
    """Without coverage in the process: its start would take most of the time, and the kills would hit only that."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}


def run_to_the_end(folder: Path, file: Path) -> None:
    command = [*PROCESS, str(folder), str(file)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def books(folder: Path) -> dict[str, object]:
    """Everything that must be the same, whatever happened on the way; times are told from the beginning."""
    house = open_house(Settings(data_dir=folder))
    try:
        mentions = every(lambda cursor: house.store.mentions(MentionQuery(cursor=cursor, limit=500)))
        newest = mentions[0].mention.created_at
        _, minutes = house.store.series("Acme", newest - timedelta(days=2))
        cases = house.store.cases(CaseQuery(states=tuple(CaseState), order="newest", limit=10_000)).items
        return {
            "mentions": sorted((each.mention.network_id, each.mention.text, each.score.label) for each in mentions),
            "counted": (sum(each.total for each in minutes), sum(each.negative for each in minutes)),
            "cases": sorted(Counter(case.mention for case in cases).items()),
            "drafts": sorted((case.mention, len(house.store.drafts(case.id))) for case in cases),
            # The steps to a level depend on where in an hour a run began: what is usual is learned by hours.
            "alerts": sorted((each.brand, int(each.peak)) for each in house.store.incidents(limit=1_000).items),
            "waiting": house.store.waiting(),
            "dead": len(house.bus.browse("mentions.raw.dead")) + len(house.bus.browse("mentions.scored.dead")),
        }
    finally:
        house.close()


@pytest.mark.slow
def test_twenty_kills_change_nothing(tmp_path):
    file = tmp_path / "recording.jsonl"
    posts = write_recording(file)
    run_to_the_end(tmp_path / "calm", file)
    wanted = books(tmp_path / "calm")
    assert len(wanted["mentions"]) == posts
    assert wanted["alerts"], "the storm must raise an alert, or this test shows little"

    picker = random.Random()
    killed = 0
    folder = tmp_path / "stormy"
    while killed < KILLS:
        process = subprocess.Popen(
            [*PROCESS, str(folder), str(file)], cwd=ROOT, env=environment(), stdout=subprocess.PIPE
        )
        assert process.stdout
        assert process.stdout.readline() == b"at work\n"
        try:
            process.wait(picker.uniform(0.0, 1.2))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        process.communicate()
        assert process.returncode in {0, -signal.SIGKILL}
        if process.returncode == 0:
            # It came to its end between two kills: the rest of the kills hit a run of its own.
            assert books(folder) == wanted
            folder = tmp_path / f"stormy-{killed}"
    run_to_the_end(folder, file)
    assert books(folder) == wanted
