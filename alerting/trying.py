"""Which settings of the alarm can be tried on counts that are kept, and how they are written."""

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any, get_type_hints

import msgspec

from alerting.settings import AlertingSettings
from core.errors import ConfigurationError, InputError

_NOT_OF_COUNTS = frozenset({
    "sensitive_kinds", "sensitive_any_tone", "correct_share", "page_language",
    "silence_times", "silence_least_seconds", "silence_most_minutes", "lateness_minutes", "future_minutes",
})  # fmt: skip
"""Settings that change what is counted, or nothing about counts: they can't be tried on counts that are kept."""

_TYPES = {name: kind for name, kind in get_type_hints(AlertingSettings).items() if name not in _NOT_OF_COUNTS}
CHANGEABLE = tuple(_TYPES)
"""The settings that can be tried."""


def changed(settings: AlertingSettings, changes: Mapping[str, str]) -> AlertingSettings:
    """The settings with others in their place, given as they are written; several numbers with commas.

    Raises:
        InputError: one isn't known or can't be so.
    """
    values: dict[str, Any] = {}
    for name, written in changes.items():
        if name not in _TYPES:
            near = difflib.get_close_matches(name, CHANGEABLE, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(CHANGEABLE)}"
            raise InputError(f"{name!r} can't be tried on counts: {hint}")
        several = isinstance(getattr(settings, name), tuple)
        value = [part.strip() for part in written.split(",") if part.strip()] if several else written.strip()
        try:
            values[name] = msgspec.convert(value, _TYPES[name], strict=False)
        except msgspec.ValidationError as error:
            raise InputError(f"{name} = {written!r} can't be: {error}") from None
    try:
        return dataclasses.replace(settings, **values)
    except ConfigurationError as error:
        raise InputError(str(error)) from None


def written(settings: AlertingSettings) -> dict[str, str]:
    """The settings that can be tried, as they would be written."""
    return {name: _written(getattr(settings, name)) for name in CHANGEABLE}


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_written, value))
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
