"""The command that measures this machine: bench."""

from math import inf
from typing import Annotated

import msgspec
import typer

from core.errors import InputError
from runtime import settings as settings_module
from runtime.printing import print_json


def bench(
    mentions: Annotated[int, typer.Option("--mentions", help="How many go through the whole pipeline.")] = 3_000,
    rate: Annotated[float, typer.Option("--rate", help="Mentions a second while latency is measured.")] = 50.0,
    seconds: Annotated[float, typer.Option("--seconds", help="How long latency is measured.")] = 20.0,
    engines: Annotated[
        bool, typer.Option("--engines", help="Instead: the model alone, beside other ways to run it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """How fast each stage is on this machine, in a data directory of its own that is removed afterwards."""
    from runtime import bench as measuring

    if mentions < 1 or not (rate > 0 and 0 < rate * seconds < inf):
        raise InputError("--mentions, --rate and --seconds: choose numbers above 0")
    if engines:
        found = measuring.engines(settings_module.load(), mentions)
        if as_json:
            print_json(msgspec.to_builtins(found))
        else:
            measuring.show_engines(found)
        return
    result = measuring.measure(settings_module.load(), mentions, rate, seconds)
    if as_json:
        print_json(result)
    else:
        measuring.show(result)
