"""Where checkpoints lie; kept apart from what reads them, so that asking for it loads nothing."""

import re
from pathlib import Path

import msgspec

from core.errors import ModelError
from core.model_error import Confusion, KnownError

CONFUSION_FILE = "confusion.json"
"""In a checkpoint's folder: by language and wanted label, how often it gave each label to texts it never saw."""

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+|[\w-]+")


def bundled_model() -> Path:
    """The folder of the checkpoint that comes with the program, in the Hugging Face format."""
    return Path(__file__).parent / "model"


def where(checkpoint: Path | str, setting: str = "SIXMINUTE_MODEL") -> tuple[str, bool]:
    """Where to load a checkpoint from, and whether that is a folder here; a folder is never looked up on the hub.

    Args:
        checkpoint: a folder, or a name on the model hub.
        setting: what named it, for the message.

    Raises:
        ModelError: it is neither a folder nor could it be a name on the model hub.
    """
    folder = Path(checkpoint).expanduser()
    if folder.is_dir():
        return str(folder), True
    if isinstance(checkpoint, Path) or not _HUB_NAME.fullmatch(checkpoint):
        raise ModelError(f"There is no model folder {checkpoint}: check {setting}, or leave it empty.")
    return checkpoint, False


def known_error(checkpoint: Path | str) -> KnownError:
    """What is known of a checkpoint's error, by language.

    Nothing where its folder has no `CONFUSION_FILE`, or where it is no folder of this machine.

    Raises:
        ModelError: the file can't be read.
    """
    file = Path(checkpoint).expanduser() / CONFUSION_FILE
    if not file.is_file():
        return {}
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Confusion])
    except (OSError, msgspec.DecodeError) as error:
        raise ModelError(f"{file} can't be read ({error}): correct it, or remove it to do without.") from error
