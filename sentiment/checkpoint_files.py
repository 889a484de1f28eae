"""Whether the files of a checkpoint's folder can be what they should be, found out without loading the model."""

import json
from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer

from core.errors import ModelError
from sentiment import heads_file
from sentiment.labels import meaning
from sentiment.reach_file import reaches_in

_WEIGHTS = ("model*.safetensors", "*.bin")
_CONFIG, _TOKENIZER = "config.json", "tokenizer.json"
_VOCABULARIES = (_TOKENIZER, "vocab.*", "*.model", "*.vocab")
"""One of these has the words of a tokenizer, older ones among them."""


def check_files(folder: Path, advice: str) -> None:
    """Refuse a folder from which no model can be loaded: files are missing, cut short, or don't belong together.

    A fraction of a second; what only loading can show (weights of another size or with other names) isn't seen.

    Args:
        folder: of the checkpoint, in the Hugging Face format.
        advice: what to do where a file is wrong; that depends on who named the folder.

    Raises:
        ModelError: which file is wrong, and how.
    """
    for fault in _faults(folder):
        raise ModelError(f"{fault}: {advice}")
    heads = folder / heads_file.FILE
    config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    labels = config.get("id2label")
    if isinstance(labels, dict) and all(number.isdecimal() for number in labels):
        meaning({int(number): str(label) for number, label in labels.items()})
    if config.get("model_type") != "bert":
        return
    if heads.is_file():
        heads_file.check_layer(heads, heads_file.described(heads).layer, config.get("num_hidden_layers"))
    reaches_in(folder, config)


def _faults(folder: Path) -> Iterator[str]:
    weights = [file for pattern in _WEIGHTS for file in sorted(folder.glob(pattern))]
    if not (folder / _CONFIG).is_file() or not weights:
        yield f"the model folder {folder} has no {_CONFIG} or no weights"
    try:
        if not isinstance(json.loads((folder / _CONFIG).read_text(encoding="utf-8")), dict):
            yield f"{folder / _CONFIG} describes no model"
    except (OSError, ValueError) as error:
        yield f"{folder / _CONFIG} can't be read ({error})"
    for file in weights:
        try:
            # The header says how long the file must be.
            if file.suffix == ".safetensors":
                with safe_open(file, "np"):
                    pass
        except (OSError, SafetensorError) as error:
            yield f"the weights {file} are cut short or damaged ({error})"
    if not any(next(folder.glob(pattern), None) for pattern in _VOCABULARIES):
        yield f"the model folder {folder} has no {_TOKENIZER}"
    try:
        if (folder / _TOKENIZER).is_file():
            Tokenizer.from_file(str(folder / _TOKENIZER))
    except Exception as error:  # noqa: BLE001  the library raises nothing more exact
        yield f"{folder / _TOKENIZER} is no tokenizer ({error})"
