"""Commands that need no running pipeline: backtest, classify, draft, lint, bench."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
import typer

from core.errors import InputError
from core.language import LANGUAGES, Language
from runtime import settings as settings_module

_CHUNK = 512
_LARGEST_COUNT = 1e9
_STANDARD = Path("-")


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
    ] = _STANDARD,
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
    settings = settings_module.load()
    if counts is not None:
        _backtest_counts(counts, out, settings)
        return
    assert file is not None
    from alerting.backtest import alert_line, backtest_mentions
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
    with writing(out, file) as target:
        for alert in backtest_mentions(scored, settings.alerting, known):
            fired += 1
            target.write(msgspec.json.encode(alert_line(alert)).decode() + "\n")
    first, last = loaded.recorded[0].at, loaded.recorded[-1].at
    print(
        f"{len(scored)} mentions from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC, "
        f"{len(loaded.dead)} unreadable, {loaded.skipped} skipped: {fired} alerts.",
        file=sys.stderr,
    )


def _backtest_counts(counts: Path, out: Path, settings: settings_module.Settings) -> None:
    from alerting.backtest import backtest_counts

    with writing(out, counts) as target:
        writer = csv.writer(target)
        writer.writerow(["series", "timestamp"])
        fired = 0
        written: dict[tuple[str, datetime], str] = {}
        for series, moment in backtest_counts(_counts(counts, written), settings.alerting):
            fired += 1
            writer.writerow([series, written[series, moment]])
    print(f"{len(written)} points: {fired} detections.", file=sys.stderr)


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


def classify(
    file: Annotated[Path, typer.Argument(help="A .csv or .jsonl file, also .gz.")],
    text_column: Annotated[str, typer.Option("--text-column", help="The column with the text.")] = "text",
    out: Annotated[Path, typer.Option("--out", help="A .csv or .jsonl file, also .gz; - prints CSV.")] = _STANDARD,
) -> None:
    """Add label, probabilities, language, emotion, complaint, urgency, irony and themes to every row.

    The row's own cells stay as they are.
    """
    from ingest.reading import read_columns, read_rows
    from runtime import scoring
    from runtime.progress import Progress
    from runtime.wiring import backends, judging

    settings = settings_module.load()
    columns = read_columns(file)
    if text_column not in columns:
        raise InputError(f"{file}: has no column {text_column!r}; --text-column names one of: {', '.join(columns)}")
    renamed = {name: _free_name(name, columns) if name in scoring.ADDED else name for name in columns}
    classifier = judging.classifier(settings)
    scorer = judging.scorer(settings, classifier)
    now = backends.system_clock().now()
    done = unreadable = 0
    with writing(out, file) as target, Progress("texts") as progress:
        write = _row_writer(target, out, [*renamed.values(), *scoring.ADDED])
        for rows, bad in _chunks(read_rows(file)):
            for each in bad:
                print(f"left out: {file}, row {each.number}: {each.reason}", file=sys.stderr)
            unreadable += len(bad)
            texts = [row.values.get(text_column, "") for row in rows]
            for row, added in zip(rows, scoring.columns(texts, scorer, now), strict=True):
                write({**{renamed.get(name, name): value for name, value in row.values.items()}, **added})
            done += len(rows)
            progress.show(done, None)
    print(f"{done} rows scored by {classifier.name}, {unreadable} could not be read.", file=sys.stderr)
    if not done:
        raise InputError(f"{file}: no row could be read")


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


def _row_writer(target: IO[str], out: Path, names: Sequence[str]) -> Any:
    if ".jsonl" in out.suffixes:
        return lambda row: target.write(json.dumps(row, ensure_ascii=False) + "\n")
    writer = csv.DictWriter(target, names, extrasaction="ignore", restval="")
    writer.writeheader()
    return lambda row: writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


@contextmanager
def writing(out: Path, *read: Path) -> Iterator[IO[str]]:
    """A text file that is there, whole, once the block has ended well; else what was there before stays.

    It is compressed where its name ends in .gz; `-` is standard output. Lone surrogates become `?`.

    Raises:
        InputError: the file can't be written, or is one of those that are `read`.
    """
    if out == _STANDARD:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        yield sys.stdout
        sys.stdout.flush()
        return
    if any(out.exists() and each.exists() and out.samefile(each) for each in read):
        raise InputError(f"--out {out}: that is the file being read; name another")
    part = out.with_name(out.name + ".part")
    try:
        raw = part.open("wb")
    except OSError as error:
        raise InputError(f"--out {out}: can't be written: {error.strerror}") from None
    try:
        with raw:
            packed = gzip.GzipFile(fileobj=raw, mode="wb", filename="") if out.suffix == ".gz" else raw
            with io.TextIOWrapper(packed, encoding="utf-8", newline="", errors="replace") as target:
                yield target
        part.replace(out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


Channel = Annotated[str, typer.Option("--channel", help="Where it was posted: x, reddit, weibo, email, form …")]
InLanguage = Annotated[str, typer.Option("--language", help="Language of the messages: en, zh-Hant or zh-Hans.")]


def draft(
    channel: Channel,
    text: Annotated[str, typer.Option("--text", help="What the customer wrote; - reads standard input.")],
    brand: Annotated[str, typer.Option("--brand", help="The brand it is about.")] = "",
    created_at: Annotated[
        str, typer.Option("--created-at", help="When it was posted (RFC 3339); now if left out.")
    ] = "",
    language: InLanguage = "en",
) -> None:
    """Drafts of a reply with grade, windows and lint findings, as JSON."""
    from core.shapes import suggestion_json
    from ingest.times import parse_time
    from runtime.wiring import backends, replies

    settings = settings_module.load()
    now = backends.system_clock().now()
    try:
        posted = parse_time(created_at) if created_at else now
    except ValueError as error:
        raise InputError(f"--created-at {created_at}: {error}") from None
    suggestion = replies.advisor(settings, settings.brands).suggest(channel, _text(text, "--text"), posted, brand)
    _print_json(suggestion_json(suggestion, _language(language)))


def lint(
    channel: Channel,
    text: Annotated[str, typer.Option("--text", help="The reply; - reads standard input.")],
    reply_to: Annotated[str, typer.Option("--reply-to", help="What it answers.")] = "",
    language: InLanguage = "en",
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 where the reply must not be sent.")] = False,
) -> None:
    """Faults of a reply, as JSON."""
    from core.shapes import findings_json
    from runtime.wiring import replies

    settings = settings_module.load()
    found = replies.advisor(settings, settings.brands).lint(channel, _text(text, None), reply_to)
    answer = findings_json(found, _language(language))
    _print_json(answer)
    if check and not answer["ok"]:
        raise typer.Exit(1)


def _text(given: str, needed: str | None) -> str:
    text = sys.stdin.read() if given == "-" else given
    if needed and not text.strip():
        raise InputError(f"{needed} is empty: give the text, or - to read it from standard input")
    return text


def _language(given: str) -> Language:
    for language in LANGUAGES:
        if language == given:
            return language
    raise InputError(f"--language {given}: choose one of {', '.join(LANGUAGES)}")


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


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

    if engines:
        found = measuring.engines(settings_module.load(), mentions)
        if as_json:
            _print_json(msgspec.to_builtins(found))
        else:
            measuring.show_engines(found)
        return
    result = measuring.measure(settings_module.load(), mentions, rate, seconds)
    if as_json:
        _print_json(result)
    else:
        measuring.show(result)
