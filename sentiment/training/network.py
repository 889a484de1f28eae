"""The network while it learns: one encoder, and a linear head for each thing that it is asked."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from sentiment.training.corpus import EMOTIONS, LABELS

HEADS = {"sentiment": len(LABELS), "emotion": len(EMOTIONS), "complaint": 2}
"""What is asked of every text, and among how many answers."""
KEPT_LAYERS = (0, 2, 4, 7, 9, 11)
"""Which of the twelve layers stay."""


class Network(nn.Module):
    """An encoder with a pooler and the heads.

    Args:
        config: of the encoder.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        # Plain attention: the fused one of the processor is three times slower backwards at these lengths.
        config._attn_implementation = "eager"  # noqa: SLF001 - the name under which transformers takes it
        self.bert = BertModel(config)
        pooler = self.bert.get_submodule("pooler.dense")
        nn.init.eye_(pooler.weight)  # type: ignore[arg-type]
        nn.init.zeros_(pooler.bias)  # type: ignore[arg-type]
        self.heads = nn.ModuleDict({name: nn.Linear(config.hidden_size, count) for name, count in HEADS.items()})
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=0.02)  # type: ignore[arg-type]
            nn.init.zeros_(head.bias)  # type: ignore[arg-type]

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """The logits of every head and ``pooled``, what they were made from; `ids` and `mask` are [texts, pieces]."""
        pooled = self.bert(input_ids=ids, attention_mask=mask).pooler_output
        return {"pooled": pooled, **{name: head(pooled) for name, head in self.heads.items()}}


def half_of(whole: Network) -> Network:
    """A network with the embeddings, heads and every second layer of another."""
    sizes: dict[str, Any] = whole.bert.config.to_dict()
    sizes["num_hidden_layers"] = len(KEPT_LAYERS)
    student = Network(BertConfig(**sizes))
    state = whole.state_dict()
    for new, old in enumerate(KEPT_LAYERS):
        source, target = f"bert.encoder.layer.{old}.", f"bert.encoder.layer.{new}."
        state.update(
            {target + name.removeprefix(source): value
             for name, value in whole.state_dict().items() if name.startswith(source)}
        )  # fmt: skip
    student.load_state_dict({name: state[name] for name in student.state_dict()})
    return student


def padded(pieces: Sequence[Sequence[int]], padding: int) -> tuple[Tensor, Tensor]:
    """One batch as numbers and mask, both [texts, longest]."""
    longest = max(map(len, pieces))
    ids = torch.full((len(pieces), longest), padding)
    for place, each in enumerate(pieces):
        ids[place, : len(each)] = torch.tensor(each)
    return ids, (ids != padding).long()
