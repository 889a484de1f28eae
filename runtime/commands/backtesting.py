"""The command that says what would have fired: backtest."""

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from core.alert import Alert
from core.errors import InputError
from core.mention import ScoredMention
from core.watched import Watched
from ingest.recorded import Recorded
from runtime import reviewing
from runtime import settings as settings_module
from runtime.writing import STANDARD_OUTPUT, check_ending, writing

_LARGEST_COUNT = 1e9


class Labels(StrEnum):
    """Where a backtest takes the sentiment from."""

    MODEL = "model"
    FILE = "file"
    NEGATIVE = "negative"


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
        Labels,
        typer.Option("--labels", help="Sentiment from the model, from the file's label column, or all negative."),
    ] = Labels.MODEL,
    events: Annotated[
        Path | None, typer.Option("--events", help="What really happened (brand,name,since,until), for the report.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write delays and false alarms as a table (.md; - prints).")
    ] = None,
    watched_since: Annotated[
        str, typer.Option("--watched-since", help="The brands were watched, and silent, from then until the first row.")
    ] = "",
) -> None:
    """What would have fired, when, and why: as fast as it goes, on the events' own clock."""
    if (file is None) == (counts is None):
        raise InputError("Name what to test: either a FILE of mentions or --counts FILE.")
    check_ending(out, ".jsonl" if counts is None else ".csv")
    settings = settings_module.load(pages=False)
    _check_report(counts, events, report, watched_since)
    watched = _watched(watched_since)
    known_events = reviewing.read_events(events) if events is not None else []
    if counts is not None:
        _backtest_counts(counts, out, settings)
        return
    assert file is not None
    from alerting.backtest import alert_line, backtest_mentions
    from alerting.explaining import Explaining
    from alerting.review import review
    from alerting.wording_why import why_told
    from ingest.recorded import RecordedFile
    from runtime.wiring import backends, judging

    clock = backends.system_clock()
    recorded = RecordedFile(file, brands=settings.brands, mapping=mapping, where=where or (), brand=brand)
    loaded = recorded.load(clock.now())
    for _, reason in loaded.dead[:5]:
        print(f"left out: {reason}", file=sys.stderr)
    if not loaded.recorded:
        raise InputError(f"{file}: no row could be used ({len(loaded.dead)} unreadable, {loaded.skipped} skipped)")
    scored = _scored(labels, loaded.recorded, settings, clock.now())
    known = judging.known_error(settings) if labels is Labels.MODEL else None
    fired: list[Alert] = []
    explaining = Explaining(scored, settings.alerting, {one.name: one.called for one in settings.brands})
    with writing(out, file) as target:
        for alert in backtest_mentions(scored, settings.alerting, known, watched):
            fired.append(alert)
            why = explaining.why(alert)
            more = {"why": why, "why_words": why and why_told(why), "forecast": alert.forecast}
            target.write(msgspec.json.encode({**alert_line(alert), **more}).decode() + "\n")
    first, last = loaded.recorded[0].at, loaded.recorded[-1].at
    print(
        f"{len(scored)} mentions from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC, "
        f"{len(loaded.dead)} unreadable, {loaded.skipped} skipped: {len(fired)} alerts.",
        file=sys.stderr,
    )
    if report is not None:
        with writing(report, file) as target:
            target.write(reviewing.report(review(reviewing.posts_of(scored), fired, known_events)))


def _check_report(counts: Path | None, events: Path | None, report: Path | None, watched_since: str) -> None:
    if counts is not None and (report is not None or watched_since):
        raise InputError("--report and --watched-since are for a FILE of mentions, not for --counts")
    if report is None and events is not None:
        raise InputError("--events says what really happened, for --report FILE.md: name that too")
    if report is not None:
        check_ending(report, ".md")


def _scored(
    labels: Labels, recorded: Sequence[Recorded], settings: settings_module.Settings, now: datetime
) -> list[ScoredMention]:
    from runtime import scoring
    from runtime.wiring import judging

    if labels is Labels.MODEL:
        return scoring.by_model(recorded, judging.scorer(settings, judging.classifier(settings)), now)
    by = scoring.by_file if labels is Labels.FILE else scoring.all_negative
    return by(recorded, judging.reader(settings).read, now)


def _watched(since: str) -> Watched | None:
    from alerting.series import hour_of
    from ingest.times import parse_time

    try:
        return Watched(hour_of(parse_time(since))) if since else None
    except ValueError:
        raise InputError(f"--watched-since {since}: no time; write one such as 2026-03-02T10:00Z") from None


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
