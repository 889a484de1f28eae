"""The command that writes what is kept to a file: mentions, cases, deliveries, corrections."""

import csv
import json
from collections.abc import Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from core.case import CaseState
from core.errors import NotFoundError
from core.ports.queries import CaseQuery, MentionQuery
from core.ports.store import Store
from runtime import settings as settings_module
from runtime.wiring import backends
from runtime.writing import STANDARD_OUTPUT, check_ending, writing

_PAGE = 500
_PLACES = 6


class What(StrEnum):
    """What can be exported."""

    MENTIONS = "mentions"
    CASES = "cases"
    DELIVERIES = "deliveries"
    CORRECTIONS = "corrections"


def export(
    what: Annotated[What, typer.Argument(help="What to export.")],
    out: Annotated[
        Path, typer.Option("--out", help="A .csv or .jsonl file, also .gz; - writes JSON lines to standard output.")
    ] = STANDARD_OUTPUT,
    brand: Annotated[str, typer.Option("--brand", help="Only this brand.")] = "",
) -> None:
    """Write mentions, cases, deliveries, or texts with the labels that people gave them, to a file.

    In CSV, an apostrophe makes cells harmless that a spreadsheet would compute, several names stand in one cell as a;b,
    and numbers have six places; JSON lines have everything as it is. Of a mention, `urgent` says whether its words ask
    for help at once; how urgent its case is stands in the cases as `grade`.
    """
    kind = check_ending(out, ".csv", ".jsonl")
    asked = {
        What.MENTIONS: _mentions,
        What.CASES: _cases,
        What.DELIVERIES: _deliveries,
        What.CORRECTIONS: _corrections,
    }
    with closing(backends.open_store(settings_module.load(pages=False))) as store:
        if brand and brand not in store.brands():
            raise NotFoundError(f"No mentions of {brand!r}; there are: {', '.join(store.brands()) or 'none'}")
        with writing(out) as file:
            count = (_write_csv if kind == ".csv" else _write_lines)(file, asked[what](store, brand))
    if str(out) != "-":
        print(f"{count} {what.value} written to {out}")


def _mentions(store: Store, brand: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        page = store.mentions(MentionQuery(brand=brand, cursor=cursor, limit=_PAGE))
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


def _cases(store: Store, brand: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        query = CaseQuery(brand=brand, states=tuple(CaseState), order="newest", cursor=cursor, limit=_PAGE)
        page = store.cases(query)
        yield from (_flat(case) for case in page.items)
        cursor = page.next
        if not cursor:
            return


def _deliveries(store: Store, brand: str) -> Iterator[dict[str, Any]]:
    for delivery in store.deliveries(limit=1_000_000):
        if not brand or delivery.brand == brand:
            yield _flat(delivery)


def _corrections(store: Store, brand: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        page = store.corrections(brand, cursor, _PAGE)
        mentions = store.mentions_by_id([each.mention for each in page.items])
        for each in page.items:
            # One may have been erased, or taken back, since the page was read.
            stored = mentions.get(each.mention)
            if stored is not None and stored.correction == each:
                yield {
                    "id": each.mention,
                    "text": stored.mention.text,
                    "label": each.label.value,
                    "language": each.language,
                    "model_label": each.given.value,
                    "p_negative": each.p_negative,
                    "p_neutral": each.p_neutral,
                    "p_positive": each.p_positive,
                    "model": each.model,
                    "brand": each.brand,
                    "corrected_at": msgspec.to_builtins(each.corrected_at),
                }
        cursor = page.next
        if not cursor:
            return


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


_FORMULA = frozenset("=+-@|＝＋－＠")
"""What a formula begins with; Chinese and Japanese spreadsheets take the wide forms for the narrow ones."""


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"); several names stand in one, as `a;b`."""
    if isinstance(value, list | tuple):
        value = ";".join(str(each) for each in value)
    if isinstance(value, float):
        return round(value, _PLACES)
    if isinstance(value, str) and value.lstrip()[:1] in _FORMULA:
        return "'" + value
    return value
