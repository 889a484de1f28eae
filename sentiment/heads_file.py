"""What a checkpoint's file of heads says of itself; apart from what computes with them, so that it loads no torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar, get_args

import msgspec
from safetensors import SafetensorError, safe_open

from core.errors import ModelError
from core.mention import Emotion
from sentiment.themes import Lexicon
from sentiment.words import bundled_words

FILE = "heads.safetensors"
"""Beside the weights of a checkpoint: ``emotion`` and ``complaint``, each with a weight [answers, size] and a bias.

``themes`` too, where its metadata name them: ``themes`` is the JSON list of their names, which may be empty,
``thresholds`` that of the probabilities, above 0, from which on a text has each, and ``layer`` the number of the layer
whose states this head reads, the mean of all tokens. What a text is about is gone from the last ones, which know how it
is meant.
"""
EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)
"""The answers of the head ``emotion``, in order; the first is none of the others."""
_PARTS = ("weight", "bias")
_DIMENSIONS = 2

Told = TypeVar("Told")


class Described(NamedTuple):
    """What the metadata say of the head for themes; `layer` is None where there is no such head."""

    themes: tuple[str, ...]
    thresholds: tuple[float, ...]
    layer: int | None


def described(file: Path) -> Described:
    """Read the metadata of a file of heads, and whether it answers what this program asks; no weight is loaded.

    Raises:
        ModelError: the file can't be read, says nothing of itself, or answers other questions.
    """
    try:
        with safe_open(file, "np") as opened:
            known = opened.metadata() or {}
            shapes = {name: opened.get_slice(name).get_shape() for name in opened.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{file} can't be read ({error}): name a complete checkpoint.") from error
    if "themes" not in known:
        raise ModelError(f"{file} has no metadata that name its themes: name a complete checkpoint.")
    names = _told(file, known, "themes", tuple[str, ...])
    found = Described(
        names,
        _told(file, known, "thresholds", tuple[float, ...]) if names else (),
        _told(file, known, "layer", int) if names else None,
    )
    wanted = {"emotion": len(EMOTIONS), "complaint": 2} | ({"themes": len(names)} if names else {})
    if missing := [f"{name}.{part}" for name in wanted for part in _PARTS if f"{name}.{part}" not in shapes]:
        raise ModelError(f"{file} can't be read (it lacks {missing[0]}): name a complete checkpoint.")
    fits = all(
        len(shapes[f"{name}.weight"]) == _DIMENSIONS
        and shapes[f"{name}.weight"][0] == count
        and shapes[f"{name}.bias"] == [count]
        for name, count in wanted.items()
    )
    if not fits or len(found.thresholds) != len(names) or not all(each > 0 for each in found.thresholds):
        raise ModelError(f"{file} answers other questions than this program asks: take it away.")
    harmless = Lexicon(bundled_words()).harmless_themes
    if strange := [name for name in names if name not in harmless]:
        raise ModelError(
            f"{file} names the themes {', '.join(map(repr, strange))}, which a model may not find: the themes are "
            f"{', '.join(harmless)}. Take the file away, or train it anew."
        )
    return found


def _told(file: Path, known: Mapping[str, str], name: str, kind: type[Told]) -> Told:
    """What the metadata say under a name."""
    try:
        return msgspec.json.decode(known.get(name, ""), type=kind)
    except msgspec.DecodeError:
        raise ModelError(
            f"{file} says {known.get(name, 'nothing')!r} of its {name}, which can't be understood: "
            "name a complete checkpoint."
        ) from None


def check_layer(file: Path, layer: int | None, layers: object) -> None:
    """Refuse a head for themes that reads where the model, of so many layers, has nothing to read.

    Raises:
        ModelError: there is no such layer before the last one.
    """
    if layer is not None and isinstance(layers, int) and not 0 <= layer < layers:
        raise ModelError(
            f"{file} reads its themes from layer {layer}, but the model beside it has only the layers 0 to "
            f"{layers - 1} to read from: name a complete checkpoint, whose files belong together."
        )
