"""`sixminute evaluate` on somebody's own labelled file."""

import csv
import gzip
import json

import pytest

from sentiment.training.corpus import CHECKED_SETS, TRAINING_SETS, UNLABELLED_SETS
from tests.smoke.test_cli import run

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
    assert "own.csv: 2 rows left out" in result.err
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


@pytest.mark.model
def test_the_held_out_texts_of_a_data_folder_are_evaluated(run, tmp_path):
    for name in ("en", "zh", "zh-hant"):
        (tmp_path / "data" / name).mkdir(parents=True)
    # Training reads the other sets, so each is there, with texts of its own.
    for name in {*CHECKED_SETS, *(each.path for each in TRAINING_SETS), *UNLABELLED_SETS}:
        with gzip.open(tmp_path / "data" / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["label", "text", "split", "category"])
            for number in range(30):
                writer.writerow(["negative", f"terrible kettle {name} {number}", "val", "平板" if number else "书籍"])
                writer.writerow(["", f"no label {name} {number}", "val", "平板"])
    result = run("evaluate", "--data", "data", "--json")
    assert result.code == 0, result.err
    sets = json.loads(result.out)["sets"]
    assert set(sets) == set(CHECKED_SETS)
    assert sets["en/airline_2015"]["overall"]["texts"] == 30
    assert sets["zh/online_shopping_10"]["overall"]["texts"] == 29


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "either FILE"),
        (["own.csv", "--data", "data"], "either FILE"),
        (["gone.csv"], "no such file"),
        (["own.csv"], "--text-column names one of: what, truth"),
        (["own.csv", "--text-column", "what", "--label-column", "what"], "no row has a text and one of the labels"),
        (["--data", "nowhere"], "has no folder en/"),
    ],
)
def test_a_wrong_call_is_one_line(run, own, arguments, says):
    assert own
    result = run("evaluate", *arguments)
    assert result.code == 1
    assert says in result.err.splitlines()[-1]
