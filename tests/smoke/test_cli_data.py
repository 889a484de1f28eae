"""Commands on a house with data in it: export, erase, doctor, classify, backtest, bench."""

import csv
import io
import json

import pytest

from ingest.reading import read_rows
from runtime.commands.exporting import harmless
from tests.harness import Application
from tests.smoke.test_cli import one_line, run

__all__ = ["run"]


@pytest.fixture
def filled(tmp_path):
    """A data directory with three complaints, one of them hostile; gives back the ids of its mentions."""
    application = Application(tmp_path)
    ids = [
        application.say("The Acme kettle is broken"),
        application.say('=HYPERLINK("http://evil.example","broken")'),
        application.say("壺壞了，很差", source="ptt"),
    ]
    application.settle()
    (case, *_) = application.cases()
    opened = application.client.get(f"/api/v1/cases/{case.id}").json()
    body = {**opened["drafts"][0], "version": opened["version"]}
    body = {name: body[name] for name in ("text", "approach", "version")}
    assert application.client.post(f"/api/v1/cases/{case.id}/approve", json=body).status_code == 200
    application.forward(seconds=30)
    application.close()
    return ids


def test_exports_hold_everything_and_no_formula(run, filled, tmp_path):
    assert run("export", "mentions", "--out", "m.csv").out == "3 mentions written to m.csv\n"
    with (tmp_path / "m.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} == set(filled)
    assert any(row["text"].startswith("'=HYPERLINK") for row in rows)
    assert {row["label"] for row in rows} == {"negative"}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("(", "["))]
    run("export", "cases", "--out", "c.jsonl", "--brand", "Acme")
    cases = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(cases) == 3
    deliveries = [json.loads(line) for line in run("export", "deliveries").out.splitlines()]
    assert [each["approved_by"] for each in deliveries] == ["Ana"]


@pytest.fixture
def reviewed(tmp_path):
    """A data directory in which a person has looked at three of four labels, one of them hostile, and edited since."""
    application = Application(tmp_path)
    texts = ("The Acme kettle is broken", '=HYPERLINK("http://evil.example","broken")', "壺壞了，很差", "bad, or not")
    ids = [application.say(text, network_id=str(number)) for number, text in enumerate(texts)]
    application.say("The Acme kettle is good", network_id="good")
    application.settle()
    for id_, label in zip(ids, ("negative", "neutral", "positive", "neutral"), strict=True):
        answer = application.client.post(f"/api/v1/mentions/{id_}/correction", json={"label": label})
        assert answer.status_code == 200
        application.clock.forward(seconds=1)
    application.say("good now", network_id="3", revision=1)
    application.settle()
    application.close()
    return ids


@pytest.mark.parametrize("name", ["c.csv", "c.csv.gz", "c.jsonl", "c.jsonl.gz"])
def test_what_people_said_is_exported_as_labelled_texts(run, reviewed, tmp_path, name):
    assert run("export", "corrections", "--out", name).out == f"3 corrections written to {name}\n"
    rows = [row.values for row in read_rows(tmp_path / name)]
    assert [row["id"] for row in rows] == reviewed[2::-1]
    assert {name: rows[0][name] for name in ("text", "label", "model_label", "language", "model", "brand")} == {
        "text": "壺壞了，很差",
        "label": "positive",
        "model_label": "negative",
        "language": "zh-Hant",
        "model": "words",
        "brand": "Acme",
    }
    assert rows[0]["corrected_at"] == "2026-03-02T09:00:02Z"
    formula = '=HYPERLINK("http://evil.example","broken")'
    assert rows[1]["text"] == ("'" + formula if ".csv" in name else formula)
    assert not {"author", "corrected_by", "url"} & set(rows[0])


