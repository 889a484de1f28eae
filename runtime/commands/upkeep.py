"""Commands that look after an installation: migrate, dead-letters, export, erase."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from core.errors import InputError, NotFoundError
from core.events import TOPICS, DeadLetter, decode
from core.ports import CaseQuery, MentionQuery, Message, Received
from runtime import erasing, wiring
from runtime import settings as settings_module

_MANY = 10_000
_PAGE = 500

dead_letters = typer.Typer(name="dead-letters", help="What could not be processed: list it, try it again, drop it.")


def migrate() -> None:
    """Bring the database's tables, and the topics on Kafka, up to date. `up` does it by itself."""
    settings = settings_module.load()
    changed = wiring.prepare(settings)
    for sentence in changed:
        print(f"  {sentence}")
    with closing(wiring.open_store(settings)) as store:
        print(f"The database is up to date: {store.name}")
    if settings.bus == "kafka":
        print(f"The topics are up to date: {settings.kafka_bootstrap}")


# --- dead letters ------------------------------------------------------------------------------------------------


def _letters(house: wiring.House, topic: str) -> Iterator[tuple[str, Received, DeadLetter]]:
    known = [f"{name}.dead" for name in TOPICS]
    if topic and topic not in known:
        raise InputError(f"--topic {topic}: there is no such topic; choose one of {', '.join(known)}")
    topics = [topic] if topic else known
    for name in topics:
        for received in house.bus.browse(name, limit=_MANY):
            yield name, received, decode(received.value, DeadLetter)


Topic = Annotated[str, typer.Option("--topic", help="Only this topic, such as mentions.raw.dead.")]


@dead_letters.command("list")
def list_letters(
    topic: Topic = "", as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False
) -> None:
    """Show what waits, newest first, with the reason."""
    house = wiring.open_house(settings_module.load())
    try:
        count = 0
        for name, _, letter in _letters(house, topic):
            count += 1
            if as_json:
                print(msgspec.json.encode(letter).decode())
            else:
                beginning = json.dumps(letter.value[:80], ensure_ascii=True)
                print(f"{letter.at:%Y-%m-%d %H:%M:%S}  {name}  {letter.reason}\n    {beginning}")
        if not count and not as_json:
            print("No dead letters.")
    finally:
        house.close()


@dead_letters.command("replay")
def replay_letters(topic: Topic = "") -> None:
    """Put letters back where they came from; those that never were on the bus (rows of a file) stay."""
    house = wiring.open_house(settings_module.load())
    again = stay = 0
    try:
        for name, received, letter in list(_letters(house, topic)):
            if not letter.topic:
                stay += 1
                continue
            house.bus.publish([Message(letter.topic, letter.key, letter.value.encode("utf-8", "surrogatepass"))])
            house.bus.remove(name, [received])
            again += 1
    finally:
        house.close()
    print(f"{again} put back; {stay} were rows of a file: correct the file and replay it.")


@dead_letters.command("drop")
def drop_letters(topic: Topic = "", yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Remove letters for good."""
    house = wiring.open_house(settings_module.load())
    try:
        letters = list(_letters(house, topic))
        if letters and not yes:
            typer.confirm(f"Remove {len(letters)} dead letters for good?", abort=True)
        for name, received, _ in letters:
            house.bus.remove(name, [received])
    finally:
        house.close()
    print(f"{len(letters)} removed.")


# --- export and erase --------------------------------------------------------------------------------------------


class What(StrEnum):
    """What can be exported."""

    MENTIONS = "mentions"
    CASES = "cases"
    DELIVERIES = "deliveries"


def export(
    what: Annotated[What, typer.Argument(help="What to export.")],
    out: Annotated[
        Path, typer.Option("--out", help="A .csv or .jsonl file; - writes JSON lines to standard output.")
    ] = Path("-"),
    brand: Annotated[str, typer.Option("--brand", help="Only this brand.")] = "",
) -> None:
    """Write mentions, cases or deliveries to a file. Cells that a spreadsheet would compute are made harmless."""
    if str(out) != "-" and out.suffix not in {".csv", ".jsonl"}:
        raise InputError(f"{out}: choose a name that ends in .csv or .jsonl")
    house = wiring.open_house(settings_module.load())
    try:
        if brand and brand not in house.store.brands():
            raise NotFoundError(f"No mentions of {brand!r}; there are: {', '.join(house.store.brands()) or 'none'}")
        rows = {What.MENTIONS: _mentions, What.CASES: _cases, What.DELIVERIES: _deliveries}[what](house, brand)
        if str(out) == "-":
            for row in rows:
                sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
            return
        with out.open("w", encoding="utf-8", newline="", errors="replace") as file:
            count = _write_csv(file, rows) if out.suffix == ".csv" else _write_lines(file, rows)
    finally:
        house.close()
    print(f"{count} {what.value} written to {out}")


def _mentions(house: wiring.House, brand: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        page = house.store.mentions(MentionQuery(brand=brand, cursor=cursor, limit=_PAGE))
        for stored in page.items:
            yield {
                **_flat(stored.mention),
                **_flat(stored.score),
                **_flat(stored.score.reading),
                **_flat(stored.budget),
            }
        cursor = page.next
        if not cursor:
            return


def _cases(house: wiring.House, brand: str) -> Iterator[dict[str, Any]]:
    from core.case import CaseState

    cursor = ""
    while True:
        query = CaseQuery(brand=brand, states=tuple(CaseState), order="newest", cursor=cursor, limit=_PAGE)
        page = house.store.cases(query)
        yield from (_flat(case) for case in page.items)
        cursor = page.next
        if not cursor:
            return


def _deliveries(house: wiring.House, brand: str) -> Iterator[dict[str, Any]]:
    for delivery in house.store.deliveries(limit=1_000_000):
        if not brand or delivery.brand == brand:
            yield _flat(delivery)


def _flat(struct: msgspec.Struct) -> dict[str, Any]:
    given = msgspec.to_builtins(struct)
    return {name: value for name, value in given.items() if not isinstance(value, dict)}


def _write_lines(file: Any, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def _write_csv(file: Any, rows: Iterator[dict[str, Any]]) -> int:
    writer: csv.DictWriter[str] | None = None
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007
        if writer is None:
            writer = csv.DictWriter(file, list(row), extrasaction="ignore")
            writer.writeheader()
        writer.writerow({name: harmless(value) for name, value in row.items()})
    return count


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    if isinstance(value, list):
        value = " ".join(str(each) for each in value)
    if isinstance(value, str) and value.lstrip()[:1] in {"=", "+", "-", "@", "\t", "\r", "|"}:
        return "'" + value
    return value


def erase(
    brand: Annotated[str, typer.Option("--brand", help="Everything kept about this brand.")] = "",
    mention: Annotated[str, typer.Option("--mention", help="One mention, with its case and drafts.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Remove a brand's data, or one mention, for good."""
    if bool(brand) == bool(mention):
        raise InputError("Name what to erase: either --brand NAME or --mention ID.")
    house = wiring.open_house(settings_module.load())
    try:
        if brand:
            if brand not in house.store.brands():
                raise NotFoundError(
                    f"Nothing is kept about {brand!r}; brands: {', '.join(house.store.brands()) or 'none'}"
                )
            if not yes:
                typer.confirm(f"Remove everything kept about {brand!r} for good?", abort=True)
            print(f"{erasing.erase_brand(house, brand)} mentions of {brand!r} removed.")
        else:
            if not yes:
                typer.confirm(f"Remove mention {mention} for good?", abort=True)
            erasing.erase_mention(house, mention)
            print(f"Mention {mention} removed.")
    finally:
        house.close()
