"""Where the bundled checkpoint lies; kept apart, so that asking for it loads nothing."""

from pathlib import Path


def bundled_model() -> Path:
    """The folder of the checkpoint that comes with the program, in the Hugging Face format."""
    return Path(__file__).parent / "model"
