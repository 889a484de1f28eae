"""The report of a backtest: what was seen of real events, how soon, and how many alarms were false, as a table."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from alerting.review import BrandReview, RealEvent, Seen
from core.errors import InputError
from core.mention import Label, ScoredMention

_COLUMNS = ("brand", "name", "since", "until")
_SHOWN = 5


def read_events(path: Path) -> list[RealEvent]:
    """What really happened, from a file with the columns brand, name, since, until.

    Raises:
        InputError: the file can't be read, lacks a column, or a time can't be read.
    """
    from ingest.reading import Row, read_columns, read_rows
    from ingest.times import parse_time

    missing = [name for name in _COLUMNS if name not in read_columns(path)]
    if missing:
        raise InputError(f"{path}: lacks the column {missing[0]}; a file of events has {','.join(_COLUMNS)}")
    events = []
    for row in read_rows(path):
        if not isinstance(row, Row):
            raise InputError(f"{path}, row {row.number}: {row.reason}")
        values = row.values
        try:
            since, until = parse_time(values["since"]), parse_time(values["until"])
        except ValueError:
            raise InputError(f"{path}, row {row.number}: since or until is no time") from None
        if until <= since:
            raise InputError(f"{path}, row {row.number}: it ends before it begins")
        events.append(RealEvent(brand=values["brand"], name=values["name"], since=since, until=until))
    return events


def posts_of(scored: Sequence[ScoredMention]) -> dict[str, list[tuple[datetime, bool]]]:
    """The times of each brand's mentions, in order, and whether they are negative."""
    posts: dict[str, list[tuple[datetime, bool]]] = {}
    for one in scored:
        posts.setdefault(one.mention.brand, []).append((one.mention.created_at, one.score.label == Label.NEGATIVE))
    return {brand: sorted(each) for brand, each in sorted(posts.items())}


def report(reviews: Sequence[BrandReview]) -> str:
    """Two Markdown tables: real events with their delays, and false alarms of each brand."""
    return "\n".join([*_events(reviews), "", *_brands(reviews), ""])


def _events(reviews: Sequence[BrandReview]) -> Iterator[str]:
    seen = [(review.brand, one) for review in reviews for one in review.seen]
    if not seen:
        yield "No real events were named (--events)."
        return
    yield "| brand | event | began (UTC) | told (UTC) | minutes | highest level |"
    yield "|---|---|---|---|---|---|"
    for brand, one in seen:
        yield f"| {_cell(brand)} | {_cell(one.event.name)} | {_told(one)} |"
    minutes = sorted(_minutes(one.delay) if one.delay is not None else float("inf") for _, one in seen)
    middle = minutes[(len(minutes) - 1) // 2]
    found = sum(one.told is not None for _, one in seen)
    yield ""
    yield f"Seen: {found} of {len(seen)}; median delay {'none' if middle == float('inf') else f'{middle:.0f} minutes'}."


def _told(one: Seen) -> str:
    began = f"{one.onset:%Y-%m-%d %H:%M}" if one.onset is not None else "no posts"
    if one.told is None or one.level is None or one.delay is None:
        return f"{began} | not seen | | "
    return f"{began} | {one.told:%m-%d %H:%M} | {_minutes(one.delay):.0f} | {one.level.name.lower()}"


def _brands(reviews: Sequence[BrandReview]) -> Iterator[str]:
    yield "| brand | mentions | negative | quiet weeks | false alarms | a week | when (UTC) |"
    yield "|---|---|---|---|---|---|---|"
    for one in reviews:
        times = [f"{alert.at:%m-%d %H:%M}" for alert in one.false_alarms]
        shown = ", ".join(times[:_SHOWN]) + (f" and {len(times) - _SHOWN} more" if len(times) > _SHOWN else "")
        yield (
            f"| {_cell(one.brand)} | {one.mentions} | {one.negative} | {one.quiet_weeks:.1f} | {len(times)} |"
            f" {one.false_per_week:.2f} | {shown} |"
        )
    weeks, alarms = sum(one.quiet_weeks for one in reviews), sum(len(one.false_alarms) for one in reviews)
    yield ""
    often = alarms / weeks if weeks else 0.0
    yield f"Together: {alarms} false alarms in {weeks:.1f} quiet brand-weeks, {often:.2f} a week."


def _minutes(span: timedelta) -> float:
    return span / timedelta(minutes=1)


def _cell(text: str) -> str:
    """Text from a file, which mustn't break the table."""
    return " ".join(text.replace("|", "/").split())
