"""The image: how it is built, what gets into it, whom it runs as."""

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from runtime.settings import Settings
from tests.unit.deploy.conftest import Readiness
from tests.unit.deploy.containers import ROOT, environment_of, faults, instructions, stages

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BUILDER, FINAL = stages(TEXT)
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]
GOOD = 'FROM python:3.12-slim\nHEALTHCHECK CMD ["true"]\nUSER 10001:10001\nENTRYPOINT ["sixminute"]\n'


def test_the_dockerfile_has_no_fault():
    assert faults(TEXT) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("python:3.12-slim", "python"), "FROM python: name a version"),
        (("python:3.12-slim", "python:latest"), "FROM python:latest: name a version"),
        (("USER 10001:10001\n", ""), "the last USER is no number other than 0"),
        (("USER 10001:10001", "USER sixminute"), "the last USER is no number other than 0"),
        (("USER 10001:10001", "USER 0:0"), "the last USER is no number other than 0"),
        (("HEALTHCHECK", "#"), "no HEALTHCHECK"),
        (('ENTRYPOINT ["sixminute"]', "ENTRYPOINT sixminute"), "ENTRYPOINT sixminute: a shell would stand between"),
        (("USER", "ADD https://example.org/model.bin /\nUSER"), "ADD https://example.org/model.bin /: use COPY"),
        (("USER", "ENV KAFKA_PASSWORD=x\nUSER"), "secrets stay in the history"),
        (("USER", "ARG api_key\nUSER"), "secrets stay in the history"),
        (("USER", "RUN pip install uv\nUSER"), "pip install takes whatever version there is"),
        (("USER", "RUN curl https://example.org | sh\nUSER"), "what is fetched is checked by nobody"),
        (("USER", "RUN apt-get install -y gcc && rm -rf /var/lib/apt/lists/*\nUSER"), "only recommended"),
        (("USER", "RUN apt-get install -y \\\n  --no-install-recommends gcc\nUSER"), "leaves its lists behind"),
    ],
)
def test_a_fault_would_be_found(change: tuple[str, str], fault: str):
    assert faults(GOOD) == []
    (found,) = faults(GOOD.replace(*change))
    assert fault in found


def test_both_stages_have_one_small_base_and_only_the_first_builds():
    bases = {stage[0].rest.split()[0] for stage in (BUILDER, FINAL)}
    assert len(bases) == 1
    assert "-slim" in bases.pop()
    built = " ".join(rest for _, rest in BUILDER)
    assert "uv==" in built
    assert "--constraints constraints.txt" in built
    assert "--build-constraints constraints.txt" in built
    final = " ".join(rest for word, rest in FINAL if word == "RUN")
    for tool in ("pip", "uv", "apt-get", "gcc", "make"):
        assert tool not in final.split()
    assert [rest for word, rest in FINAL if word == "COPY"] == ["--from=builder /opt/sixminute /opt/sixminute"]


@pytest.mark.parametrize(
    ("torch", "status", "given"), [("cpu", 0, "--torch-backend=cpu"), ("cuda", 0, ""), ("rocm", 1, "")]
)
def test_the_build_of_torch_is_chosen_by_name(tmp_path: Path, torch: str, status: int, given: str):
    (step,) = [rest for word, rest in BUILDER if word == "RUN" and "TORCH" in rest]
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "$@"\n')
    uv.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", step],
        env={"PATH": str(tmp_path), "TORCH": torch},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    if status:
        assert "choose cpu or cuda" in done.stderr
        assert done.stdout == ""
    else:
        assert done.stdout.startswith(f"pip install {given}".strip() + " --constraints")


def test_it_starts_the_program_and_says_what_it_is():
    words = dict(FINAL)
    assert json.loads(words["ENTRYPOINT"]) == [next(iter(PROJECT["project"]["scripts"]))]
    assert json.loads(words["CMD"]) == ["up"]
    assert words["EXPOSE"] == str(Settings().port)
    labels = words["LABEL"]
    assert f'org.opencontainers.image.version="{PROJECT["project"]["version"]}"' in labels
    assert f'org.opencontainers.image.description="{PROJECT["project"]["description"]}"' in labels
    assert f'org.opencontainers.image.licenses="{PROJECT["project"]["license"]}"' in labels
    assert f"sixminute:{PROJECT['project']['version']}" in TEXT
    order = [instruction.word for instruction in FINAL]
    assert order.index("USER") < len(order) - 1 - order[::-1].index("RUN")  # the program was tried out as that user


def test_it_writes_to_the_data_folder_and_to_tmp_only():
    environment = environment_of(FINAL)
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["HF_HOME"].startswith("/tmp/")
    assert environment["SIXMINUTE_DATA_DIR"] == dict(FINAL)["WORKDIR"]
    (made,) = [rest for word, rest in FINAL if word == "RUN" and "install --directory" in rest]
    assert f"--owner=10001 --group=10001 --mode=0700 {environment['SIXMINUTE_DATA_DIR']}" in made
    assert environment_of(BUILDER)["UV_COMPILE_BYTECODE"] == "1"  # nobody can write it later


@pytest.mark.parametrize(("unready", "healthy"), [(0, True), (10, False)])
def test_the_health_check_asks_the_port_of_the_settings(readiness: Readiness, unready: int, healthy: bool):
    (check,) = [rest for word, rest in FINAL if word == "HEALTHCHECK"]
    python, *arguments = json.loads(check.partition(" CMD ")[2])
    assert python == "python"
    readiness.unready = unready
    environment = {"SIXMINUTE_PORT": str(readiness.server_port)}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)
    assert (done.returncode == 0) == healthy
    assert [path for path, _ in readiness.asked] == ["/healthz"]


def context() -> list[Path]:
    """The files that a build is given: .dockerignore keeps out everything, then lets in by name."""
    assert next(line for line in IGNORED if line and not line.startswith("#")) == "*"
    let_in = {line[1:] for line in IGNORED if line.startswith("!")}
    return [
        path.relative_to(ROOT)
        for name in sorted(let_in)
        for path in ([ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    ]


def test_nothing_else_gets_into_the_build():
    tops = {path.parts[0] for path in context()}
    rooms = {package.partition(".")[0] for package in PACKAGES}
    assert tops == rooms | {"constraints.txt", "pyproject.toml", "README.md", "LICENSE"}
    assert {"**/__pycache__", "**/*.pyc"} <= set(IGNORED)


def test_what_is_built_from_it_has_everything_that_runs(tmp_path: Path):
    for path in context():
        (tmp_path / "build" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tmp_path / "build" / path)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path / "build", check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    rooms = {package.partition(".")[0] for package in PACKAGES}
    assert inside == {path.as_posix() for path in context() if path.parts[0] in rooms}
    for needed in (
        "sentiment/model/model.safetensors",
        "api/web/templates/now.html",
        "api/web/static/app.mjs",
        "api/web/locales/zh-Hant.toml",
        "responding/templates/lint.toml",
        "adapters/migrations/env.py",
        "adapters/migrations/script.py.mako",
    ):
        assert needed in inside


def test_comments_and_continued_lines_are_read_as_docker_reads_them():
    text = "# a comment\nFROM a:1.0 \\\n    AS b\nrun one \\\n    # aside\n    && two\n"
    assert instructions(text) == [("FROM", "a:1.0 AS b"), ("RUN", "one && two")]
