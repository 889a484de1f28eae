"""The help of every command, as a person reads it."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from runtime import cli
from tests.smoke.test_cli import run

__all__ = ["run"]


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*path, name))


ALL = list(commands(typer.main.get_command(cli.app)))


def words(text: str) -> str:
    return " ".join(text.replace("│", " ").replace("\\[", "[").split())


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "sixminute" for path, _ in ALL])
def test_help_shows_what_was_written_and_flags_without_a_type(run, monkeypatch, path, command):
    monkeypatch.setenv("COLUMNS", "300")
    told = run(*path, "--help")
    assert told.code == 0
    assert words(command.help) in words(told.out)
    for param in command.params:
        assert words(param.help) in words(told.out)
    assert "<bool>" not in told.out
    assert "\\" not in told.out


def test_no_default_is_shown_that_would_be_refused(run):
    told = run("silence", "add", "--help").out
    (hours,) = [line for line in told.splitlines() if "--hours" in line]
    assert "default" not in hours
    assert "0.0" not in told
    assert "--hours 0: choose above 0" in run("silence", "add", "--brand", "A", "--reason", "x", "--hours", "0").err
