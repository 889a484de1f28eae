"""Where checkpoints lie; kept apart from what reads them, so that asking for it loads nothing."""

import re
from pathlib import Path

from core.errors import ModelError

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+|[\w-]+")


def bundled_model() -> Path:
    """The folder of the checkpoint that comes with the program, in the Hugging Face format."""
    return Path(__file__).parent / "model"


def where(checkpoint: Path | str) -> tuple[str, bool]:
    """Where to load a checkpoint from, and whether that is a folder here; a folder is never looked up on the hub.

    Raises:
        ModelError: it is neither a folder nor could it be a name on the model hub.
    """
    folder = Path(checkpoint).expanduser()
    if folder.is_dir():
        return str(folder), True
    if isinstance(checkpoint, Path) or not _HUB_NAME.fullmatch(checkpoint):
        raise ModelError(
            f"There is no model folder {checkpoint}: check SIXMINUTE_MODEL, or leave it empty for the bundled model."
        )
    return checkpoint, False
