"""The command that says how good the model is on texts whose labels are known."""

import sys
from collections import Counter
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
from runtime.columns import check_column
from runtime.printing import print_json, printable
from runtime.writing import check_ending, writing

if TYPE_CHECKING:
    from sentiment.evaluation import Judged

_HARDEST = 20
_WIDE = 160
_SHOWN = 5
_LONGEST_LABEL = 40


def evaluate(  # noqa: PLR0917  options of a command
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of your own with a text and a label column (.csv, .jsonl, .gz).")
    ] = None,
    text_column: Annotated[str, typer.Option("--text-column", help="The column with the text.")] = "text",
    label_column: Annotated[
        str, typer.Option("--label-column", help="The column with negative, neutral or positive (neg, 負面 … do too).")
    ] = "label",
    data: Annotated[
        Path | None, typer.Option("--data", help="The folder of training data instead: its held-out texts.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write a report page (.html) too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """How often the model is right: recall, F1 and calibration by set and language, and its hardest mistakes.

    What is judged is the model alone, as SIXMINUTE_MODEL names it; rows without one of the three labels are left out.
    """
    from rich.console import Console

    from runtime import evaluation_report as report
    from runtime.wiring import backends, judging

    if bool(files) == (data is not None):
        raise InputError("Name what to evaluate on: either FILE … with a text and a label column, or --data FOLDER.")
    if out:
        check_ending(out, ".html", ".htm")
    sets = (
        _held_out(data)
        if data
        else {
            name: _examples(path, text_column, label_column)
            for name, path in zip(_names(files or ()), files or (), strict=True)
        }
    )
    settings = settings_module.load()
    with ExitStack() as opened:
        # Opened before the long work, so that it isn't done in vain.
        target = opened.enter_context(writing(out, *(files or ()))) if out else None
        classifier = judging.main_classifier(settings)
        judged = {name: _judge(name, classifier, settings.languages, examples) for name, examples in sets.items()}
        found = report.Report(
            model=classifier.name,
            at=backends.system_clock().now(),
            sets={name: report.about(each, _HARDEST) for name, each in judged.items()},
        )
        if target:
            target.write(report.page(found))
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        report.show(found, Console(width=None if sys.stdout.isatty() else _WIDE))
    if out:
        print(f"The report is in {out}.", file=sys.stderr)


def _names(files: Sequence[Path]) -> list[str]:
    """What the files are called in the report: by their names, or by their paths where two have the same name."""
    names = [path.name for path in files]
    return names if len(set(names)) == len(names) else [str(path) for path in files]


def _judge(
    name: str, classifier: Classifier, languages: Sequence[str], examples: Sequence[tuple[str, str]]
) -> "list[Judged]":
    from runtime.progress import Progress
    from sentiment.evaluation import judge
    from sentiment.language import language_of

    with Progress(name) as progress:
        read = partial(language_of, languages=languages)
        return judge(classifier, examples, read, lambda done: progress.show(done, len(examples)))


def _held_out(data: Path) -> dict[str, list[tuple[str, str]]]:
    from sentiment.training.corpus import check_examples
    from sentiment.training.sets import CHECKED_SETS

    if not (data / "en").is_dir():
        raise InputError(f"--data {data}: has no folder en/; name the folder that training reads.")
    return {name: check_examples(data, name) for name in CHECKED_SETS}


def _examples(path: Path, text_column: str, label_column: str) -> list[tuple[str, str]]:
    from ingest.reading import Row, read_rows
    from sentiment.evaluation import LABELS
    from sentiment.labels import place_of

    check_column(path, "--text-column", text_column)
    check_column(path, "--label-column", label_column)
    examples: list[tuple[str, str]] = []
    strange: Counter[str] = Counter()
    left_out = 0
    for row in read_rows(path):
        left_out += 1
        if not isinstance(row, Row):
            print(f"left out: {path}, row {row.number}: {printable(row.reason)}", file=sys.stderr)
            continue
        text = row.values.get(text_column, "").strip()
        label = row.values.get(label_column, "").strip()
        place = place_of(label)
        if text and place is not None:
            examples.append((text, LABELS[place]))
            left_out -= 1
        elif label and place is None:
            strange[label[:_LONGEST_LABEL]] += 1
    others = ", ".join(repr(label) for label, _ in strange.most_common(_SHOWN))
    if left_out:
        reason = f"no text, or no label that is one of the three{f', such as {others}' if others else ''}"
        print(f"{path}: {left_out} rows left out: {reason}.", file=sys.stderr)
    if not examples:
        raise InputError(
            f"{path}: no row has a text and one of the labels negative, neutral, positive"
            f"{f'; what there is, such as {others}, must be named so' if others else ''}."
        )
    return examples
