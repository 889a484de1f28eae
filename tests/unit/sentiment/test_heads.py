import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from core.errors import ModelError
from sentiment.classifier import TransformerClassifier
from sentiment.fast_bert import Vectors
from sentiment.heads import heads_of
from sentiment.heads_file import EMOTIONS, FILE
from tests.unit.sentiment import checkpoints

LABELS = ["negative", "neutral", "positive"]
CPU = torch.device("cpu")
NOTHING = Vectors(torch.zeros(1, 32), torch.zeros(1, 32))
LAYERS = 2


def save_heads(folder: Path, emotion: list[float], complaint: list[float], size: int = 32) -> None:
    """Heads that say the same of every text."""
    save_file(
        {
            "emotion.weight": torch.zeros(len(emotion), size),
            "emotion.bias": torch.tensor(emotion),
            "complaint.weight": torch.zeros(len(complaint), size),
            "complaint.bias": torch.tensor(complaint),
        },
        folder / FILE,
        metadata={"themes": "[]"},
    )


def save_themes(
    folder: Path,
    names: list[str],
    thresholds: list[float],
    bias: list[float],
    layer: int = 1,
    weight: torch.Tensor | None = None,
) -> None:
    """Heads of which the themes say the same of every text, or what `weight` says."""
    save_file(
        {
            "emotion.weight": torch.zeros(5, 32),
            "emotion.bias": torch.zeros(5),
            "complaint.weight": torch.zeros(2, 32),
            "complaint.bias": torch.zeros(2),
            "themes.weight": torch.zeros(len(bias), 32) if weight is None else weight,
            "themes.bias": torch.tensor(bias),
        },
        folder / FILE,
        metadata={"themes": json.dumps(names), "thresholds": json.dumps(thresholds), "layer": str(layer)},
    )


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_a_checkpoint_with_heads_says_more_than_polarity(tmp_path: Path, precision: str) -> None:
    folder = checkpoints.bert(tmp_path, LABELS)
    save_heads(folder, [0.0, 9.0, 0.0, 0.0, 0.0], [0.0, 0.0])
    answers = TransformerClassifier(folder, precision=precision).classify(["bad", "good " * 40])  # type: ignore[arg-type]
    assert [each.emotion for each in answers] == ["anger", "anger"]
    assert [each.complaint for each in answers] == pytest.approx([0.5, 0.5])


def test_an_emotion_that_is_only_the_likeliest_is_not_named(tmp_path: Path) -> None:
    save_heads(tmp_path, [0.0, 0.3, 0.2, 0.2, 0.2], [0.0, 5.0])
    heads = heads_of(tmp_path, CPU)
    assert heads is not None
    [extra] = heads.read(NOTHING)
    assert extra.emotion == ""
    assert extra.complaint == pytest.approx(0.993, abs=0.001)


def test_a_checkpoint_without_heads_has_none(tmp_path: Path) -> None:
    assert heads_of(tmp_path, CPU) is None


def test_broken_heads_are_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no weights")
    with pytest.raises(ModelError, match="can't be read"):
        heads_of(tmp_path, CPU)
    save_file({"emotion.weight": torch.zeros(5, 4)}, tmp_path / FILE, metadata={"themes": "[]"})
    with pytest.raises(ModelError, match=r"it lacks emotion\.bias"):
        heads_of(tmp_path, CPU)
    save_heads(tmp_path, [0.0, math.nan, 0.0, 0.0, 0.0], [0.0, 0.0])
    with pytest.raises(ModelError, match="no numbers"):
        heads_of(tmp_path, CPU)
    weights = {f"{name}.{part}": torch.tensor(1.0) for name in ("emotion", "complaint") for part in ("weight", "bias")}
    save_file(weights, tmp_path / FILE, metadata={"themes": "[]"})
    with pytest.raises(ModelError, match="other questions"):
        heads_of(tmp_path, CPU)


