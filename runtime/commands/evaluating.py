"""The command that says how good the model is on texts whose labels are known."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from core.errors import InputError
from core.ports.classifier import Classifier
from runtime import settings as settings_module
from runtime.labelled import Examples, examples_of, told_apart
from runtime.printing import print_json
from runtime.writing import check_ending, writing
from sentiment.labels import NAMES

if TYPE_CHECKING:
    from sentiment.evaluation import Judged

_HARDEST = 20
_WIDE = 160


def evaluate(  # noqa: PLR0917  options of a command
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of your own with a text and a label column (.csv, .jsonl, .gz).")
    ] = None,
    text_column: Annotated[str, typer.Option("--text-column", help="The column with the text.")] = "text",
    label_column: Annotated[
        str, typer.Option("--label-column", help=f"The column with the labels: {NAMES}.")
    ] = "label",
    data: Annotated[
        Path | None, typer.Option("--data", help="The folder of training data instead: its held-out texts.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write a report page (.html) too.")] = None,
    confusion: Annotated[
        Path | None,
        typer.Option(
            "--confusion",
            help="Write the known error too (.json): put it beside a checkpoint of your own as confusion.json.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """How often the model is right: recall, F1 and calibration by set and language, and its hardest mistakes.

    What is judged is the model alone, as SIXMINUTE_MODEL names it. Of your own files, rows without a label that is
    understood are left out, and texts in languages that the program never labels are counted apart.
    """
    from rich.console import Console

    from runtime import evaluation_report as report
    from runtime.wiring import backends, judging
    from sentiment.language import language_of
    from sentiment.routing import NO_WORDS

    if bool(files) == (data is not None):
        raise InputError("Name what to evaluate on: either FILE … with a text and a label column, or --data FOLDER.")
    _check_names(out, confusion)
    sets = (
        _held_out(data)
        if data
        else {
            name: examples_of(path, text_column, label_column)
            for name, path in zip(_names(files or ()), files or (), strict=True)
        }
    )
    settings = settings_module.load(pages=False)
    with ExitStack() as opened:
        # Opened before the long work, so that it isn't done in vain.
        target = opened.enter_context(writing(out, *(files or ()))) if out else None
        error = opened.enter_context(writing(confusion, *(files or ()))) if confusion else None
        read = partial(language_of, languages=settings.languages)
        languages = {text: read(text) for examples in sets.values() for text, _ in examples}
        apart: dict[str, dict[str, int]] = {}
        if not data:
            for name, examples in sets.items():
                sets[name], apart[name] = told_apart(name, examples, languages, {*settings.languages, NO_WORDS})
        classifier = judging.main_classifier(settings)
        judged = {name: _judge(name, classifier, examples, languages) for name, examples in sets.items()}
        found = report.Report(
            model=classifier.name,
            at=backends.system_clock().now(),
            sets={name: report.about(each, _HARDEST, apart.get(name)) for name, each in judged.items()},
        )
        if target:
            target.write(report.page(found))
        if error:
            error.write(msgspec.json.format(msgspec.json.encode(report.known_error(found)), indent=1).decode() + "\n")
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        report.show(found, Console(width=None if sys.stdout.isatty() else _WIDE))
    if out:
        print(f"The report is in {out}.", file=sys.stderr)
    if confusion:
        print(f"The known error is in {confusion}.", file=sys.stderr)


def _check_names(out: Path | None, confusion: Path | None) -> None:
    if out:
        check_ending(out, ".html", ".htm")
    if confusion and confusion.suffix != ".json":
        raise InputError(f"--confusion {confusion}: choose a name that ends in .json")


def _names(files: Sequence[Path]) -> list[str]:
    """What the files are called in the report: by their names, or by their paths where two have the same name."""
    names = [path.name for path in files]
    return names if len(set(names)) == len(names) else [str(path) for path in files]


def _judge(name: str, classifier: Classifier, examples: Examples, languages: dict[str, str]) -> "list[Judged]":
    from runtime.progress import Progress
    from sentiment.evaluation import judge

    with Progress(name) as progress:
        return judge(classifier, examples, languages.__getitem__, lambda done: progress.show(done, len(examples)))


def _held_out(data: Path) -> dict[str, Examples]:
    from sentiment.training.corpus import check_examples
    from sentiment.training.sets import CHECKED_SETS

    if not (data / "en").is_dir():
        raise InputError(f"--data {data}: has no folder en/; name the folder that training reads.")
    return {name: check_examples(data, name) for name in CHECKED_SETS}
