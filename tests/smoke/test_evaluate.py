"""`sixminute evaluate` on somebody's own labelled file."""

import csv
import gzip
import json

import msgspec
import pytest

from sentiment.model_folder import known_error
from sentiment.training.sets import CHECKED_SETS, TRAINING_SETS, UNLABELLED_SETS
from tests.smoke.test_cli import one_line, run
from tests.unit.sentiment import checkpoints

__all__ = ["run"]

ROWS = [
    ("Terrible kettle, worst service ever", "negative"),
    ("I love this kettle", "positive"),
    ("服務態度太差了，非常失望，再也不會買", "negative"),
    ("<script>alert(1)</script> absolutely wonderful, best kettle ever", "negative"),
    ("no label here", "angry"),
    ("", "neutral"),
]


@pytest.fixture
def own(tmp_path):
    with (tmp_path / "own.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["what", "truth"])
        writer.writerows(ROWS)
    return ["own.csv", "--text-column", "what", "--label-column", "truth"]


@pytest.mark.model
def test_a_file_of_ones_own_is_evaluated_and_reported(run, own, tmp_path):
    result = run("evaluate", *own, "--json", "--out", "report.html")
    assert result.code == 0, result.err
    assert "warning: own.csv: 1 row left out, whose labels aren't understood: 'angry' (1). Name them so: " in result.err
    assert "own.csv: 1 row left out: 1 without a text." in result.err
    assert "report.html" in result.err
    found = json.loads(result.out)["sets"]["own.csv"]
    assert found["overall"]["texts"] == 4
    assert found["overall"]["confusion"]["negative"] == {"negative": 2, "neutral": 0, "positive": 1}
    assert {name: each["texts"] for name, each in found["languages"].items()} == {"en": 3, "zh-Hant": 1}
    assert [each["given"] for each in found["mistakes"]] == ["positive"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "on 4 texts in 1 set." in page
    assert "4 texts: 3 English, 1 Traditional Chinese. With so few texts" in page
    assert "labelled <b>negative</b>" in page
    assert "macro recall" in run("evaluate", *own).out


def test_the_known_error_of_a_checkpoint_of_ones_own_is_written_beside_it(run, small, tmp_path):
    rows = [("good kettle", "positive"), ("bad kettle", "negative"), ("kettle", "neutral"), ("電鍋好用", "positive")]
    for name, part in (("one.csv", rows), ("two.csv", rows), ("stars.csv", rows[:2])):
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *part])
    result = run("evaluate", "one.csv", "two.csv", "stars.csv", "--confusion", str(small / "confusion.json"), "--json")
    assert result.code == 0, result.err
    sets = json.loads(result.out)["sets"]
    known = known_error(small)
    assert set(known) == {"en", "zh-Hant"}
    for label in ("negative", "neutral", "positive"):
        once = sets["one.csv"]["languages"]["en"]["confusion"][label]
        assert msgspec.to_builtins(getattr(known["en"], label)) == {said: 2 * count for said, count in once.items()}
    told = one_line(run("evaluate", "stars.csv", "--confusion", "error.json"))
    assert "--confusion: no set has all of negative, neutral, positive" in told
    assert not (tmp_path / "error.json").exists()
    assert "choose a name that ends in .json" in one_line(run("evaluate", "one.csv", "--confusion", "error.html"))


@pytest.mark.model
def test_files_of_one_name_are_told_apart(run, own, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "own.csv").write_bytes((tmp_path / own[0]).read_bytes())
    result = run("evaluate", "one/own.csv", "two/own.csv", *own[1:], "--json")
    assert result.code == 0, result.err
    assert set(json.loads(result.out)["sets"]) == {"one/own.csv", "two/own.csv"}


