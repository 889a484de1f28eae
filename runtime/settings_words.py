"""What is wrong with a setting that is of another kind than it must be, in words for whoever wrote it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin, get_type_hints

_AT = re.compile(r"(?P<what>.*) - at (?P<key>`key` in )?`\$\.?(?P<name>.*)`", re.DOTALL)
_STEP = re.compile(r"\[[^\]]*\]|[^.\[]+")
_NONE_OF = re.compile(r"Invalid enum value '?(?P<value>.*?)'?", re.DOTALL)
_WANTED = {int: "write a whole number", float: "write a number", str: "write a text in quotes"}
_TIMES = {
    time: "write a time of day such as 22:00:00",
    datetime: "write a moment such as 2026-03-02T09:00:00",
    date: "write a day such as 2026-03-02",
}
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
    its = _kind_at(kind, name, of_key=bool(found and found["key"]))
    if name not in given and (values := _choices(its)):
        chosen = _NONE_OF.fullmatch(what)
        return f"{title}{' ' + chosen['value'] if chosen else ''}: {_choose(values)}. Correct it and start again."
    for one in get_args(its) or (its,):
        if one in _TIMES:
            return f"{title}: {_TIMES[one]}. Correct it and start again."
    wanted = _wanted(its) if name in given else ""
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
    values = _choices(kind)
    return _choose(values) if values else ""


def _kind_at(kind: Any, name: str, *, of_key: bool) -> Any:
    """What stands in a place such as ``sources[0].kind`` of settings, or what the names in a table there are."""
    for step in _STEP.findall(name):
        inner = get_args(kind)
        kind = (inner[-1] if get_origin(kind) is dict else inner[0]) if step[0] == "[" else get_type_hints(kind)[step]
    return get_args(kind)[0] if of_key else kind


def _choices(kind: Any) -> Sequence[str]:
    """The values of which one must stand there; none where it isn't so."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return list(kind)
    return get_args(kind) if get_origin(kind) is Literal else []


def _choose(values: Sequence[str]) -> str:
    return f"choose one of {', '.join(values)}"
