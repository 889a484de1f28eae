"""The command that adds scores to the rows of a file: classify."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from core.errors import InputError
from core.mention import Label
from runtime import settings as settings_module
from runtime.columns import check_column
from runtime.printing import printable
from runtime.writing import STANDARD_OUTPUT, check_ending, writing

_CHUNK = 512


def classify(
    file: Annotated[Path, typer.Argument(help="A .csv or .jsonl file, also .gz.")],
    text_column: Annotated[str, typer.Option("--text-column", help="The column with the text.")] = "text",
    out: Annotated[
        Path, typer.Option("--out", help="A .csv or .jsonl file, also .gz; - prints CSV.")
    ] = STANDARD_OUTPUT,
) -> None:
    """Add label, probabilities, language, emotion, complaint, urgency, irony, themes and danger to every row.

    The row's own cells stay as they are.
    """
    from ingest.reading import read_rows
    from runtime import scoring
    from runtime.progress import Progress
    from runtime.wiring import backends, judging

    kind = check_ending(out, ".csv", ".jsonl")
    settings = settings_module.load(pages=False)
    columns = check_column(file, "--text-column", text_column)
    renamed = {name: _free_name(name, columns) if name in scoring.ADDED else name for name in columns}
    classifier = judging.classifier(settings)
    scorer = judging.scorer(settings, classifier)
    now = backends.system_clock().now()
    done = unknown = unreadable = 0
    why = ""
    with writing(out, file) as target, Progress("texts") as progress:
        write = _row_writer(target, kind, [*renamed.values(), *scoring.ADDED])
        for rows, bad in _chunks(read_rows(file)):
            for each in bad:
                why = why or f": {printable(each.reason)}"
                print(f"left out: {file}, row {each.number}: {printable(each.reason)}", file=sys.stderr)
            unreadable += len(bad)
            texts = [row.values.get(text_column, "") for row in rows]
            for row, added in zip(rows, scoring.columns(texts, scorer, now), strict=True):
                unknown += added["label"] == Label.UNKNOWN
                write({**{renamed.get(name, name): value for name, value in row.values.items()}, **added})
            done += len(rows)
            progress.show(done, None)
    unscored = f", {unknown} of them unknown (no words, or a language that isn't scored)" if unknown else ""
    print(f"{done} rows scored by {classifier.name}{unscored}, {unreadable} could not be read.", file=sys.stderr)
    if not done:
        raise InputError(f"{file}: no row could be read{why}")


def _free_name(name: str, taken: Sequence[str]) -> str:
    """What a column is called from now on whose name is needed: with so many underscores that no other has it."""
    free = f"{name}_original"
    while free in taken:
        free += "_"
    return free


def _chunks(rows: Iterator[Any]) -> Iterator[tuple[list[Any], list[Any]]]:
    from ingest.reading import Row

    good: list[Any] = []
    bad: list[Any] = []
    for row in rows:
        (good if isinstance(row, Row) else bad).append(row)
        if len(good) + len(bad) == _CHUNK:
            yield good, bad
            good, bad = [], []
    if good or bad:
        yield good, bad


def _row_writer(target: IO[str], kind: str, names: Sequence[str]) -> Any:
    if kind == ".jsonl":
        return lambda row: target.write(json.dumps(row, ensure_ascii=False) + "\n")
    writer = csv.DictWriter(target, names, extrasaction="ignore", restval="")
    writer.writeheader()
    return lambda row: writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
