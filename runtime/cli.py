"""The command `sixminute`: what people type and script against.

Every command imports what it needs when it is called, so that those which don't score never load torch.
"""

import logging
import os
import sys
from collections.abc import Sequence
from importlib import metadata

import typer

from core.errors import InputError, SixminuteError
from runtime import logs
from runtime.commands import (
    backtesting,
    benchmarking,
    classifying,
    doctor,
    evaluating,
    exporting,
    incidents,
    paging,
    quieting,
    replying,
    running,
    upkeep,
)
from runtime.commands.helping import Command, Group
from runtime.printing import printable

EXIT_ERROR, EXIT_INTERRUPTED = 1, 130

app = typer.Typer(
    name="sixminute",
    cls=Group,
    help="Watch what people say about a brand, hear of a crisis in minutes, answer inside six.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"sixminute {metadata.version('sixminute')}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options of the program itself."""


for command in (
    running.up,
    running.worker,
    running.api,
    running.replay,
    backtesting.backtest,
    quieting.preview,
    classifying.classify,
    replying.draft,
    replying.lint,
    benchmarking.bench,
    evaluating.evaluate,
    doctor.doctor,
    upkeep.migrate,
    exporting.export,
    upkeep.erase,
):
    app.command(cls=Command)(command)
app.add_typer(incidents.incident)
app.add_typer(upkeep.dead_letters)
app.add_typer(paging.page)
app.add_typer(quieting.silence)


def _check_completion(arguments: Sequence[str]) -> None:
    """Refuse the name of a shell: typer would pass over it and teach the shell that it finds itself in."""
    if len(arguments) > 1 and arguments[0] in {"--install-completion", "--show-completion"}:
        raise InputError(
            f"{arguments[0]} {arguments[1]}: leave {arguments[1]!r} out; it is about the shell that it is called from: "
            "bash, zsh, fish, powershell or pwsh"
        )


def main() -> None:
    """Run a command; what goes wrong is one line on standard error and a non-zero exit."""
    # Commands that end say in their last line what went wrong; those that serve set up more.
    logs.configure("text", least=logging.ERROR)
    try:
        _check_completion(sys.argv[1:])
        app(standalone_mode=True)
    except SixminuteError as error:
        print(f"sixminute: {printable(str(error))}", file=sys.stderr)
        raise SystemExit(EXIT_ERROR) from None
    except KeyboardInterrupt:
        print("sixminute: stopped", file=sys.stderr)
        raise SystemExit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more while closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(EXIT_ERROR) from None
    except OSError as error:
        where = f" {error.filename}:" if error.filename else ""
        print(f"sixminute:{where} {error.strerror or error}", file=sys.stderr)
        raise SystemExit(EXIT_ERROR) from None
