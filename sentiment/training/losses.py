"""What a batch should have been read as, and how far off the network was."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from sentiment.training.batches import Labelled
from sentiment.training.corpus import UNLABELLED
from sentiment.training.network import Network


@dataclass(frozen=True)
class Weights:
    """How much the heads for emotion and complaint count, beside the 1 of the sentiment's."""

    label_smoothing: float = 0.05
    emotion: float = 0.3
    complaint: float = 0.3


def loss_of(network: Network, given: dict[str, Tensor], made: Labelled, weights: Weights) -> Tensor:
    """Cross-entropy of each head over the texts that have its label; the sentiment's is weighted by the set."""
    total = given["pooled"].new_zeros((), dtype=torch.float32)
    known = made.sentiment != UNLABELLED
    if known.any():
        logits = given["sentiment"].float() + network.aside(given["pooled"], made.sets) + made.adjustments
        each = functional.cross_entropy(
            logits[known], made.sentiment[known], reduction="none", label_smoothing=weights.label_smoothing
        )
        total = total + (each * made.weights[known]).sum() / made.weights[known].sum()
    for name, labels, weight in (
        ("emotion", made.emotion, weights.emotion),
        ("complaint", made.complaint, weights.complaint),
    ):
        if (labels != UNLABELLED).any():
            share = (labels != UNLABELLED).float().mean()
            part = functional.cross_entropy(
                given[name].float(), labels, ignore_index=UNLABELLED, label_smoothing=weights.label_smoothing
            )
            total = total + weight * share * part
    return total
