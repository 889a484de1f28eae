"""Times as people write them in the settings: without seconds too, which TOML 1.0 and RFC 3339 don't know."""

import re
from collections.abc import Mapping
from datetime import datetime, time
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

_SHORT = {
    time: re.compile(r"()(\d{1,2}:\d{2})"),
    datetime: re.compile(r"(\d{4}-\d{2}-\d{2}[T ])(\d{1,2}:\d{2})"),
}
_BARE = re.compile(r"[=\[,]\s*(\d{4}-\d{2}-\d{2}[Tt ])?(\d{1,2}:\d{2})(?![:\d])")
_LINE = re.compile(r"\(at line (\d+),")


def with_seconds(kind: Any, given: Any) -> Any:
    """What was written for a kind of setting; a time in quotes gets its seconds wherever a time is wanted."""
    if isinstance(given, str):
        found = [short for each in _plain(kind) if each in _SHORT and (short := _SHORT[each].fullmatch(given))]
        return _whole(found[0]) if found else given
    if isinstance(given, list):
        inner = next((get_args(each)[0] for each in _plain(kind) if get_args(each)), Any)
        return [with_seconds(inner, each) for each in given]
    if isinstance(given, Mapping):
        return {name: with_seconds(each, given[name]) for name, each in _inside(kind, given).items()}
    return given


def hint(text: str, error: Exception) -> str:
    """What to write for a time without quotes and seconds, if that is what a parser of TOML stumbled at; else empty."""
    found = _LINE.search(str(error))
    line = text.splitlines()[int(found[1]) - 1] if found else ""
    bare = _BARE.search(line)
    return f"line {found[1]}: write {_whole(bare)}, with seconds, or the time in quotes" if found and bare else ""


def _whole(found: re.Match[str]) -> str:
    """Day, hours and minutes, with two digits for the hour and with seconds."""
    return f"{found[1] or ''}{found[2]:0>5}:00"


def _plain(kind: Any) -> tuple[Any, ...]:
    """The kinds of which one must stand there."""
    return get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)


def _inside(kind: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """What kind each of the things in a table must be, as far as it is known."""
    for each in _plain(kind):
        if get_origin(each) is dict:
            return dict.fromkeys(given, get_args(each)[1])
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            known = get_type_hints(each)
            return {name: known.get(name, Any) for name in given}
    return dict.fromkeys(given, Any)
