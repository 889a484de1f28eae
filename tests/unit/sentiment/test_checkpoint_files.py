"""What can be seen of a checkpoint's files without loading it."""

import os
import shutil
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from core.errors import ModelError
from sentiment import reach_file
from sentiment.checkpoint_files import check_files
from sentiment.heads_file import FILE
from sentiment.model_folder import bundled_model
from tests.unit.sentiment import checkpoints

ADVICE = "name another"


CUT = -1
"""In the place of a file's content: only the first half of it is left."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(bundled_model(), tmp_path / "model")
    return tmp_path / "model"


def test_a_checkpoint_that_is_whole_passes(folder: Path, tmp_path: Path) -> None:
    check_files(folder, ADVICE)
    (folder / FILE).unlink()
    (folder / reach_file.FILE).unlink()
    check_files(folder, ADVICE)
    check_files(checkpoints.bert(tmp_path / "small", ["negative", "positive"]), ADVICE)


def test_labels_that_say_nothing_are_refused_without_loading(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the labels 'cat', 'dog', which say nothing of negative and positive"):
        check_files(checkpoints.bert(tmp_path / "pets", ["cat", "dog"]), ADVICE)
    check_files(checkpoints.bert(tmp_path / "numbered", ["LABEL_0", "LABEL_1", "LABEL_2"]), ADVICE)


def test_heads_beside_a_model_that_has_no_use_for_them_are_not_looked_at(tmp_path: Path) -> None:
    folder = checkpoints.electra(tmp_path, ["negative", "positive"])
    for name in (FILE, reach_file.FILE):
        (folder / name).write_bytes(b"junk")
    check_files(folder, ADVICE)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("config.json", None, f"has no config.json or no weights: {ADVICE}"),
        ("config.json", "{", "config.json can't be read"),
        ("config.json", "[]", f"config.json describes no model: {ADVICE}"),
        ("model.safetensors", None, f"has no config.json or no weights: {ADVICE}"),
        ("model.safetensors", "", "model.safetensors are cut short or damaged"),
        ("model.safetensors", CUT, "model.safetensors are cut short or damaged"),
        ("tokenizer.json", None, f"has no tokenizer.json: {ADVICE}"),
        ("tokenizer.json", "junk", "tokenizer.json is no tokenizer"),
        ("tokenizer.json", '{"model": {}}', "tokenizer.json is no tokenizer"),
        (FILE, CUT, f"{FILE} can't be read"),
        (reach_file.FILE, CUT, f"{reach_file.FILE} can't be read"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(folder: Path, name: str, content: str | int | None, says: str) -> None:
    if content is None:
        (folder / name).unlink()
    elif isinstance(content, str):
        (folder / name).write_text(content, encoding="utf-8")
    else:
        os.truncate(folder / name, (folder / name).stat().st_size // 2)
    assert says in complaint(folder)


@pytest.mark.parametrize(
    ("layer", "says"),
    [("99", "from layer 99, but the model beside it has only the layers 0 to 11"), ("x", "says 'x' of its layer")],
)
def test_heads_that_read_where_nothing_is_are_named(folder: Path, layer: str, says: str) -> None:
    with safe_open(folder / FILE, "pt") as file:
        known = file.metadata()
    save_file(load_file(folder / FILE), folder / FILE, {**known, "layer": layer})
    assert says in complaint(folder)


def complaint(folder: Path) -> str:
    """Why it is refused: a line that names the folder."""
    with pytest.raises(ModelError) as caught:
        check_files(folder, ADVICE)
    told = str(caught.value)
    assert str(folder) in told
    assert "\n" not in told
    return told
