"""The fast path gives what transformers gives, whatever the batch looks like."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification

from sentiment import fast_bert, linear
from sentiment.fast_bert import FastBert, fits
from sentiment.linear import Floats, Int8, Kind, Packed, Plain, best_kind, with_layers
from tests.unit.sentiment import checkpoints

LABELS = ["negative", "neutral", "positive"]


@pytest.fixture
def model(tmp_path: Path) -> Any:
    return AutoModelForSequenceClassification.from_pretrained(checkpoints.bert(tmp_path, LABELS)).eval()


def batch(*lengths: int) -> tuple[torch.Tensor, torch.Tensor]:
    picker = torch.Generator().manual_seed(len(lengths))
    ids = torch.randint(4, len(checkpoints.PIECES), (len(lengths), max(lengths)), generator=picker)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    return torch.where(mask == 1, ids, checkpoints.PADDING), mask


@pytest.mark.parametrize("short", [0, 64])
@pytest.mark.parametrize("lengths", [(1,), (7,), (5, 5, 5), (9, 2, 1), (31, 3)])
@pytest.mark.parametrize(
    ("kind", "dtype", "tolerance"),
    [
        (Plain, torch.float32, 1e-5),
        (Packed, torch.float32, 1e-5),
        (Plain, torch.bfloat16, 0.03),
        (Packed, torch.bfloat16, 0.03),
        (Int8, torch.float32, 0.03),
    ],
)
def test_it_agrees_with_transformers(
    model: Any,
    kind: Kind,
    dtype: torch.dtype,
    tolerance: float,
    lengths: tuple[int, ...],
    short: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fast_bert, "_SHORT", short)
    ids, mask = batch(*lengths)
    with torch.inference_mode():
        wanted = model(input_ids=ids, attention_mask=mask).logits
        inside = model.bert(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    layer = model.config.num_hidden_layers - 1
    logits, vectors = FastBert(model, Floats(kind, dtype), layer)(ids, mask)
    assert {each.dtype for each in (logits, *vectors)} == {torch.float32}
    torch.testing.assert_close(logits, wanted, atol=tolerance, rtol=0)
    torch.testing.assert_close(vectors.pooled, inside.pooler_output, atol=2 * tolerance, rtol=0)
    means = [states[: sum(row)].mean(0) for states, row in zip(inside.hidden_states[layer], mask.tolist(), strict=True)]
    torch.testing.assert_close(vectors.middle, torch.stack(means), atol=2 * tolerance, rtol=0)


def test_a_text_is_read_the_same_whatever_stands_beside_it(model: Any) -> None:
    ids, mask = batch(9, 4, 2)
    fast = FastBert(model, Floats(Int8, torch.float32))
    together, _ = fast(ids, mask)
    alone, _ = fast(ids[1:2, :4].contiguous(), mask[1:2, :4].contiguous())
    torch.testing.assert_close(together[1:2], alone, atol=1e-4, rtol=0)


def test_other_architectures_dont_fit(tmp_path: Path, model: Any) -> None:
    assert fits(model)
    other = AutoModelForSequenceClassification.from_pretrained(checkpoints.distilbert(tmp_path / "other", LABELS))
    assert not fits(other)
    model.config.hidden_act = "relu"
    assert not fits(model)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_packed_layers_are_taken_where_the_kernel_works(dtype: torch.dtype) -> None:
    assert best_kind(dtype) is Packed


def test_a_kernel_that_is_missing_or_wrong_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing(Packed):
        def __init__(self, *_: object) -> None:
            raise AttributeError("no such operator")

    class Wrong(Plain):
        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return super().forward(values) + 1

    for broken in (Missing, Wrong):
        monkeypatch.setattr(linear, "Packed", broken)
        assert best_kind(torch.float32) is Plain


def test_layers_are_replaced_throughout_a_model_but_not_those_of_another_kind() -> None:
    class Special(nn.Linear):
        """Read by its owner in a way of its own."""

    model = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 2, bias=False), Special(2, 2)))
    values = torch.ones(3, 4)
    with torch.inference_mode():
        wanted = model(values)
        given = with_layers(model, Int8)(values)
    torch.testing.assert_close(given, wanted, atol=0.05, rtol=0)
    assert isinstance(model[0], Int8)
    assert isinstance(model[1][1], Special)
