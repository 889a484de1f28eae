"""What is wrong with a setting that is of another kind than it must be, in words for whoever wrote it."""

import re
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

_AT = re.compile(r"(?P<what>.*) - at `\$\.?(?P<name>.*)`")
_WANTED = {int: "write a whole number", float: "write a number", str: "write a text in quotes"}
_KINDS = {
    "`int`": "a whole number",
    "`float`": "a number",
    "`str`": "a text",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
}


def complaint(where: str, prefix: str, given: Mapping[str, Any], kind: type, error: Exception) -> str:
    """What to correct, which setting it is, and what may be chosen.

    Args:
        where: the file, or nothing for the environment.
        prefix: of the names of variables.
        given: what was written, by name.
        kind: what it should have become.
        error: msgspec's complaint, whose words are for programmers.
    """
    found = _AT.fullmatch(str(error))
    what, name = (found["what"], found["name"]) if found else (str(error), "")
    title = f"{where}: {name}" if where else f"{prefix}{name.upper()}"
    its = get_type_hints(kind).get(name)
    wanted = _wanted(its)
    if not wanted:
        for said, plain in _KINDS.items():
            what = what.replace(said, plain)
        return f"{title}: {what[:1].lower()}{what[1:]}. Correct it and start again."
    # A text may be a secret, whatever stands in its place.
    shown = f" {given[name]}" if its is not str and isinstance(given[name], str | int | float) else ""
    return f"{title}{shown}: {wanted}. Correct it and start again."


def _wanted(kind: Any) -> str:
    """What to write for a setting of a kind; nothing where that takes more than a few words."""
    if kind in _WANTED:
        return _WANTED[kind]
    if get_origin(kind) is tuple:
        return "write a list of texts in square brackets" if get_args(kind)[0] is str else ""
    values = [value for value in get_args(kind) if isinstance(value, str)]
    return f"choose one of {', '.join(values)}" if values else ""
