"""Texts of different lengths as one table: a pure function.

Apart from `sentiment.batching`, which programs import that never load numpy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.int64]]


def padded(texts: Sequence[Sequence[int]], padding: int, *, in_front: bool = False) -> tuple[Numbers, Numbers]:
    """The tokens of some texts as one table, and which of them count, both [texts, longest].

    Filled by numpy: making a tensor of each text costs as much as a layer of the network.

    Args:
        texts: their tokens. Of an empty one a single token of padding counts, so that there is something to read.
        padding: what fills up the shorter ones.
        in_front: for networks that read what stands last.
    """
    longest = max(1, *map(len, texts))
    numbers = np.full((len(texts), longest), padding, dtype=np.int64)
    mask = np.zeros((len(texts), longest), dtype=np.int64)
    for row, tokens in enumerate(texts):
        length = max(1, len(tokens))
        begin = longest - length if in_front else 0
        numbers[row, begin : begin + len(tokens)] = tokens
        mask[row, begin : begin + length] = 1
    return numbers, mask
