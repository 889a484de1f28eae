"""The network while it learns: one encoder, a linear head for each thing that it is asked, and how each set differs."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from sentiment.training.corpus import EMOTIONS, LABELS
from sentiment.training.sets import TRAINING_SETS

HEADS = {"sentiment": len(LABELS), "emotion": len(EMOTIONS), "complaint": 2}
"""What is asked of every text, and among how many answers."""
_PIECE = 4_096
"""Tokens, with padding, that a processor learns from at once."""


class DropoutPool(nn.Module):
    """Dropout whose random choices come out of one pool at a random place.

    Drawing them anew takes a quarter of a training step on a processor.

    Args:
        rate: which share of all values becomes zero.
        size: of the pool, in values: several times what any layer holds.
    """

    def __init__(self, rate: float, size: int = 1 << 24) -> None:
        super().__init__()
        kept = torch.rand(size, generator=torch.Generator().manual_seed(0)) >= rate
        self.register_buffer("pool", (kept / (1 - rate)).to(torch.bfloat16), persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        """The values, some of them zero and the others larger by as much; unchanged outside of training."""
        if not self.training:
            return values
        pool: Tensor = self.get_buffer("pool")
        start = int(torch.randint(0, pool.numel() - values.numel(), (1,)))
        return values * pool[start : start + values.numel()].view(values.shape).to(values.dtype)


class Network(nn.Module):
    """An encoder with a pooler and the heads.

    Args:
        config: of the encoder.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        # Plain attention: the fused one of the processor is three times slower backwards at these lengths.
        plain = "sdpa" if torch.cuda.is_available() else "eager"
        config._attn_implementation = plain  # noqa: SLF001 - the name under which transformers takes it
        self.bert = BertModel(config)
        pooler = self.bert.get_submodule("pooler.dense")
        nn.init.eye_(pooler.weight)  # type: ignore[arg-type]
        nn.init.zeros_(pooler.bias)  # type: ignore[arg-type]
        self.heads = nn.ModuleDict({name: nn.Linear(config.hidden_size, count) for name, count in HEADS.items()})
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=0.02)  # type: ignore[arg-type]
            nn.init.zeros_(head.bias)  # type: ignore[arg-type]
        sets = len(TRAINING_SETS)
        self.asides = nn.Parameter(torch.zeros(sets, len(LABELS), config.hidden_size))
        aside = torch.tensor([float(each.aside) for each in TRAINING_SETS])
        self.register_buffer("has_aside", aside[:, None, None], persistent=False)
        _share_dropout(self.bert, config.hidden_dropout_prob)

    def aside(self, pooled: Tensor, sets: Tensor) -> Tensor:
        """What is added to the sentiment's logits because of how the sets [texts] label; nothing for most of them."""
        weights = (self.asides * self.get_buffer("has_aside"))[sets]
        return torch.einsum("th,tlh->tl", pooled.float(), weights)

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """The logits of every head and ``pooled``, what they were made from; `ids` and `mask` are [texts, tokens]."""
        pooled = in_pieces(lambda *batch: self.bert(*batch).pooler_output, ids, mask)
        return {"pooled": pooled, **{name: head(pooled) for name, head in self.heads.items()}}


def in_pieces(run: Callable[[Tensor, Tensor], Tensor], ids: Tensor, mask: Tensor) -> Tensor:
    """What `run` makes of a batch, [texts, ...], as if of the whole of it at once.

    On a processor a large batch is run through piece by piece, and each piece once more on the way back, so that what
    lies between its layers is kept for one piece alone (Chen et al., "Training Deep Nets with Sublinear Memory Cost",
    2016): 16,384 tokens of long texts took more than 20 GB.
    """
    texts = max(1, _PIECE // ids.shape[1])
    if ids.is_cuda or len(ids) <= texts or not torch.is_grad_enabled():
        return run(ids, mask)
    pieces = zip(ids.split(texts), mask.split(texts), strict=True)
    return torch.cat([checkpoint(run, *piece, use_reentrant=False) for piece in pieces])


class Learner(NamedTuple):
    """A network and the tokenizer that it was made for."""

    network: Network
    tokenizer: PreTrainedTokenizerFast


def _share_dropout(encoder: nn.Module, rate: float) -> None:
    if not rate:
        return
    pool = DropoutPool(rate)
    for module in list(encoder.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Dropout) and child.p:
                setattr(module, name, pool)
