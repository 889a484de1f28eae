"""How far the inputs of a network's layers go, on texts like those that it is for: what 8 bits are laid out by."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from sentiment.batching import form_batches, tokens_of
from sentiment.fast_bert import FastBert
from sentiment.linear import Floats, best_kind
from sentiment.padding import padded
from sentiment.reach_file import FILE
from sentiment.training import corpus

_TEXTS = 3_000
_BUDGET = 2_048


class _Watched(Floats):
    """Makes layers in 32 bits that note how far each channel of their input goes."""

    def __init__(self) -> None:
        super().__init__(best_kind(torch.float32), torch.float32)
        self.reaches: dict[str, Tensor] = {}

    def linear(self, name: str, weights: tuple[Tensor, Tensor]) -> nn.Module:
        return self._noting(name, super().linear(name, weights))

    def feed_forward(self, number: int, wide: tuple[Tensor, Tensor], narrow: tuple[Tensor, Tensor]) -> nn.Module:
        first, second = super().feed_forward(number, wide, narrow).children()
        return nn.Sequential(self._noting(f"{number}.wide", first), self._noting(f"{number}.narrow", second))

    def _noting(self, name: str, layer: nn.Module) -> nn.Module:
        def note(_: nn.Module, given: tuple[Tensor]) -> None:
            reach = given[0].abs().amax(0)
            self.reaches[name] = torch.maximum(self.reaches.get(name, reach), reach)

        layer.register_forward_pre_hook(note)
        return layer


def measured(model: Any, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]) -> dict[str, Tensor]:
    """By layer, the largest distance from 0 of each channel of its input.

    Args:
        model: a `BertForSequenceClassification` in 32 bits.
        tokenizer: of the model.
        texts: as the model is given them.
    """
    watched = _Watched()
    run = FastBert(model, watched)
    tokens = tokens_of(tokenizer, texts)
    for batch in form_batches([len(each) for each in tokens], _BUDGET):
        run(*map(torch.from_numpy, padded([tokens[number] for number in batch], tokenizer.pad_token_id)))
    return watched.reaches


def write_reaches(model: Any, tokenizer: PreTrainedTokenizerFast, data: Path, folder: Path, seed: int) -> None:
    """Measure on some of the texts that training sees, and put the result beside the weights."""
    known = corpus.labelled_texts(data)
    reaches = measured(model, tokenizer, random.Random(seed).sample(known, min(_TEXTS, len(known))))
    save_file({name: reach.half() for name, reach in reaches.items()}, folder / FILE)
