"""What a checkpoint can say besides polarity: heads of their own on what its classifier reads."""

from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from core.errors import ModelError
from core.mention import Emotion

FILE = "heads.safetensors"
"""Beside the weights of a checkpoint: ``emotion`` and ``complaint``, each with a weight [answers, size] and a bias."""
EMOTIONS: tuple[Emotion, ...] = ("", "anger", "anxiety", "sadness", "joy")
"""The answers of the head ``emotion``, in order; the first is none of the others."""
_SURE = 0.5


class Extra(NamedTuple):
    """What the heads say of a text: an emotion that is likelier than not, and the probability of a complaint."""

    emotion: Emotion
    complaint: float | None


class Heads:
    """The heads of a checkpoint, computed in 32 bits.

    Args:
        folder: of the checkpoint.
        device: where what they read lies.

    Raises:
        ModelError: the file can't be read, or doesn't hold what it should.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        try:
            found = load_file(folder / FILE, device=str(device))
            self._emotion = found["emotion.weight"].float(), found["emotion.bias"].float()
            self._complaint = found["complaint.weight"].float(), found["complaint.bias"].float()
        except (OSError, SafetensorError, KeyError) as error:
            raise ModelError(f"{folder / FILE} can't be read ({error}): name a complete checkpoint.") from error
        if len(self._emotion[1]) != len(EMOTIONS) or len(self._complaint[1]) != 2:
            raise ModelError(f"{folder / FILE} answers other questions than this program asks: take it away.")

    def read(self, pooled: Tensor) -> list[Extra]:
        """What they say of each row of `pooled`, [texts, size]."""
        emotions = torch.softmax(functional.linear(pooled.float(), *self._emotion), -1).max(-1)
        complaints = torch.softmax(functional.linear(pooled.float(), *self._complaint), -1)[:, 1].tolist()
        return [
            Extra(EMOTIONS[place] if sure >= _SURE else "", complaint)
            for place, sure, complaint in zip(
                emotions.indices.tolist(), emotions.values.tolist(), complaints, strict=True
            )
        ]


def heads_of(folder: Path, device: torch.device) -> Heads | None:
    """The heads of a checkpoint that has some."""
    return Heads(folder, device) if (folder / FILE).is_file() else None
