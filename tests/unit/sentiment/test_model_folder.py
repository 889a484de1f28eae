"""What is known of a checkpoint's error, without loading it."""

import json
from pathlib import Path

import pytest

from core.errors import ModelError
from core.language import LANGUAGES
from core.model_error import Confusion, GivenCounts
from sentiment.model_folder import CONFUSION_FILE, bundled_model, known_error

ROW = {"negative": 3, "neutral": 2, "positive": 1}


def write(folder: Path, content: object) -> Path:
    (folder / CONFUSION_FILE).write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_the_bundled_model_comes_with_figures_for_every_language_and_is_better_than_chance_in_all() -> None:
    known = known_error(bundled_model())
    assert set(known) == set(LANGUAGES)
    for confusion in known.values():
        (found, negative), (spared, others) = confusion.sensitivity, confusion.specificity
        assert found / negative + spared / others > 1.3
        assert min(negative, others) > 100


def test_figures_are_read_by_language_and_wanted_label(tmp_path: Path) -> None:
    folder = write(tmp_path, {"en": {"negative": ROW, "neutral": ROW, "positive": ROW}})
    counts = GivenCounts(3, 2, 1)
    assert known_error(folder) == known_error(str(folder)) == {"en": Confusion(counts, counts, counts)}


@pytest.mark.parametrize("checkpoint", ["somebody/sentiment", "/there/is/no/such/folder", Path("nowhere")])
def test_of_a_checkpoint_without_figures_nothing_is_known(checkpoint: Path | str, tmp_path: Path) -> None:
    assert known_error(checkpoint) == {}
    assert known_error(tmp_path) == {}


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"en": ROW},
        {"en": {"negative": ROW, "neutral": ROW}},
        {"en": {"negative": ROW, "neutral": ROW, "positive": {**ROW, "negative": -1}}},
        {"en": {"negative": ROW, "neutral": ROW, "positive": {**ROW, "angry": 1}}},
    ],
)
def test_figures_that_cant_be_read_are_told_in_one_line(content: object, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="remove it to do without") as caught:
        known_error(write(tmp_path, content))
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
