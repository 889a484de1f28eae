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
    """How much each part of the loss counts.

    `emotion`, `complaint`, `themes`: their heads, beside the 1 of the sentiment's labels. `teacher`: the teachers' view
    of the sentiment, softened by the `temperature`. `pooled`: what the teacher's heads read.
    """

    label_smoothing: float = 0.05
    emotion: float = 0.3
    complaint: float = 0.3
    themes: float = 0.0
    sentiment: float = 1.0
    teacher: float = 0.0
    temperature: float = 2.0
    pooled: float = 0.0


def of_labels(network: Network, given: dict[str, Tensor], made: Labelled, weights: Weights) -> Tensor:
    """Cross-entropy of each head over the texts that have its label; the sentiment's is weighted by the set."""
    total = given["pooled"].new_zeros((), dtype=torch.float32)
    known = made.sentiment != UNLABELLED
    if known.any():
        logits = given["sentiment"].float() + network.aside(given["pooled"], made.sets) + made.adjustments
        each = functional.cross_entropy(
            logits[known], made.sentiment[known], reduction="none", label_smoothing=weights.label_smoothing
        )
        total = total + weights.sentiment * (each * made.weights[known]).sum() / made.weights[known].sum()
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
    if weights.themes:
        part = functional.binary_cross_entropy_with_logits(given["themes"].float(), made.themes)
        total = total + weights.themes * made.themes.shape[1] * part
    return total


def of_teachers(given: dict[str, Tensor], logits: Tensor, pooled: Tensor, weights: Weights) -> Tensor:
    """How far the sentiment and the vector that the heads read are from the teachers'.

    Args:
        given: what the network says.
        logits: the teachers' of the sentiment, [texts, labels].
        pooled: the teacher's vectors, [texts, size].
        weights: of both parts. The first is the divergence of softened probabilities (Hinton et al., "Distilling the
            Knowledge in a Neural Network", 2015), the second the mean squared distance.
    """
    temperature = weights.temperature
    divergence = functional.kl_div(
        functional.log_softmax(given["sentiment"].float() / temperature, -1),
        functional.log_softmax(logits.float() / temperature, -1),
        reduction="batchmean",
        log_target=True,
    )
    distance = functional.mse_loss(given["pooled"].float(), pooled.float())
    return weights.teacher * temperature**2 * divergence + weights.pooled * distance
