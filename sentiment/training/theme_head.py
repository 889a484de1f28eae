"""The head for themes: fitted on the finished encoder, whose vectors stay as they are.

It reads the mean of the tokens' states in the middle of the network. The last layers were taught how a text is meant,
and have let go of what it is about.
"""

import random
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from sentiment.training import corpus, sets, themes
from sentiment.training.answers import answers_of, middle_layer
from sentiment.training.network import Learner

_TEXTS = 120_000
"""Of so many texts, at most, the head is learnt."""
_L2_PENALTY = 1e-4
_STEPS = 300


class ThemeHead(NamedTuple):
    """Weights [themes, size] and biases [themes], from which probability on a text has each theme, and the layer."""

    weight: Tensor
    bias: Tensor
    thresholds: list[float]
    layer: int


def learn_themes(learner: Learner, data: Path, seed: int) -> ThemeHead:
    """Fit the head on `_TEXTS` of the texts that training may see (or all of them), their theme words hidden.

    A text is read as it is in use: the encoder is asked for a theme only where no word names one. One half of the
    held-out texts decides the thresholds (`sentiment.training.themes.thresholds`), the other half tells how well it
    does (`sentiment.training.questions`).
    """
    texts = list(corpus.studied_texts(data))
    chosen = random.Random(seed).sample(texts, min(_TEXTS, len(texts)))
    weight, bias = fitted(*_hidden_themes(learner, chosen))
    validation = [text for text in corpus.held_out_texts(data) if not sets.of_second_half(text)]
    vectors, named = _hidden_themes(learner, validation)
    said = torch.sigmoid(functional.linear(vectors, weight, bias))
    return ThemeHead(weight, bias, themes.thresholds(said, named), middle_layer(learner.network))


def _hidden_themes(learner: Learner, texts: list[str]) -> tuple[Tensor, Tensor]:
    """What the head reads of each text without its theme words, and which themes they named, 0 or 1 [texts, themes]."""
    _, vectors = answers_of(learner, [themes.without_theme_words(text) for text in texts])
    found = [themes.numbers_of(text) for text in texts]
    numbers = range(len(themes.asked()))
    return vectors, torch.tensor([[float(number in each) for number in numbers] for each in found])


def fitted(vectors: Tensor, named: Tensor) -> tuple[Tensor, Tensor]:
    """Logistic regression for each theme: weights [themes, size] and biases [themes]."""
    mean, deviation = vectors.mean(0), vectors.std(0).clamp_min(1e-6)
    scaled = (vectors - mean) / deviation
    weight = torch.zeros(named.shape[1], vectors.shape[1], requires_grad=True)
    bias = torch.zeros(named.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        said = functional.linear(scaled, weight, bias)
        loss = functional.binary_cross_entropy_with_logits(said, named) + _L2_PENALTY * weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    plain = weight.detach() / deviation
    return plain, bias.detach() - plain @ mean
