"""Help texts as they are written: nothing in square brackets is taken for markup, and flags name no type."""

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from typer.core import HAS_RICH, TyperCommand, TyperGroup


def _escaped(text: str | None) -> str | None:
    """As typer's own help must be given it to show it as it is; where rich isn't used, nothing is taken for markup."""
    return escape(text) if text and HAS_RICH else text


def _plain(params: Sequence[Any]) -> None:
    for param in params:
        param.help = _escaped(getattr(param, "help", None))


class Command(TyperCommand):
    """A command whose help is shown as it is written."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **{**settings, "help": _escaped(settings.get("help"))})
        _plain(self.params)

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters; of a flag the name says everything."""
        return _without_types(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands whose help is shown as it is written."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **{**settings, "help": _escaped(settings.get("help"))})
        _plain(self.params)

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters; of a flag the name says everything."""
        return _without_types(super().get_params(ctx))


def _without_types(params: list[Any]) -> list[Any]:
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params