def test_what_was_erased_is_exported_no_more(run, reviewed):
    run("erase", "--mention", reviewed[1], "--yes")
    assert len(run("export", "corrections", "--brand", "Acme").out.splitlines()) == 2
    assert run("export", "corrections", "--out", "c.txt").code == 1


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "|calc", "＝1+1", "＋1", "－1", "＠SUM(A1)"]
)
def test_what_a_spreadsheet_would_compute_is_made_text(value):
    assert harmless(value) == "'" + value


def test_other_cells_stay_as_they_are():
    assert harmless("plain") == "plain"
    assert harmless(3) == 3
    assert harmless(["delivery", "safety"]) == harmless(("delivery", "safety")) == "delivery;safety"
    assert harmless(()) == ""
    assert harmless(["=1+1"]) == "'=1+1"
    assert harmless(0.123456789) == 0.123457


def test_erasing_asks_first_and_then_removes(run, filled, monkeypatch):
    asked = []
    monkeypatch.setattr("typer.confirm", lambda question, **_: asked.append(question))
    assert run("erase", "--mention", filled[0]).out == f"Mention {filled[0]} removed.\n"
    assert run("erase", "--brand", "Acme").out == "2 mentions of 'Acme' removed.\n"
    assert len(asked) == 2
    assert run("export", "mentions").out == ""


def test_whoever_says_no_keeps_everything(run, filled, tmp_path, monkeypatch):
    (tmp_path / "bad.csv").write_text("created_at,text,brand\nnever,hello,Acme\n", encoding="utf-8")
    run("replay", "bad.csv", "--speed", "0")
    for command in (["dead-letters", "drop"], ["erase", "--brand", "Acme"]):
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        assert run(*command).code == 1
    assert "row 2" in run("dead-letters", "list").out
    assert len(run("export", "mentions").out.splitlines()) == 3


def test_exports_of_one_brand_leave_out_the_others(run, filled):
    assert len(run("export", "deliveries", "--brand", "Acme").out.splitlines()) == 1
    assert "Bolt" in one_line(run("export", "deliveries", "--brand", "Bolt"))


def test_migrating_again_changes_nothing(run, filled):
    for _ in range(2):
        assert run("migrate").out.startswith("The database is up to date: ")
    assert len(run("export", "mentions").out.splitlines()) == 3


def test_doctor_names_what_waits_and_what_is_missing(run, filled, tmp_path, monkeypatch):
    (tmp_path / "bad.csv").write_text("created_at,text,brand\nnever,hello,Acme\n", encoding="utf-8")
    run("replay", "bad.csv", "--speed", "0")
    monkeypatch.setenv("SIXMINUTE_MODEL", str(tmp_path))
    result = run("doctor")
    assert result.code == 1
    assert "dead letters: 1 wait for you" in result.out
    assert "no config.json" in result.out


