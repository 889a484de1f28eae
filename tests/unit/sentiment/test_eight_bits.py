"""8-bit integers with scales that were measured beforehand: what they give, and what they are measured by."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from core.errors import ModelError
from sentiment import eight_bits, reach_file
from sentiment.classifier import TransformerClassifier
from sentiment.eight_bits import EightBits, FeedForward, Linear
from sentiment.fast_bert import FastBert
from sentiment.model_folder import bundled_model
from sentiment.reach_file import reaches_in
from sentiment.training import corpus
from sentiment.training.reach import measured, write_reaches
from tests.unit.sentiment import checkpoints

LABELS = ["negative", "neutral", "positive"]
TEXTS = ["good", "bad bad", "退款 退款 好", "so bad 1 2 3 😡", "a b c d e f g h i j"]
SIZES = {"num_hidden_layers": 1, "hidden_size": 4, "intermediate_size": 6}


@pytest.fixture
def values() -> Tensor:
    return torch.randn(40, 64, generator=torch.Generator().manual_seed(3))


def random(*sizes: int, seed: int = 5) -> Tensor:
    return torch.randn(*sizes, generator=torch.Generator().manual_seed(seed)) / 4


def reach_of(values: Tensor) -> Tensor:
    return values.abs().amax(0)


@pytest.mark.parametrize("far", [1, 40])
def test_one_channel_that_goes_far_costs_the_others_nothing(values: Tensor, far: float) -> None:
    values[:, 3] *= far
    weight, bias = random(8, 64), random(8)
    weight[:, 3] /= far
    given = Linear(weight, bias, reach_of(values))(values)
    torch.testing.assert_close(given, functional.linear(values, weight, bias), atol=0.1, rtol=0)


def test_what_goes_further_than_was_measured_is_cut_and_does_not_turn_round(values: Tensor) -> None:
    layer = Linear(torch.eye(64), torch.zeros(64), reach_of(values))
    for sign in (1, -1):
        given = layer(torch.full((1, 64), sign * 1_000.0))
        assert (given * sign > 0).all()
        assert (given.abs() <= reach_of(values).max() * 1.01).all()


@pytest.mark.parametrize("far", [1, 60])
def test_a_channel_that_goes_far_between_the_halves_is_computed_exactly(values: Tensor, far: float) -> None:
    wide, narrow = (random(96, 64), random(96)), (random(64, 96, seed=6), random(64))
    wide[0][9] *= far
    narrow[0][:, 9] /= far
    inner = functional.gelu(functional.linear(values, *wide))
    layer = FeedForward(wide, narrow, reach_of(values), reach_of(inner))
    assert len(layer.exact_in) == (1 if far > 1 else 0)
    torch.testing.assert_close(layer(values), functional.linear(inner, *narrow), atol=0.25, rtol=0)


def test_channels_that_are_never_anything_but_0_are_no_trouble(values: Tensor) -> None:
    values[:, 2] = 0
    wide, narrow = (torch.zeros(96, 64), torch.zeros(96)), (random(64, 96), random(64))
    layer = FeedForward(wide, narrow, torch.zeros(64), torch.zeros(96))
    torch.testing.assert_close(layer(values), narrow[1].expand(40, 64), atol=1e-3, rtol=0)
    weight, bias = random(8, 64), random(8)
    given = Linear(weight, bias, reach_of(values))(values)
    torch.testing.assert_close(given, functional.linear(values, weight, bias), atol=0.1, rtol=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return checkpoints.bert(tmp_path / "model", LABELS)


def loaded(folder: Path) -> tuple[Any, Any]:
    return AutoModelForSequenceClassification.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def test_a_network_measured_so_agrees_with_transformers_whatever_stands_beside_a_text(folder: Path) -> None:
    model, tokenizer = loaded(folder)
    reaches = measured(model, tokenizer, TEXTS)
    assert set(reaches) == {
        f"{layer}.{part}" for layer in (0, 1) for part in ["projections", "attended", "wide", "narrow"]
    }
    given = tokenizer(TEXTS, padding=True, return_tensors="pt")
    ids, mask = given["input_ids"], given["attention_mask"]
    with torch.inference_mode():
        wanted = model(input_ids=ids, attention_mask=mask).logits
    fast = FastBert(model, EightBits(reaches))
    together, _ = fast(ids, mask)
    torch.testing.assert_close(together, wanted, atol=0.03, rtol=0)
    length = int(mask[1].sum())
    alone, _ = fast(ids[1:2, :length].contiguous(), mask[1:2, :length].contiguous())
    torch.testing.assert_close(together[1:2], alone, atol=1e-4, rtol=0)


def test_what_was_measured_lies_beside_the_weights_and_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "labelled_texts", lambda _: TEXTS)
    exact = TransformerClassifier(folder, precision="fp32").classify(TEXTS)
    write_reaches(*loaded(folder), Path("anywhere"), folder, 1)
    made: list[EightBits] = []

    class Noted(EightBits):
        def __init__(self, reaches: eight_bits.Reaches) -> None:
            super().__init__(reaches)
            made.append(self)

    monkeypatch.setattr(eight_bits, "EightBits", Noted)
    for at_hand in (True, False):
        monkeypatch.setattr(eight_bits, "work", lambda at_hand=at_hand: at_hand)
        given = TransformerClassifier(folder, precision="int8").classify(TEXTS)
        for one, other in zip(given, exact, strict=True):
            assert one.probabilities == pytest.approx(other.probabilities, abs=0.03)
    TransformerClassifier(folder, precision="bf16")
    assert len(made) == 1


def test_kernels_that_are_missing_or_wrong_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert eight_bits.work()
    monkeypatch.setattr(eight_bits, "_LOWEST_GELU", 3.0)
    assert not eight_bits.work()
    monkeypatch.undo()

    def missing(*_: object) -> None:
        raise AttributeError("no such operator")

    monkeypatch.setattr(eight_bits, "packed_rows", missing)
    assert not eight_bits.work()


def reaches(**changed: np.ndarray[Any, Any] | None) -> dict[str, np.ndarray[Any, Any]]:
    parts = {"projections": 4, "attended": 4, "wide": 4, "narrow": 6}
    found = {f"0.{part}": np.ones(channels, np.float16) for part, channels in parts.items()} | {
        f"0.{part}": reach for part, reach in changed.items()
    }
    return {part: reach for part, reach in found.items() if reach is not None}


def test_a_checkpoint_of_which_nothing_was_measured_is_fine(tmp_path: Path) -> None:
    assert reaches_in(tmp_path, SIZES) is None
    save_file(reaches(), tmp_path / reach_file.FILE)
    found = reaches_in(tmp_path, SIZES)
    assert found is not None
    assert {(reach.dtype.name, float(reach.sum())) for reach in found.values()} == {("float32", 4), ("float32", 6)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"wide": None},
        {"narrow": np.ones(4, np.float16)},
        {"attended": np.array([1, 2, np.nan, 3], np.float16)},
        {"wide": np.zeros(4, np.float16)},
        {"projections": np.ones((4, 4), np.float16)},
    ],
)
def test_what_was_measured_of_another_checkpoint_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    save_file(reaches(**wrong), tmp_path / reach_file.FILE)
    with pytest.raises(ModelError, match=r"not measured of the model beside it \(0\.") as caught:
        reaches_in(tmp_path, SIZES)
    assert "\n" not in str(caught.value)


def test_the_file_of_another_model_is_refused(folder: Path) -> None:
    shutil.copy(bundled_model() / reach_file.FILE, folder)
    with pytest.raises(ModelError, match="not measured of the model beside it"):
        TransformerClassifier(folder, precision="int8")
    TransformerClassifier(folder, precision="fp32")


def test_the_bundled_model_has_been_measured() -> None:
    found = load_file(bundled_model() / reach_file.FILE)
    assert len(found) == 4 * 12
