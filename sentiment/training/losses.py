"""What a batch should have been read as, and how far off the network was."""

import torch
from torch import Tensor
from torch.nn import functional

from sentiment.training.batches import Labelled
from sentiment.training.corpus import UNLABELLED
from sentiment.training.network import HEADS, Network

_SMOOTHING = 0.05
_WEIGHTS = {"sentiment": 1.0, "emotion": 0.3, "complaint": 0.3}
"""How much each head counts, its labels and what the teachers say of it alike."""


def loss_of(network: Network, given: dict[str, Tensor], made: Labelled) -> Tensor:
    """Cross-entropy of each head over the texts that have its label; the sentiment's is weighted by the set.

    Where there are teachers, what they say of every text is learnt too: the question as the product asks it, so without
    what is particular to a set.
    """
    total = given["pooled"].new_zeros((), dtype=torch.float32)
    known = made.sentiment != UNLABELLED
    if known.any():
        logits = given["sentiment"].float() + network.aside(given["pooled"], made.sets) + made.adjustments
        each = functional.cross_entropy(
            logits[known], made.sentiment[known], reduction="none", label_smoothing=_SMOOTHING
        )
        total = total + (each * made.weights[known]).sum() / made.weights[known].sum()
    for name, labels in (("emotion", made.emotion), ("complaint", made.complaint)):
        part = functional.cross_entropy(
            given[name].float(), labels, ignore_index=UNLABELLED, label_smoothing=_SMOOTHING, reduction="sum"
        )
        total = total + _WEIGHTS[name] * part / len(labels)
    if not made.taught.shape[1]:
        return total
    taught = made.taught.split(tuple(HEADS.values()), dim=1)
    for (name, weight), wanted in zip(_WEIGHTS.items(), taught, strict=True):
        total = total + weight * functional.cross_entropy(given[name].float(), wanted)
    return total
