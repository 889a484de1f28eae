"""What is shown on a terminal, to people and to scripts."""

import io
import json
import sys
from typing import Any


def printable(text: str) -> str:
    """A message in one line that can't drive the terminal, whatever a file or network put into it."""
    return "".join(character if character.isprintable() else " " for character in text)


def print_json(value: Any) -> None:
    """A value as JSON, on standard output; lone surrogates become `?`."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
