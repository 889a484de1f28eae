"""`sixminute up` as a process: it starts, tells how it is, takes in a replay, refuses a second one, stops in order."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from safetensors.torch import load_file, save_file

from adapters.data_directory import DataDirectory
from tests import programs
from tests.programs import Program
from tests.unit.sentiment import checkpoints

ROOT = Path(__file__).resolve().parents[2]
LONG = 120.0


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from runtime.cli import main; main()", *arguments]


@pytest.fixture
def environment(tmp_path):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIXMINUTE_")}
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "SIXMINUTE_DATA_DIR": str(tmp_path / "data"),
        "SIXMINUTE_PORT": "0",
        "SIXMINUTE_LOG": "json",
    }


def wait_until(condition):
    """Wait for something outside of this process."""
    ends = time.monotonic() + LONG  # noqa: TID251  a real process takes real time
    while not (found := condition()):
        assert time.monotonic() < ends, "it took too long"  # noqa: TID251
        time.sleep(0.1)  # noqa: TID251
    return found


@pytest.mark.parametrize("broken", ["weights", "labels", "head"])
def test_a_model_that_cant_be_loaded_ends_it_with_one_line(tmp_path, environment, broken):
    """Weights cut short and labels without meaning are seen before anything starts, a missing head when it's loaded."""
    labels = ["cat", "dog"] if broken == "labels" else ["negative", "positive"]
    folder = checkpoints.bert(tmp_path / "model", labels)
    file = folder / "model.safetensors"
    if broken == "weights":
        os.truncate(file, 1000)
    elif broken == "head":
        save_file({name: each for name, each in load_file(file).items() if "classifier" not in name}, file)
    done = subprocess.run(
        command("up"),
        cwd=tmp_path,
        env={**environment, "SIXMINUTE_MODEL": str(folder), "SIXMINUTE_LOG": "text"},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )
    assert done.returncode == 1
    told = {
        "weights": f"the weights {folder}/model.safetensors are cut short or damaged",
        "labels": "The model has the labels 'cat', 'dog', which say nothing of negative and positive",
        "head": f"The model {folder} lacks 2 weights (classifier.bias …): it isn't a classifier",
    }[broken]
    (line,) = [line for line in done.stderr.splitlines() if told in line]
    assert line.startswith(f"sixminute: {told}")
    assert "SIXMINUTE_MODEL" in line
    assert "step_failed" not in done.stderr
    assert told not in done.stdout
    assert (tmp_path / "data").exists() == (broken == "head")


def test_a_worker_beside_an_up_says_that_all_is_done_already(tmp_path):
    directory = DataDirectory(tmp_path / "data")
    worker = Program("worker publisher", programs.environment(data_dir=tmp_path / "data"), tmp_path)
    with directory.lock():
        directory.note("http://127.0.0.1:8600")
        try:
            worker.start()
            (told,) = worker.wait_for("already_running")
            assert worker.end()[0] == 0
        finally:
            worker.kill()
    assert told["reason"].startswith(
        f"process {os.getpid()} at http://127.0.0.1:8600 works in {tmp_path / 'data'} already"
    )


@pytest.mark.model
@pytest.mark.slow
def test_a_life_of_the_program(tmp_path, environment):
    def run_beside(*arguments):
        return subprocess.run(
            command(*arguments), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    out = tmp_path / "out.txt"
    with out.open("w") as written:
        process = subprocess.Popen(
            command("up", "--demonstration"), cwd=tmp_path, env=environment, stdout=written, stderr=written
        )
    try:
        lines = wait_until(lambda: [line for line in out.read_text().splitlines() if " at http://" in line])
        base = lines[0].split(" at ")[1]
        assert httpx.get(f"{base}/healthz").status_code == 200
        wait_until(lambda: httpx.get(f"{base}/readyz").status_code == 200)
        assert "ready after" in out.read_text()
        wait_until(lambda: httpx.get(f"{base}/api/v1/mentions").json()["items"])
        page = httpx.get(base)
        assert "Kettlewren" in page.text

        (tmp_path / "mine.csv").write_text(
            "created_at,text,brand\n2026-03-01T10:00:00Z,Your service is terrible,Acme\n", encoding="utf-8"
        )
        replayed = run_beside("replay", "mine.csv", "--speed", "0")
        assert replayed.stdout.startswith("1 accepted"), replayed.stderr
        found = wait_until(lambda: httpx.get(f"{base}/api/v1/mentions", params={"brand": "Acme"}).json().get("items"))
        assert (found[0]["label"], found[0]["language"]) == ("negative", "en")
        assert "sixminute_messages_done" in httpx.get(f"{base}/metrics").text

        second = run_beside("up")
        assert second.returncode == 1
        assert f"process {process.pid}" in second.stderr
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(LONG)
    assert process.returncode == 0
    assert "everything accepted is kept" in out.read_text()
