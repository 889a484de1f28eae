"""The command line as a person meets it: what comes out, and one clear line where something is wrong."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runtime import cli
from runtime.commands.running import StageName
from runtime.stages import STAGES
from tests.logging_state import logs_as_before

HEADER = "created_at,text,brand\n"
ROW = "2026-03-01T10:00:00Z,The Acme kettle is broken,Acme\n"


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Call the command in this process, with a data directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIXMINUTE_DATA_DIR", str(tmp_path / "data"))

    def call(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["sixminute", *arguments])
        capsys.readouterr()
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        else:
            code = 0
        written = capsys.readouterr()
        return Result(code, written.out, written.err)

    with logs_as_before():
        yield call


def one_line(result: Result) -> str:
    """The complaint: exactly one line on standard error, and a non-zero exit."""
    lines = [line for line in result.err.splitlines() if line.startswith("sixminute:")]
    assert result.code != 0
    assert len(lines) == 1, result.err
    assert "Traceback" not in result.err
    return lines[0]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gone.csv", None, "no such file"),
        ("export.xlsx", b"PK", ".csv"),
        ("empty.csv", b"", "empty"),
        ("columns.csv", b"when,what\n1,2\n", "created_at"),
        ("nobrand.csv", b"created_at,text\n2026-03-01,hello\n", "brand"),
        ("half.csv.gz", gzip.compress((HEADER + ROW * 500).encode(), mtime=0)[:12], ""),
        ("nogz.csv.gz", b"plainly not compressed", ""),
        ("broken.jsonl", b"[1, 2]\n", "row 1: not a JSON object"),
        ("semicolons.csv", (HEADER + ROW).replace(",", ";").encode(), "separated by semicolons: save it with commas"),
        ("gbk.jsonl", '{"text": "服务很差"}\n'.encode("gbk"), "not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_file_that_can_not_be_used_is_one_line(run, tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    line = one_line(run("replay", name, "--speed", "0"))
    assert name in line
    assert says in line


def test_bad_rows_go_to_the_dead_letters_and_the_others_go_on(run, tmp_path):
    rows = [
        ROW,
        "not a time,text,Acme\n",
        "2026-03-01T10:00:00Z,,Acme\n",
        "2026-03-01T10:00:01Z,nul\0byte and \u202ereversed,Acme\n",
        f"2026-03-01T10:00:02Z,{'long ' * 20_000},Acme\n",
        "2026-02-30T10:00:00Z,no such day,Acme\n",
    ]
    content = (HEADER + "".join(rows)).encode() + b"2026-03-01T10:00:03Z,caf\xe9,Acme\n"
    (tmp_path / "mixed.csv").write_bytes(content)
    result = run("replay", "mixed.csv", "--speed", "0")
    assert result.code == 0, result.err
    assert result.out.startswith("3 accepted, 0 skipped, 4 to the dead letters.")
    listed = run("dead-letters", "list", "--json")
    reasons = [json.loads(line)["reason"] for line in listed.out.splitlines()]
    assert len(reasons) == 4
    assert any("row 3" in reason for reason in reasons)
    assert run("dead-letters", "replay").out.startswith("0 put back.\n4 never were on the bus")
    assert run("dead-letters", "drop", "--yes").out == "4 removed.\n"
    assert run("dead-letters", "list").out == "No dead letters.\n"


def test_an_unknown_brand_is_named_where_brands_are_configured(run, tmp_path):
    (tmp_path / "sixminute.toml").write_text('[[brands]]\nname = "Bolt"\n', encoding="utf-8")
    (tmp_path / "a.csv").write_text(HEADER + ROW, encoding="utf-8")
    assert "no row could be accepted" in one_line(run("replay", "a.csv", "--speed", "0"))
    assert "Acme" in run("dead-letters", "list").out
    assert "Acme" in one_line(run("replay", "a.csv", "--brand", "Acme"))


def test_a_replay_played_to_its_end_says_so_and_plays_again_on_request(run, tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + ROW, encoding="utf-8")
    assert run("replay", "a.csv", "--speed", "0").out.startswith("1 accepted")
    assert "--again" in run("replay", "a.csv", "--speed", "0").out
    assert run("replay", "a.csv", "--speed", "0", "--again").out.startswith("1 accepted")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["backtest"], "either a FILE"),
        (["backtest", "gone.csv"], "no such file"),
        (["backtest", "--counts", "gone.csv"], "no such file"),
        (["classify", "gone.csv"], "no such file"),
        (["classify", "gone.csv", "--out", "o.txt"], "o.txt: choose a name that ends in .csv or .jsonl, or in one of"),
        (["evaluate", "gone.csv", "--out", "r.pdf"], "r.pdf: choose a name that ends in .html or .htm, or in one of"),
        (["backtest", "gone.csv", "--out", "alerts.csv"], "alerts.csv: choose a name that ends in .jsonl, or in that"),
        (["backtest", "--counts", "gone.csv", "--out", "d.jsonl"], "d.jsonl: choose a name that ends in .csv, or in"),
        (["bench", "--mentions", "0"], "numbers above 0"),
        (["bench", "--engines", "--mentions", "-5"], "numbers above 0"),
        (["bench", "--rate", "nan"], "numbers above 0"),
        (["bench", "--seconds", "-1"], "numbers above 0"),
        (["draft", "--channel", "x", "--text", "  "], "--text is empty"),
        (["draft", "--channel", "x", "--text", "hi", "--created-at", "soon"], "--created-at soon"),
        (["draft", "--channel", "x", "--text", "hi", "--created-at", "2099-01-01T00:00:00Z"], "still to come"),
        (["draft", "--channel", "fax", "--text", "hi"], "--channel fax: choose one of bluesky, dcard, e-mail, email"),
        (["lint", "--channel", "fax", "--text", "hi"], "--channel fax: choose one of bluesky, dcard, e-mail, email"),
        (["lint", "--channel", "x", "--text", "hi", "--language", "fr"], "choose one of en"),
        (["--install-completion", "xx"], "from: bash, zsh, fish, powershell or pwsh"),
        (["--show-completion", "zsh"], "from: bash, zsh, fish, powershell or pwsh"),
        (["replay", "gone.csv", "--speed", "-1"], ""),
        (
            ["export", "mentions", "--out", "a.xls"],
            "a.xls: choose a name that ends in .csv or .jsonl, or in one of them",
        ),
        (["export", "mentions", "--brand", "Nobody"], "Nobody"),
        (["dead-letters", "list", "--topic", "nope"], "mentions.raw.dead"),
        (["up", "--port", "70000"], "between 1 and 65535"),
        (["erase"], "either --brand"),
        (["erase", "--brand", "Nobody", "--yes"], "Nobody"),
        (["erase", "--mention", "m-1", "--yes"], "m-1"),
    ],
)
def test_a_wrong_call_is_one_line(run, arguments, says):
    assert says in one_line(run(*arguments))


def test_a_bad_setting_is_one_line_everywhere(run, monkeypatch):
    monkeypatch.setenv("SIXMINUTE_PORT", "http")
    assert "SIXMINUTE_PORT http" in one_line(run("migrate"))
    doctor = run("doctor")
    assert doctor.code == 1
    assert "problem  settings" in doctor.out


def test_doctor_checks_an_empty_house(run):
    result = run("doctor")
    assert "ok       settings" in result.out
    assert "ok       database: " in result.out
    assert "ok       bus: embedded" in result.out
    assert "ok       dead letters: none" in result.out
    assert "nothing runs" in result.out


def test_draft_and_lint_speak_json_in_the_shapes_that_scripts_rely_on(run):
    drafted = json.loads(run("draft", "--channel", "x", "--text", "My parcel is three weeks late!").out)
    assert set(drafted) >= {"language", "grade", "golden_at", "limit_at", "drafts"}
    assert drafted["language"] == "en"
    assert drafted["golden_at"] < drafted["limit_at"]
    assert len(drafted["drafts"]) >= 2
    for each in drafted["drafts"]:
        assert set(each) >= {"text", "approach", "findings"}
    linted = json.loads(run("lint", "--channel", "x", "--text", "This will never happen again, I promise!").out)
    assert set(linted) >= {"ok", "findings"}
    for finding in linted["findings"]:
        assert set(finding) >= {"rule", "severity", "start", "end", "message", "fix"}
    assert run("lint", "--channel", "x", "--text", "", "--check").code == 1


def test_a_channel_of_your_own_is_taken_where_the_settings_name_it(run, tmp_path):
    (tmp_path / "sixminute.toml").write_text('[responding.places]\nfax = "form"\n', encoding="utf-8")
    for name in ("fax", " FAX"):
        assert run("lint", "--channel", name, "--text", "We are on it.").code == 0
    (tmp_path / "sixminute.toml").write_text(
        "[[brands]]\nname = 'Acme'\n[[sources]]\nname = 'a'\nkind = 'recording'\nsource = 'Tieba'\nfile = 'a.csv'\n",
        encoding="utf-8",
    )
    assert run("draft", "--channel", "tieba", "--text", "It broke").code == 0


def test_counts_are_tested_without_a_model(run, tmp_path):
    lines = ["series,timestamp,value"]
    for hour in range(24 * 14):
        value = 900 if hour == 300 else 20 + hour % 5
        lines.append(f"shop,2026-01-{1 + hour // 24:02d} {hour % 24:02d}:00:00,{value}")
    (tmp_path / "counts.csv").write_text("\n".join(lines), encoding="utf-8")
    result = run("backtest", "--counts", "counts.csv", "--out", "found.csv")
    assert result.code == 0, result.err
    found = (tmp_path / "found.csv").read_text(encoding="utf-8").splitlines()
    assert found[0] == "series,timestamp"
    assert "shop,2026-01-13 12:00:00" in found
    (tmp_path / "counts.csv").write_text("series,timestamp,value\nshop,yesterday,many\n", encoding="utf-8")
    broken = run("backtest", "--counts", "counts.csv")
    assert "row 2" in one_line(broken)
    assert broken.out == ""
    for value in ("nan", "inf", "1e308", "-1"):
        (tmp_path / "counts.csv").write_text(f"series,timestamp,value\nshop,2026-01-01,{value}\n", encoding="utf-8")
        assert "row 2" in one_line(run("backtest", "--counts", "counts.csv"))
    (tmp_path / "counts.csv").write_text("series,value\nshop,1\n", encoding="utf-8")
    assert "timestamp" in one_line(run("backtest", "--counts", "counts.csv"))


def test_a_result_never_replaces_what_is_read_or_what_was_there_before_it_is_whole(run, tmp_path):
    counts = tmp_path / "counts.csv"
    counts.write_text("series,timestamp,value\nshop,2026-01-01,5\nshop,2026-01-02,many\n", encoding="utf-8")
    before = counts.read_bytes()
    assert "name another" in one_line(run("backtest", "--counts", "counts.csv", "--out", "counts.csv"))
    assert counts.read_bytes() == before
    earlier = tmp_path / "found.csv"
    earlier.write_text("an earlier result", encoding="utf-8")
    assert "row 3" in one_line(run("backtest", "--counts", "counts.csv", "--out", "found.csv"))
    assert earlier.read_text(encoding="utf-8") == "an earlier result"
    assert [each.name for each in tmp_path.glob("*.part")] == []


def test_commands_that_do_not_score_never_load_torch(tmp_path):
    for arguments in (["--help"], ["migrate"], ["doctor"], ["lint", "--channel", "x", "--text", "We are on it."]):
        script = (
            "import sys; sys.argv = ['sixminute', *sys.argv[1:]]\n"
            "from runtime import cli\n"
            "try: cli.main()\n"
            "except SystemExit: pass\n"
            "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(cli.__file__).parents[1])},
        )
        assert done.returncode == 0, done.stderr


def test_the_help_of_a_worker_names_every_stage(run):
    listed = run("--help").out
    for command in ("up", "worker", "api", "migrate", "doctor", "dead-letters"):
        assert f" {command} " in listed
    told = run("worker", "--help")
    assert told.code == 0
    assert all(re.search(rf"\b{stage}\b", told.out) for stage in STAGES)
    assert [name.value for name in StageName] == list(STAGES)


@pytest.mark.parametrize("arguments", [["worker"], ["worker", "telex"], ["worker", "alerting", "sentiment"]])
def test_a_worker_wants_one_stage_that_there_is(run, arguments):
    told = run(*arguments)
    assert told.code == 2
    assert "Traceback" not in told.err


@pytest.mark.parametrize(("typed", "offered"), [("", list(STAGES)), ("al", ["alerting"]), ("x", [])])
def test_a_shell_completes_the_name_of_a_stage(tmp_path, typed, offered):
    words = {"COMP_WORDS": f"sixminute worker {typed}", "COMP_CWORD": "2", "_SIXMINUTE_COMPLETE": "complete_bash"}
    program = Path(sys.executable).with_name("sixminute")
    done = subprocess.run(
        [program], env={**os.environ, **words}, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == offered
