"""What several networks say together of every text that one network is to learn from.

A network that learns what an ensemble says, beside the labels, does nearly as well as the ensemble: Hinton, Vinyals and
Dean, "Distilling the Knowledge in a Neural Network" (2015); Furlanello et al., "Born-Again Neural Networks" (2018).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from sentiment.batching import form_batches, tokens_of
from sentiment.padding import padded
from sentiment.training.network import HEADS, Learner

_TOKENS = 16_384
_TOLD_EVERY = 50
"""Batches between two lines of progress: on a processor all texts take many minutes."""


class Teaching:
    """The mean of the probabilities that teachers give, by text.

    Args:
        texts: all that will be asked for, each once.
        answers: of each text, [texts, answers of all heads].
    """

    def __init__(self, texts: Sequence[str], answers: Tensor) -> None:
        self._rows = {text: row for row, text in enumerate(texts)}
        self._answers = answers

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """What the teachers say of some of the texts, [texts, answers of all heads]."""
        return self._answers[[self._rows[text] for text in texts]]


@torch.no_grad()
def probabilities(learner: Learner, texts: Sequence[str]) -> Tensor:
    """What one network says, [texts, answers of all heads], each head's adding up to 1."""
    network, tokenizer = learner
    network.eval()
    device = next(network.parameters()).device
    tokens = tokens_of(tokenizer, texts)
    found = torch.empty(len(texts), sum(HEADS.values()))
    batches = form_batches([len(each) for each in tokens], _TOKENS)
    for number, batch in enumerate(batches):
        if number % _TOLD_EVERY == 0:
            print(f"asking about {len(texts)} texts: {number / len(batches):.0%}", flush=True)
        ids, mask = map(torch.from_numpy, padded([tokens[row] for row in batch], tokenizer.pad_token_id))
        with torch.autocast(device.type, dtype=torch.bfloat16):
            given = network(ids.to(device), mask.to(device))
        said = [given[name].float().softmax(-1) for name in HEADS]
        found[batch] = torch.cat(said, dim=1).cpu()
    return found
