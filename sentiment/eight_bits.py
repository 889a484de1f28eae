"""The layers of a transformer in 8-bit integers whose scales were measured beforehand, on texts that training saw.

With a scale that is known, a multiplication gives what the next one takes: its bias and the activation are the kernel's
own business, and nothing has to be looked through for its largest value. What stands beside a text in a batch doesn't
change how it is read, as it would with a scale of each batch.

A few channels reach ten times as far as all others, mostly at a text's first and last token, and what they say is
needed. They are treated apart, each kind in the way that costs least:

- before a layer they are made smaller, its weights larger by as much (Xiao et al., "SmoothQuant", ICML 2023);
- between the two halves of the feed-forward part, where a channel comes out of the activation, they are computed in 32
  bits (Dettmers et al., "LLM.int8()", NeurIPS 2022, which does so for the channels of each input; here they are known).
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from sentiment.linear import LARGEST, MIDDLE, as_bytes, packed_rows

Reaches = Mapping[str, Tensor]
"""How far each channel of what a part is given goes from 0 [channels], by part (`sentiment.reach_file.FILE`)."""

_USUAL = 0.98
"""Share of the channels that the 8 bits are laid out for; those that reach further are made as small as these."""
_EXACT = 8
"""At most so many channels between the halves of the feed-forward part are computed in 32 bits."""
_FAR = 1.5
"""Only those that reach so many times as far as the first that isn't."""
_TOLERANCE = 0.05
_LOWEST_GELU = -0.17
"""GELU gives nothing below this."""


class Linear(nn.Module):
    """A linear layer with a scale for each row of its weights and a known one for its input.

    Args:
        weight: [out, in].
        bias: [out].
        reach: of each channel of the input [in].
    """

    def __init__(self, weight: Tensor, bias: Tensor, reach: Tensor) -> None:
        super().__init__()
        smaller = _smaller(reach)
        self.scale = float((reach * smaller).max()) / LARGEST
        self.factor = smaller / self.scale
        self.packed, self.scales, self.zeros = packed_rows(weight / smaller)
        self.bias = bias

    def forward(self, values: Tensor) -> Tensor:
        """[rows, in] to [rows, out]."""
        answer: Tensor = torch.ops.onednn.qlinear_pointwise(
            _rounded(values, self.factor), self.scale, MIDDLE, self.packed, self.scales, self.zeros, self.bias,
            1.0, 0, torch.float32, "none", [], "",
        )  # fmt: skip
        return answer


class FeedForward(nn.Module):
    """The two linear layers of a transformer's layer with GELU between them, whose values stay 8-bit integers.

    Args:
        wide: weight [between, in] and bias [between] of the first.
        narrow: weight [out, between] and bias [out] of the second.
        reach: of each channel of the input [in].
        reach_between: of each channel of the second layer's input [between].
    """

    def __init__(
        self, wide: tuple[Tensor, Tensor], narrow: tuple[Tensor, Tensor], reach: Tensor, reach_between: Tensor
    ) -> None:
        super().__init__()
        exact, highest = _exact(reach_between)
        self.exact_in, self.exact_bias = wide[0][exact].contiguous(), wide[1][exact].contiguous()
        self.exact_out = narrow[0][:, exact].T.contiguous()
        inner = narrow[0].clone()
        inner[:, exact] = 0
        self.wide = Linear(*wide, reach)
        self.between = (highest - _LOWEST_GELU) / (2 * LARGEST + 1)
        self.zero = round(-_LOWEST_GELU / self.between)
        self.packed, self.scales, self.zeros = packed_rows(inner)
        self.bias = narrow[1]

    def forward(self, values: Tensor) -> Tensor:
        """[rows, in] to [rows, out], both in 32 bits."""
        wide, multiply = self.wide, torch.ops.onednn.qlinear_pointwise
        inner = multiply(
            _rounded(values, wide.factor), wide.scale, MIDDLE, wide.packed, wide.scales, wide.zeros, wide.bias,
            self.between, self.zero, torch.uint8, "gelu", [], "none",
        )  # fmt: skip
        answer: Tensor = multiply(
            inner, self.between, self.zero, self.packed, self.scales, self.zeros, self.bias,
            1.0, 0, torch.float32, "none", [], "",
        )  # fmt: skip
        if len(self.exact_in):
            exact = functional.gelu(functional.linear(values, self.exact_in, self.exact_bias))
            answer.addmm_(exact, self.exact_out)
        return answer


class EightBits:
    """Makes such layers for `sentiment.fast_bert`.

    Args:
        reaches: of all parts of all layers.
    """

    dtype = torch.float32

    def __init__(self, reaches: Reaches) -> None:
        self._reaches = reaches

    def linear(self, name: str, weights: tuple[Tensor, Tensor]) -> nn.Module:
        """A layer with the scale that its input needs."""
        return Linear(*weights, self._reaches[name])

    def feed_forward(self, number: int, wide: tuple[Tensor, Tensor], narrow: tuple[Tensor, Tensor]) -> nn.Module:
        """Two layers whose values between them stay 8-bit integers."""
        return FeedForward(wide, narrow, self._reaches[f"{number}.wide"], self._reaches[f"{number}.narrow"])


def work() -> bool:
    """Whether the kernels for this are there and compute what 32 bits do."""
    size = 32
    first = torch.linspace(-1, 1, 4 * size * size).view(4 * size, size), torch.linspace(-1, 1, 4 * size)
    second = torch.linspace(1, -1, 4 * size * size).view(size, 4 * size) / size, torch.linspace(-1, 1, size)
    values = torch.linspace(-1, 1, 4 * size).view(4, size)
    try:
        with torch.inference_mode():
            inner = functional.gelu(functional.linear(values, *first))
            wanted = functional.linear(inner, *second)
            given = FeedForward(first, second, values.abs().amax(0), inner.abs().amax(0))(values)
    except (AttributeError, NotImplementedError, RuntimeError):
        return False
    return torch.allclose(given, wanted, atol=_TOLERANCE * float(wanted.abs().max()))


def _smaller(reach: Tensor) -> Tensor:
    """What each channel is multiplied by, at most 1, so that none reaches further than most of them."""
    usual = torch.quantile(reach, _USUAL).clamp_min(1e-6)
    return (usual / reach.clamp_min(1e-6)).clamp_max(1.0)


def _exact(reach: Tensor) -> tuple[Tensor, float]:
    """The numbers of the channels that are computed in 32 bits, and how far the others reach."""
    furthest = reach.topk(min(_EXACT + 1, len(reach)))
    usual = float(furthest.values[-1]) * _FAR
    far = furthest.values > usual
    others = furthest.values[~far]
    return furthest.indices[far], float(others.max().clamp_min(1e-6))


def _rounded(values: Tensor, factor: Tensor) -> Tensor:
    """Values times a factor for each channel as unsigned bytes; what goes further than they do is cut."""
    return as_bytes((values * factor).round_().clamp_(-LARGEST, LARGEST))
