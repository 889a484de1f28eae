"""BERT on a processor, without what a general library must do: for the architecture of the bundled checkpoint.

The same arithmetic as `transformers.BertForSequenceClassification`, with query, key and value in one multiplication,
the activation inside the kernel, and in the last layer only the first token's row: nothing else of it is read.
"""

from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

_LOWEST = -1e4
_SHORT = 64
"""Up to so many tokens plain multiplications are faster in 32 bits than the fused attention."""

Weights = tuple[Tensor, Tensor]
"""Of a linear layer: its weight [out, in] and its bias [out]."""


class Maker(Protocol):
    """Makes the layers of a network in one arithmetic; `dtype` is what states are kept in."""

    dtype: torch.dtype

    def linear(self, name: str, weights: Weights) -> nn.Module:
        """A linear layer: ``N.projections`` or ``N.attended`` of the transformer's layer N, from 0."""
        ...

    def feed_forward(self, number: int, wide: Weights, narrow: Weights) -> nn.Module:
        """Two linear layers with GELU between them, of the transformer's layer of this number, from 0."""
        ...


class Vectors(NamedTuple):
    """What heads read of texts, both [texts, size].

    `pooled` is what the classifier reads, too. `middle` is the mean of the states of a text's tokens after so many
    layers as were named; None where none were.
    """

    pooled: Tensor
    middle: Tensor | None


class _Norm(NamedTuple):
    weight: Tensor
    bias: Tensor


class _Layer(NamedTuple):
    projections: tuple[nn.Module, ...]
    attended: nn.Module
    first_norm: _Norm
    feed_forward: nn.Module
    second_norm: _Norm


def fits(model: Any) -> bool:
    """Whether a model is one that `FastBert` computes as transformers does."""
    config = model.config
    return (
        type(model).__name__ == "BertForSequenceClassification"
        and config.hidden_act == "gelu"
        and not config.is_decoder
        and getattr(config, "position_embedding_type", None) in {None, "absolute"}
    )


def mean_of(states: Tensor, mask: Tensor) -> Tensor:
    """The mean over each text's tokens, in 32 bits [texts, size], of states [texts, longest, size] where mask is 1."""
    shares = (mask / mask.sum(1, keepdim=True)).to(states.dtype)
    return torch.bmm(shares[:, None, :], states)[:, 0].float()


class FastBert:
    """A `BertForSequenceClassification` made ready for running on the processor.

    Args:
        model: one that `fits`.
        maker: of its layers; the classifier itself always computes in 32 bits.
        layer: after how many layers the mean of the tokens is taken, fewer than there are; None for nowhere.
    """

    def __init__(self, model: Any, maker: Maker, layer: int | None = None) -> None:
        config, bert = model.config, model.bert
        embeddings = bert.embeddings
        self._heads = config.num_attention_heads
        self._epsilon = config.layer_norm_eps
        self._dtype = maker.dtype
        self._layer = layer
        self._words = embeddings.word_embeddings.weight.detach().to(self._dtype)
        places = embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[0]
        self._places = places.detach().to(self._dtype)
        self._norm = self._norm_of(embeddings.LayerNorm)
        *rest, last = enumerate(bert.encoder.layer)
        self._layers = [self._made(*each, maker) for each in rest]
        self._layers.append(self._made(*last, maker, query_apart=True))
        self._pooler = bert.pooler.dense.float()
        self._classifier = model.classifier.float()

    def _norm_of(self, norm: Any) -> _Norm:
        return _Norm(norm.weight.detach().to(self._dtype), norm.bias.detach().to(self._dtype))

    def _made(self, number: int, layer: Any, maker: Maker, *, query_apart: bool = False) -> _Layer:
        attention, output = layer.attention.self, layer.attention.output
        # What attention divides by is in the weights of the query: one pass less.
        share = (attention.query.out_features // self._heads) ** -0.5
        query, key, value, attended, wide, narrow = (
            (part.weight.detach(), part.bias.detach())
            for part in (
                attention.query, attention.key, attention.value, output.dense,
                layer.intermediate.dense, layer.output.dense,
            )
        )  # fmt: skip
        query = (query[0] * share, query[1] * share)

        def joined(*parts: Weights) -> nn.Module:
            weights, biases = zip(*parts, strict=True)
            return maker.linear(f"{number}.projections", (torch.cat(weights), torch.cat(biases)))

        return _Layer(
            projections=(joined(query), joined(key, value)) if query_apart else (joined(query, key, value),),
            attended=maker.linear(f"{number}.attended", attended),
            first_norm=self._norm_of(output.LayerNorm),
            feed_forward=maker.feed_forward(number, wide, narrow),
            second_norm=self._norm_of(layer.output.LayerNorm),
        )

    @torch.inference_mode()
    def __call__(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Vectors]:
        """Logits [texts, labels] and what heads read, in 32 bits, for tokens and mask [texts, longest]."""
        texts, longest = ids.shape
        states = functional.embedding(ids, self._words) + self._places[:longest]
        size = states.shape[-1]
        states = self._normed(states.view(-1, size), self._norm)
        bias = None
        if not bool(mask.all()):
            bias = (1 - mask[:, None, None, :]).to(self._dtype) * _LOWEST
        split = (texts, longest, -1, self._heads, size // self._heads)
        middle = states if self._layer == 0 else None
        for number, layer in enumerate(self._layers[:-1], 1):
            query, key, value = layer.projections[0](states).view(split).permute(2, 0, 3, 1, 4)
            states = self._rest(layer, states, self._attend(query, key, value, bias))
            if number == self._layer:
                middle = states
        last = self._layers[-1]
        key, value = last.projections[1](states).view(split).permute(2, 0, 3, 1, 4)
        first = states.view(texts, longest, size)[:, 0].contiguous()
        query = last.projections[0](first).view(texts, 1, self._heads, -1).transpose(1, 2)
        first = self._rest(last, first, self._attend(query, key, value, bias)).float()
        pooled = torch.tanh(self._pooler(first))
        logits: Tensor = self._classifier(pooled)
        return logits, Vectors(pooled, None if middle is None else mean_of(middle.view(texts, longest, size), mask))

    @staticmethod
    def _attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None) -> Tensor:
        if query.dtype == torch.float32 and key.shape[-2] <= _SHORT:
            weights = torch.matmul(query, key.transpose(-1, -2))
            if bias is not None:
                weights = weights.add_(bias)
            found = torch.matmul(torch.softmax(weights, -1), value)
        else:
            found = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, scale=1.0)
        return found.transpose(1, 2).reshape(-1, found.shape[1] * found.shape[-1])

    def _rest(self, layer: _Layer, states: Tensor, attended: Tensor) -> Tensor:
        states = self._normed(layer.attended(attended).add_(states), layer.first_norm)
        return self._normed(layer.feed_forward(states).add_(states), layer.second_norm)

    def _normed(self, states: Tensor, norm: _Norm) -> Tensor:
        return functional.layer_norm(states, states.shape[-1:], norm.weight, norm.bias, self._epsilon)
