"""The built-in demonstration."""

from typing import Literal

from api.answer import Answer


class DemonstrationOut(Answer):
    """The built-in demonstration."""

    brand: str
    state: Literal["absent", "running", "finished", "stopped"]
