"""What a checkpoint can say besides polarity: linear heads of their own on what its encoder makes of a text."""

from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional

from core.errors import ModelError
from core.mention import Emotion
from sentiment.fast_bert import Vectors
from sentiment.heads_file import EMOTIONS, FILE, described

_SURE = 0.5


class Extra(NamedTuple):
    """What the heads say of a text: an emotion likelier than not, the probability of a complaint, the surest theme."""

    emotion: Emotion
    complaint: float | None
    theme: str = ""


class _Head:
    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._weight, self._bias = weight.float(), bias.float()

    @property
    def finite(self) -> bool:
        return bool(self._weight.isfinite().all() and self._bias.isfinite().all())

    def __call__(self, pooled: Tensor) -> Tensor:
        return functional.linear(pooled, self._weight, self._bias)


class Heads:
    """The heads of a checkpoint, computed in 32 bits.

    Args:
        folder: of the checkpoint.
        device: where what they read lies.

    Attributes:
        layer: after how many layers the head for themes reads; None where there is none.

    Raises:
        ModelError: the file can't be read, or doesn't hold what it should.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        known = described(folder / FILE)
        self._names, self.layer = known.themes, known.layer
        with safe_open(folder / FILE, "pt", device=str(device)) as file:
            self._emotion = _Head(file.get_tensor("emotion.weight"), file.get_tensor("emotion.bias"))
            self._complaint = _Head(file.get_tensor("complaint.weight"), file.get_tensor("complaint.bias"))
            if self._names:
                self._themes = _Head(file.get_tensor("themes.weight"), file.get_tensor("themes.bias"))
        self._thresholds = torch.tensor(known.thresholds, device=device)
        if not all(head.finite for head in (self._emotion, self._complaint, *([self._themes] if self._names else []))):
            raise ModelError(f"{folder / FILE} holds weights that are no numbers: take it away.")

    def read(self, vectors: Vectors) -> list[Extra]:
        """What they say of each text; `vectors.middle` was taken after `layer` layers."""
        pooled = vectors.pooled.float()
        emotions = torch.softmax(self._emotion(pooled), -1).max(-1)
        complaints = torch.softmax(self._complaint(pooled), -1)[:, 1].tolist()
        return [
            Extra(EMOTIONS[place] if sure >= _SURE else "", complaint, theme)
            for place, sure, complaint, theme in zip(
                emotions.indices.tolist(),
                emotions.values.tolist(),
                complaints,
                self._theme_of(vectors.middle, len(pooled)),
                strict=True,
            )
        ]

    def _theme_of(self, middle: Tensor | None, texts: int) -> list[str]:
        if middle is None or not self._names:
            return [""] * texts
        above = (torch.sigmoid(self._themes(middle.float())) / self._thresholds).max(-1)
        return [
            self._names[place] if ratio >= 1 else ""
            for place, ratio in zip(above.indices.tolist(), above.values.tolist(), strict=True)
        ]


def heads_of(folder: Path, device: torch.device) -> Heads | None:
    """The heads of a checkpoint that has some."""
    return Heads(folder, device) if (folder / FILE).is_file() else None