def test_the_held_out_texts_of_a_data_folder_are_evaluated(run, tmp_path):
    names = {*CHECKED_SETS, *UNLABELLED_SETS, *(each.path for each in TRAINING_SETS)}
    for name in names:
        path = tmp_path / "data" / f"{name}.csv.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["label", "text", "split", "category"])
            for number in range(30):
                writer.writerow(["negative", f"{name}: terrible kettle {number}", "val", "平板" if number else "书籍"])
                writer.writerow(["", f"{name}: no label {number}", "val", "平板"])
    result = run("evaluate", "--data", "data", "--json")
    assert result.code == 0, result.err
    sets = json.loads(result.out)["sets"]
    assert set(sets) == set(CHECKED_SETS)
    assert sets["en/airline_2015"]["overall"]["texts"] == 30
    assert sets["zh/online_shopping_10"]["overall"]["texts"] == 29


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A model that finds everything positive."""
    folder = checkpoints.bert(tmp_path / "[red]small", ["negative", "neutral", "positive"], bias=[0.0, 0.0, 9.0])
    monkeypatch.setenv("SIXMINUTE_MODEL", str(folder))
    return folder


def sets_of(result):
    assert result.code == 0, result.err
    return {name: each["overall"]["texts"] for name, each in json.loads(result.out)["sets"].items()}


def test_labels_by_other_names_are_understood_and_strange_ones_named(run, small, tmp_path):
    rows = ["bad,NEG", "bad,負面", "good,Positive", "good,好评", "so so,neu", "hm,4", "hm,4", "hm,angry", "hm,"]
    (tmp_path / "own.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    result = run("evaluate", "own.csv", "--json")
    assert sets_of(result) == {"own.csv": 5}
    assert "3 rows left out, whose labels aren't understood: '4' (2), 'angry' (1). Name them so: neg" in result.err
    assert "own.csv: 1 row left out: 1 without a label." in result.err
    (tmp_path / "own.csv").write_text("text,label\nbad,0\ngood,4\n", encoding="utf-8")
    told = one_line(run("evaluate", "own.csv"))
    assert "no label is understood, such as '0' (1), '4' (1); name them so: negative, neg, bad, 负面" in told


def test_rows_that_lack_something_are_counted_by_what(run, small, tmp_path):
    rows = ["good,positive", ",positive", ",positive", ",", "good,", "good"]
    (tmp_path / "own.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    assert (
        "own.csv: 5 rows left out: 2 without a text, 1 without a text and a label, 1 without a label, "
        "1 that can't be read."
    ) in run("evaluate", "own.csv").err
    (tmp_path / "own.csv").write_text("text,label\n,positive\n", encoding="utf-8")
    assert "no row has a text and a label (1 without a text)" in one_line(run("evaluate", "own.csv"))
    (tmp_path / "own.csv").write_text("text,label\n", encoding="utf-8")
    assert "no row has a text and a label (there are no rows)" in one_line(run("evaluate", "own.csv"))


def test_the_help_names_the_labels_that_are_understood(run):
    shown = " ".join(run("evaluate", "--help").out.split())
    for name in ("neg", "負面", "mixed", "好评", "5 stars"):
        assert name in shown


def test_languages_that_are_never_labelled_are_counted_apart(run, small, tmp_path, monkeypatch):
    rows = ["This kettle is very bad,negative", "電池がすぐ切れます,negative", "音がとてもうるさいです,negative"]
    (tmp_path / "own.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    result = run("evaluate", "own.csv", "--json", "--out", "report.html")
    assert sets_of(result) == {"own.csv": 1}
    found = json.loads(result.out)["sets"]["own.csv"]
    assert (found["apart"], list(found["languages"])) == ({"ja": 2}, ["en"])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Counted apart, in languages that are never labelled: 2 Japanese." in page
    assert "own.csv: counted apart, in languages that are never labelled: ja 2." in run("evaluate", "own.csv").out
    monkeypatch.setenv("SIXMINUTE_LANGUAGES", "fr")
    told = one_line(run("evaluate", "own.csv"))
    assert "own.csv: every text is in a language that is never labelled (ja, en); name it in SIXMINUTE_LANG" in told
    monkeypatch.setenv("SIXMINUTE_LANGUAGES", "en,ja")
    assert sets_of(run("evaluate", "own.csv", "--json")) == {"own.csv": 3}


def test_a_row_that_cant_be_read_says_why(run, small, tmp_path):
    (tmp_path / "own.csv").write_bytes("text,label\n服務很差,negative\n".encode("big5") + b"good,positive\n")
    assert "row 2: broken encoding in the column text" in run("evaluate", "own.csv").err


def test_names_are_no_markup(run, small, tmp_path):
    (tmp_path / "[b]own.csv").write_text("text,label\nbad,negative\n", encoding="utf-8")
    shown = run("evaluate", "[b]own.csv").out
    assert "[b]own.csv" in shown
    assert "[red]small@" in shown


def test_half_a_surrogate_pair_does_no_harm(run, small, tmp_path):
    (tmp_path / "own.jsonl").write_text('{"text": "bad \\ud83d", "label": "negative"}\n', encoding="utf-8")
    result = run("evaluate", "own.jsonl", "--json")
    assert sets_of(result) == {"own.jsonl": 1}
    assert json.loads(result.out)["sets"]["own.jsonl"]["mistakes"][0]["text"] == "bad ?"


def test_a_page_that_cant_be_written_is_told_before_the_work(run, own, monkeypatch):
    monkeypatch.setenv("SIXMINUTE_MODEL", "/no/model/either")
    assert "absent" in one_line(run("evaluate", *own, "--out", "absent/report.html"))


def test_the_chinese_script_of_doubtful_texts_is_that_of_the_settings(run, small, tmp_path, monkeypatch):
    monkeypatch.setenv("SIXMINUTE_LANGUAGES", "zh-Hans,zh-Hant,en")
    (tmp_path / "own.csv").write_text("text,label\n好吃,positive\n", encoding="utf-8")
    result = run("evaluate", "own.csv", "--json")
    assert list(json.loads(result.out)["sets"]["own.csv"]["languages"]) == ["zh-Hans"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "either FILE"),
        (["own.csv", "--data", "data"], "either FILE"),
        (["gone.csv"], "no such file"),
        (["own.csv"], "--text-column names one of: what, truth"),
        (["own.csv", "--text-column", "what", "--label-column", "what"], "no label is understood, such as"),
        (["--data", "nowhere"], "has no folder en/"),
        (["--data", "."], "has neither"),
    ],
)
def test_a_wrong_call_is_one_line(run, own, tmp_path, arguments, says):
    assert own
    (tmp_path / "en").mkdir()
    result = run("evaluate", *arguments)
    assert result.code == 1
    assert says in result.err.splitlines()[-1]
