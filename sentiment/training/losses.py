"""What a batch should have been read as, and how far off the network was."""

import torch
from torch import Tensor
from torch.nn import functional

from sentiment.training.batches import Labelled
from sentiment.training.corpus import UNLABELLED
from sentiment.training.network import Network

_SMOOTHING = 0.05
_EMOTION = 0.3
_COMPLAINT = 0.3
"""How much the heads for emotion and complaint count, beside the 1 of the sentiment's."""


def loss_of(network: Network, given: dict[str, Tensor], made: Labelled) -> Tensor:
    """Cross-entropy of each head over the texts that have its label; the sentiment's is weighted by the set."""
    total = given["pooled"].new_zeros((), dtype=torch.float32)
    known = made.sentiment != UNLABELLED
    if known.any():
        logits = given["sentiment"].float() + network.aside(given["pooled"], made.sets) + made.adjustments
        each = functional.cross_entropy(
            logits[known], made.sentiment[known], reduction="none", label_smoothing=_SMOOTHING
        )
        total = total + (each * made.weights[known]).sum() / made.weights[known].sum()
    for name, labels, weight in (
        ("emotion", made.emotion, _EMOTION),
        ("complaint", made.complaint, _COMPLAINT),
    ):
        part = functional.cross_entropy(
            given[name].float(), labels, ignore_index=UNLABELLED, label_smoothing=_SMOOTHING, reduction="sum"
        )
        total = total + weight * part / len(labels)
    return total