def test_the_theme_is_the_one_furthest_above_its_threshold(tmp_path: Path) -> None:
    save_themes(tmp_path, ["delivery", "refund", "price"], [0.5, 0.9, 2.0], [1.0, 2.5, 9.0])
    heads = heads_of(tmp_path, CPU)
    assert heads is not None
    assert [each.theme for each in heads.read(Vectors(torch.zeros(2, 32), torch.zeros(2, 32)))] == ["delivery"] * 2
    save_themes(tmp_path, ["delivery"], [0.5], [-0.1])
    heads = heads_of(tmp_path, CPU)
    assert heads is not None
    assert [each.theme for each in heads.read(NOTHING)] == [""]


def test_themes_are_read_where_the_checkpoint_says(tmp_path: Path) -> None:
    folder = checkpoints.bert(tmp_path, LABELS)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    ids = torch.tensor([AutoTokenizer.from_pretrained(folder)("bad")["input_ids"]])
    with torch.inference_mode():
        states = model.bert(ids, output_hidden_states=True).hidden_states
    before, after = (each[0].mean(0) for each in states[:2])
    weight = 100 * (after - before)
    bias = -float((after + before) @ weight / 2)
    for layer, theme in ((0, ""), (1, "delivery")):
        save_themes(folder, ["delivery"], [0.5], [bias], layer, weight[None].clone())
        [answer] = TransformerClassifier(folder, precision="fp32").classify(["bad"])
        assert answer.theme == theme


@pytest.mark.parametrize("layer", [-1, LAYERS, 9])
def test_a_layer_that_there_is_not_is_refused(tmp_path: Path, layer: int) -> None:
    folder = checkpoints.bert(tmp_path, LABELS)
    save_themes(folder, ["delivery"], [0.5], [1.0], layer)
    with pytest.raises(ModelError, match=f"from layer {layer}, but the model beside it has only the layers 0 to 1 "):
        TransformerClassifier(folder, precision="fp32")


@pytest.mark.parametrize("thresholds", [[0.5], [0.5, 0.0], [0.5, -1.0]])
def test_themes_without_a_threshold_each_are_refused(tmp_path: Path, thresholds: list[float]) -> None:
    save_themes(tmp_path, ["delivery", "refund"], thresholds, [0.0, 0.0])
    with pytest.raises(ModelError, match="other questions"):
        heads_of(tmp_path, CPU)


def test_heads_that_say_nothing_of_themselves_are_refused(tmp_path: Path) -> None:
    save_heads(tmp_path, [0.0] * len(EMOTIONS), [0.0, 0.0])
    save_file(load_file(tmp_path / FILE), tmp_path / FILE)
    with pytest.raises(ModelError, match="no metadata that name its themes: name a complete checkpoint"):
        heads_of(tmp_path, CPU)


@pytest.mark.parametrize("name", ["safety", "weather"])
def test_themes_that_a_model_may_not_find_are_refused(tmp_path: Path, name: str) -> None:
    save_themes(tmp_path, ["delivery", name], [0.5, 0.5], [0.0, 0.0])
    with pytest.raises(ModelError, match=f"names the themes '{name}', .* the themes are delivery, quality, "):
        heads_of(tmp_path, CPU)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"layer": "x"}, "says 'x' of its layer"),
        ({"layer": None}, "says 'nothing' of its layer"),
        ({"thresholds": "0.5"}, "says '0.5' of its thresholds"),
        ({"themes": '"delivery"'}, "of its themes"),
    ],
)
def test_metadata_that_cant_be_understood_are_refused(
    tmp_path: Path, changed: dict[str, str | None], says: str
) -> None:
    save_themes(tmp_path, ["delivery"], [0.5], [0.0])
    known = {"themes": '["delivery"]', "thresholds": "[0.5]", "layer": "1", **changed}
    save_file(load_file(tmp_path / FILE), tmp_path / FILE, {name: value for name, value in known.items() if value})
    with pytest.raises(ModelError, match=says):
        heads_of(tmp_path, CPU)


@pytest.mark.parametrize(("emotion", "complaint"), [([0.0], [0.0, 0.0]), ([0.0] * len(EMOTIONS), [0.0])])
def test_heads_with_other_questions_are_refused(tmp_path: Path, emotion: list[float], complaint: list[float]) -> None:
    save_heads(tmp_path, emotion, complaint)
    with pytest.raises(ModelError, match="other questions"):
        heads_of(tmp_path, CPU)
