"""Linear layers laid out for the processor's own matrix instructions.

Both kinds call the oneDNN kernels that torch's compiler calls, with the weights in the kernels' own order, which
`torch.nn.Linear` brings them into anew for every batch. The operators are not part of torch's public interface, so
`works` looks whether they are there and compute what they should; where they don't, layers stay as torch has them.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Activation = Literal["none", "gelu"]

_BATCH = 4_096
"""Rows that the layout is best for; others are computed all the same."""
_TOLERANCE = 0.05
LARGEST, MIDDLE = 127, 128
"""The largest 8-bit integer that a value becomes, and what 0 is among unsigned ones."""


class Plain(nn.Module):
    """A linear layer as torch has it, with what comes after it."""

    def __init__(self, weight: Tensor, bias: Tensor | None, activation: Activation) -> None:
        super().__init__()
        self.weight, self.bias, self.activation = weight, bias, activation

    def forward(self, values: Tensor) -> Tensor:
        """[rows, in] to [rows, out]."""
        answer = functional.linear(values, self.weight, self.bias)
        return functional.gelu(answer) if self.activation == "gelu" else answer


class Packed(nn.Module):
    """A linear layer whose weights lie as the kernel reads them; computes in the type of its weights."""

    def __init__(self, weight: Tensor, bias: Tensor | None, activation: Activation) -> None:
        super().__init__()
        self.packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), _BATCH)  # noqa: SLF001
        self.bias, self.activation = bias, activation

    def forward(self, values: Tensor) -> Tensor:
        """[..., in] to [..., out]."""
        answer: Tensor = torch.ops.mkldnn._linear_pointwise(  # noqa: SLF001
            values, self.packed, self.bias, self.activation, [], "none" if self.activation == "gelu" else ""
        )
        return answer


class Int8(nn.Module):
    """A linear layer in 8-bit integers: a scale for each row of the weights, and one for each row of the input.

    A scale for each row of the input keeps a batch from deciding how exactly one of its texts is read (Dettmers et
    al., "LLM.int8()", 2022, vector-wise quantisation). Inputs and answers are in 32-bit floats.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, activation: Activation) -> None:
        super().__init__()
        self.packed, self.scale, self.zero = packed_rows(weight)
        self.bias, self.activation = bias, activation

    def forward(self, values: Tensor) -> Tensor:
        """[..., in] to [..., out]."""
        rows = values.reshape(-1, values.shape[-1])
        scale = (torch.maximum(rows.amax(1, keepdim=True), rows.amin(1, keepdim=True).neg()) / LARGEST).clamp_min_(1e-8)
        answer: Tensor = torch.ops.onednn.qlinear_pointwise(
            as_bytes((rows / scale).round_()),
            1.0,
            MIDDLE,
            self.packed,
            self.scale,
            self.zero,
            None,
            1.0,
            0,
            torch.float32,
            "none",
            [],
            "",
        )
        answer = answer.mul_(scale) if self.bias is None else torch.addcmul(self.bias, answer, scale, out=answer)
        if self.activation == "gelu":
            answer = torch.ops.aten.gelu_(answer)
        return answer.view(*values.shape[:-1], -1)


def packed_rows(weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weights [out, in] in 8-bit integers as the kernel reads them, with the scale and the zero of each row."""
    scales = (weight.abs().amax(1) / LARGEST).clamp_min(1e-8)
    rounded = (weight / scales[:, None]).round().clamp(-LARGEST, LARGEST).to(torch.int8)
    return torch.ops.onednn.qlinear_prepack(rounded, None), scales, torch.zeros(len(scales), dtype=torch.int32)


def as_bytes(rounded: Tensor) -> Tensor:
    """Whole numbers from -127 to 127 as unsigned bytes around `MIDDLE`.

    By way of signed integers and their uppermost bit: torch turns floats into unsigned ones six times as slowly.
    """
    return rounded.to(torch.int8).view(torch.uint8).bitwise_xor_(MIDDLE)


Kind = type[Plain] | type[Packed] | type[Int8]


class Floats:
    """Makes layers of one kind for `sentiment.fast_bert`.

    Args:
        kind: of the linear layers.
        dtype: of everything.
    """

    def __init__(self, kind: Kind, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self._kind = kind

    def linear(self, name: str, weights: tuple[Tensor, Tensor]) -> nn.Module:  # noqa: ARG002 - others measure by it
        """A layer of that kind."""
        return self._made(weights, "none")

    def feed_forward(self, number: int, wide: tuple[Tensor, Tensor], narrow: tuple[Tensor, Tensor]) -> nn.Module:
        """Two layers, the activation in the kernel of the first."""
        del number
        return nn.Sequential(self._made(wide, "gelu"), self._made(narrow, "none"))

    def _made(self, weights: tuple[Tensor, Tensor], activation: Activation) -> nn.Module:
        weight, bias = (each.to(self.dtype) for each in weights)
        return self._kind(weight, bias, activation)


def best_kind(dtype: torch.dtype) -> Kind:
    """`Packed` where it works in this type, else `Plain`."""
    return Packed if works(Packed, dtype) else Plain


def works(kind: Kind, dtype: torch.dtype) -> bool:
    """Whether the kernels of a kind are there and compute what `Plain` does in this type."""
    weight = torch.linspace(-1, 1, 64 * 32).view(64, 32).to(dtype)
    bias, values = torch.ones(64, dtype=dtype), torch.linspace(-1, 1, 4 * 32).view(4, 32).to(dtype)
    try:
        with torch.inference_mode():
            given = kind(weight, bias, "gelu")(values)
            wanted = Plain(weight, bias, "gelu")(values)
    except (AttributeError, NotImplementedError, RuntimeError):
        return False
    return torch.allclose(given.float(), wanted.float(), atol=_TOLERANCE, rtol=_TOLERANCE)


def with_layers(model: nn.Module, kind: Kind) -> nn.Module:
    """Replace every linear layer of a model by one of this kind; the model is changed in place."""
    for name, child in model.named_children():
        if type(child) is nn.Linear:  # a subclass may be read in ways of its own
            bias = None if child.bias is None else child.bias.detach()
            setattr(model, name, kind(child.weight.detach(), bias, "none"))
        else:
            with_layers(child, kind)
    return model
