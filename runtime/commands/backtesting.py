"""The command that says what would have fired: backtest."""

import csv
import sys
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from core.errors import InputError
from runtime import settings as settings_module
from runtime.writing import STANDARD_OUTPUT, check_ending, writing

_LARGEST_COUNT = 1e9


class Labels(StrEnum):
    """Where a backtest takes the sentiment from."""

    MODEL = "model"
    FILE = "file"


def backtest(  # noqa: PLR0917  options of a command
    file: Annotated[Path | None, typer.Argument(help="Recorded mentions (.csv, .jsonl, also .gz).")] = None,
    counts: Annotated[
        Path | None, typer.Option("--counts", help="Ready-made counts instead: series,timestamp,value.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", help="alerts.jsonl, or detections.csv with --counts; - prints.")
    ] = STANDARD_OUTPUT,
    mapping: Annotated[str, typer.Option("--map", help="Which column is what: created_at=…,text=…,brand=…")] = "",
    where: Annotated[
        list[str] | None, typer.Option("--where", help="Only rows with COLUMN=VALUE; may be repeated.")
    ] = None,
    brand: Annotated[str, typer.Option("--brand", help="The brand that all rows are about.")] = "",
    labels: Annotated[
        Labels, typer.Option("--labels", help="Sentiment from the model, or from the file's label column.")
    ] = Labels.MODEL,
) -> None:
    """What would have fired, when, and why: as fast as it goes, on the events' own clock."""
    if (file is None) == (counts is None):
        raise InputError("Name what to test: either a FILE of mentions or --counts FILE.")
    check_ending(out, ".jsonl" if counts is None else ".csv")
    settings = settings_module.load()
    if counts is not None:
        _backtest_counts(counts, out, settings)
        return
    assert file is not None
    from alerting.backtest import alert_line, backtest_mentions
    from alerting.explaining import Explaining
    from alerting.wording_why import why_told
    from ingest.recorded import RecordedFile
    from runtime import scoring
    from runtime.wiring import backends, judging

    clock = backends.system_clock()
    recorded = RecordedFile(file, brands=settings.brands, mapping=mapping, where=where or (), brand=brand)
    loaded = recorded.load(clock.now())
    for _, reason in loaded.dead[:5]:
        print(f"left out: {reason}", file=sys.stderr)
    if not loaded.recorded:
        raise InputError(f"{file}: no row could be used ({len(loaded.dead)} unreadable, {loaded.skipped} skipped)")
    if labels is Labels.FILE:
        scored, known = scoring.by_file(loaded.recorded, judging.reader(settings).read, clock.now()), None
    else:
        known = judging.known_error(settings)
        scorer = judging.scorer(settings, judging.classifier(settings))
        scored = scoring.by_model(loaded.recorded, scorer, clock.now())
    fired = 0
    explaining = Explaining(scored, settings.alerting, {one.name: one.called for one in settings.brands})
    with writing(out, file) as target:
        for alert in backtest_mentions(scored, settings.alerting, known):
            fired += 1
            why = explaining.why(alert)
            more = {"why": why, "why_words": why and why_told(why), "forecast": alert.forecast}
            target.write(msgspec.json.encode({**alert_line(alert), **more}).decode() + "\n")
    first, last = loaded.recorded[0].at, loaded.recorded[-1].at
    print(
        f"{len(scored)} mentions from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC, "
        f"{len(loaded.dead)} unreadable, {loaded.skipped} skipped: {fired} alerts.",
        file=sys.stderr,
    )


def _backtest_counts(counts: Path, out: Path, settings: settings_module.Settings) -> None:
    from alerting.backtest import backtest_counts

    with writing(out, counts) as target:
        # The file is read through before anything is written, so that what is wrong in it is told alone.
        written: dict[tuple[str, datetime], str] = {}
        found = list(backtest_counts(_counts(counts, written), settings.alerting))
        writer = csv.writer(target)
        writer.writerow(["series", "timestamp"])
        writer.writerows([series, written[series, moment]] for series, moment in found)
    print(f"{len(written)} points: {len(found)} detections.", file=sys.stderr)


def _counts(path: Path, written: dict[tuple[str, datetime], str]) -> Iterator[tuple[str, datetime, float]]:
    """The points of a file of counts; `written` keeps each moment as it stands in the file."""
    from ingest.reading import Row, read_columns, read_rows
    from ingest.times import parse_time

    missing = [name for name in ("series", "timestamp", "value") if name not in read_columns(path)]
    if missing:
        raise InputError(f"{path}: lacks the column {missing[0]}; a file of counts has series,timestamp,value")
    for row in read_rows(path):
        if not isinstance(row, Row):
            raise InputError(f"{path}, row {row.number}: {row.reason}")
        try:
            moment, value = parse_time(row.values["timestamp"]), float(row.values["value"])
        except ValueError:
            raise InputError(f"{path}, row {row.number}: timestamp or value can't be read") from None
        if not 0 <= value <= _LARGEST_COUNT:
            raise InputError(f"{path}, row {row.number}: {value} is no count that can be")
        written[row.values["series"], moment] = row.values["timestamp"]
        yield row.values["series"], moment, value
