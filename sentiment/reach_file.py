"""How far the inputs of a checkpoint's layers go, measured beforehand; read without torch, so that looking is cheap."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from core.errors import ModelError

FILE = "reach.safetensors"
"""Beside the weights of a checkpoint: what 8-bit integers are laid out by.

For each layer N, from 0, how far each channel of what its parts are given goes from 0, on texts like those that the
checkpoint is for: ``N.projections`` (query, key and value), ``N.attended`` (what follows attention), ``N.wide`` and
``N.narrow`` (the two halves of the feed-forward part).
"""

Numbers = np.ndarray[Any, np.dtype[np.float32]]


def reaches_in(folder: Path, config: Mapping[str, Any]) -> dict[str, Numbers] | None:
    """What was measured of a checkpoint, by part; None where nothing was.

    Args:
        folder: of the checkpoint.
        config: what its ``config.json`` says.

    Raises:
        ModelError: the file can't be read, or was measured of a checkpoint of other sizes.
    """
    file = folder / FILE
    if not file.is_file():
        return None
    try:
        found = {name: reach.astype(np.float32) for name, reach in load_file(file).items()}
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{file} can't be read ({error}): name a complete checkpoint.") from error
    size, between = config.get("hidden_size"), config.get("intermediate_size")
    sizes = {"projections": size, "attended": size, "wide": size, "narrow": between}
    for number in range(config.get("num_hidden_layers", 0)):
        for part, channels in sizes.items():
            reach = found.get(f"{number}.{part}")
            if reach is None or reach.shape != (channels,) or not (np.isfinite(reach).all() and reach.max() > 0):
                raise ModelError(
                    f"{file} was not measured of the model beside it ({number}.{part}): name a complete checkpoint, "
                    "whose files belong together, or take the file away."
                )
    return found
