"""The names of the arithmetics that a model can run in."""

from typing import Literal

Precision = Literal["auto", "fp32", "bf16", "fp16", "int8"]
"""``auto`` is the fastest that the machine has in hardware; ``int8`` runs on the processor only."""