@pytest.mark.model
def test_classify_and_backtest_with_the_bundled_model(run, tmp_path):
    hours = [f"2026-03-0{1 + hour // 24}T{hour % 24:02d}:00:00Z" for hour in range(30)]
    lines = ["when,what,label", *(f"{hour},The kettle works,neutral" for hour in hours)]
    lines += [f"2026-03-02T06:{number:02d}:00Z,Terrible service number {number},negative" for number in range(40)]
    (tmp_path / "in.csv").write_text("\n".join(lines), encoding="utf-8")
    classified = run("classify", "in.csv", "--text-column", "what", "--out", "out.csv")
    assert classified.code == 0, classified.err
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 70
    assert set(rows[0]) == {
        "when",
        "what",
        "label_original",
        "label",
        "p_negative",
        "p_neutral",
        "p_positive",
        "language",
        "emotion",
        "p_complaint",
        "urgent",
        "ironic",
        "themes",
        "sensitive",
    }
    assert (rows[-1]["urgent"], rows[-1]["ironic"], rows[-1]["themes"]) == ("false", "false", "service")
    assert 0 <= float(rows[-1]["p_complaint"]) <= 1
    assert [row["label"] for row in rows[-5:]] == ["negative"] * 5
    assert run("classify", "in.csv", "--text-column", "what", "--out", "out.jsonl.gz").code == 0
    (tmp_path / "mixed.csv").write_text("text\nThank you\n電池がすぐ切れます\n", encoding="utf-8")
    assert "2 rows scored by model@" in (told := run("classify", "mixed.csv").err)
    assert ", 1 of them unknown (no words, or a language that isn't scored), 0 could not be read." in told
    (tmp_path / "hidden.csv").write_text("text\n手機爆\u200b炸了，我受\ufeff傷\n", encoding="utf-8")
    assert run("classify", "hidden.csv", "--out", "hidden.out.csv").code == 0
    assert "safety;injury" in (tmp_path / "hidden.out.csv").read_text(encoding="utf-8")
    (tmp_path / "big5.csv").write_bytes("text\n服務很差\n".encode("big5"))
    assert "no row could be read: broken encoding in the column text: not UTF-8; save" in one_line(
        run("classify", "big5.csv")
    )
    (tmp_path / "odd.csv").write_text("text,label,label_original\nnice,mine,theirs\n", encoding="utf-8")
    odd = list(csv.DictReader(run("classify", "odd.csv").out.splitlines()))
    assert (odd[0]["label_original_"], odd[0]["label_original"]) == ("mine", "theirs")
    assert "--text-column names one of" in one_line(run("classify", "in.csv"))
    wanted = ["--brand", "Acme", "--map", "created_at=when,text=what", "--out", "alerts.jsonl"]
    for labels in ("model", "file"):
        result = run("backtest", "in.csv", *wanted, "--labels", labels)
        assert result.code == 0, result.err
        alerts = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
        assert alerts[0]["event"] == "opened"
        assert set(alerts[0]) >= {"brand", "incident", "at", "event", "level", "rule", "reason", "observed"}
        assert alerts[0]["at"].startswith("2026-03-02T06:")


def test_a_backtest_on_labels_of_the_file_needs_them(run, tmp_path):
    (tmp_path / "in.csv").write_text("created_at,text\n2026-03-01,hello\n", encoding="utf-8")
    assert "no row has a label" in one_line(run("backtest", "in.csv", "--brand", "A", "--labels", "file"))
    (tmp_path / "in.csv").write_text("created_at,text\nnever,hello\n", encoding="utf-8")
    assert "no row could be used" in one_line(run("backtest", "in.csv", "--brand", "A", "--labels", "file"))


@pytest.mark.model
@pytest.mark.slow
def test_bench_measures_every_stage(run):
    result = run("bench", "--mentions", "60", "--rate", "20", "--seconds", "1", "--json")
    assert result.code == 0, result.err
    figures = json.loads(result.out)
    assert set(figures["stages"]) == {"ingest", "sentiment", "alerting", "responding"}
    assert figures["end_to_end_per_second"] > 0
    assert figures["latency"]["post_to_draft"]["count"] == 20
    assert "figure" in run("bench", "--mentions", "60", "--rate", "20", "--seconds", "1").out


def test_commands_that_page_nobody_need_no_secrets_of_channels(run, filled, tmp_path, monkeypatch):
    channel = '[[channels]]\nname = "hook"\nkind = "webhook"\nurl = "https://pager.example/hook"\n'
    person = '[[people]]\nname = "Bo"\nchannels = ["hook"]\n'
    (tmp_path / "sixminute.toml").write_text(channel + person, encoding="utf-8")
    for command in (["dead-letters", "list"], ["silence", "list"], ["incident", "list"], ["page", "policy"]):
        assert run(*command).code == 0
    assert run("export", "cases", "--out", "c.csv").code == 0
    for command in (["up"], ["worker", "alerting"], ["api"]):
        assert "[[channels]], 'hook': secret is missing" in one_line(run(*command))
    assert "problem  settings: [[channels]], 'hook': secret is missing" in run("doctor").out
    monkeypatch.setenv("SIXMINUTE_CHANNEL_SECRETS", "hook=wrong")
    assert "hook" in one_line(run("silence", "list"))
