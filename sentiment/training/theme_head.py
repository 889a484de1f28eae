"""The head for themes: fitted on the finished encoder, whose vectors stay as they are."""

import random
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from sentiment.training import corpus, sets, themes
from sentiment.training.answers import head_on, pooled_of
from sentiment.training.network import THEMES, Learner

_SHRINKAGE = 1e-5
_STEPS = 300


def learn_themes(learner: Learner, data: Path, *, count: int, seed: int, max_tokens: int) -> None:
    """Fit the head in place, on `count` of the texts that training may see (or all of them), their theme words hidden.

    A text is read as it is in use: the encoder is asked for a theme only where no word names one.
    """
    texts = list(corpus.studied_texts(data))
    chosen = random.Random(seed).sample(texts, min(count, len(texts)))
    pooled, named = hidden_themes(learner, chosen, max_tokens)
    weight, bias = fitted(pooled, named)
    head: Any = learner.network.heads["themes"]
    head.weight.data.copy_(weight)
    head.bias.data.copy_(bias)


def hidden_themes(learner: Learner, texts: list[str], max_tokens: int) -> tuple[Tensor, Tensor]:
    """What the heads read of each text without its theme words, and which themes they named, 0 or 1 [texts, themes]."""
    pooled = pooled_of(learner, [themes.without_theme_words(text) for text in texts], max_tokens)
    found = [themes.numbers_of(text) for text in texts]
    return pooled, torch.tensor([[float(number in numbers) for number in range(THEMES)] for numbers in found])


def fitted(pooled: Tensor, named: Tensor) -> tuple[Tensor, Tensor]:
    """Logistic regression for each theme: weights [themes, size] and biases [themes]."""
    weight = torch.zeros(named.shape[1], pooled.shape[1], requires_grad=True)
    bias = torch.zeros(named.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        said = functional.linear(pooled, weight, bias)
        loss = functional.binary_cross_entropy_with_logits(said, named) + _SHRINKAGE * weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return weight.detach(), bias.detach()


def theme_thresholds(learner: Learner, data: Path, max_tokens: int) -> list[float]:
    """From which probability on a text has each theme; see `sentiment.training.themes.thresholds`.

    One half of the held-out texts decides, the other half tells how well it does (`sentiment.training.questions`).
    """
    texts = [text for text in corpus.held_out_texts(data) if not sets.of_second_half(text)]
    pooled, named = hidden_themes(learner, texts, max_tokens)
    return themes.thresholds(torch.sigmoid(head_on(learner.network, "themes", pooled)), named)
