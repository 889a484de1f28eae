"""A recorded file as mentions in the order of time: what replay and backtest begin with."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from core.brand import Brand
from core.errors import InputError, RowError
from core.identity import identity
from core.mention import Label, Mention, mention_id
from ingest.brands import Spellings
from ingest.mapping import ColumnMap, Where, make_mention, map_columns, parse_where, read_label
from ingest.match import Matcher
from ingest.normalise import normalise_line
from ingest.reading import Row, read_columns, read_rows

LIMIT = 1_000_000
"""Mentions of one file that are held in memory to put them in order: about 0.8 GB where the texts are short."""

_RAW_SHOWN = 2_000
_LONGEST_BRAND = 100
_CHUNK = 1 << 20


class Recorded(Struct, frozen=True):
    """A mention of a recording. `at` is when its row was written, which is later than `created_at` for an edit."""

    at: datetime
    mention: Mention
    label: Label | None


class Loaded(Struct, frozen=True):
    """All of a file: mentions in order of `at`, rows that can't be read as (raw, reason), and how many were skipped.

    Skipped are rows that no brand is found in, posts that don't count for their brand (its own, those of excluded
    accounts, and of sources that it takes nothing from), repeats, and rows that a condition leaves out.
    """

    recorded: tuple[Recorded, ...]
    dead: tuple[tuple[str, str], ...]
    skipped: int


class RecordedFile:
    """A file with everything that says how to read it. Errors in that show at once, before anything is read.

    Args:
        path: ``.csv``, ``.csv.gz``, ``.jsonl`` or ``.jsonl.gz``.
        brands: the configured brands. Where there are none, the brands that the file names are taken as they are.
        mapping: columns of fields, as ``--map`` (see `ingest.mapping.map_columns`).
        where: conditions that a row must fulfil, as ``--where``.
        brand: the brand of every row that names none, as ``--brand``.
        source: the network of every row that names none.
        table: the name of the ``[[sources]]`` table that the file stands in; empty where it is played by hand.

    Raises:
        InputError: the file can't be read, a column is missing, or nothing says which brand the rows are about.
    """

    def __init__(
        self,
        path: Path,
        *,
        brands: Sequence[Brand] = (),
        mapping: str = "",
        where: Iterable[str] = (),
        brand: str = "",
        source: str = "x",
        table: str = "",
    ) -> None:
        self.path = path
        available = read_columns(path)
        try:
            self._columns: ColumnMap = map_columns(mapping, available)
            self._where: tuple[Where, ...] = parse_where(where, available)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        self._spellings = Spellings(brands)
        self._matcher = Matcher(brands, table)
        self._brand = self._spellings.brand(brand) if brand else ""
        self._source = source
        if not (brands or self._brand or "brand" in self._columns.columns):
            raise InputError(
                f"{path}: nothing says which brand this is about: configure [[brands]], or name a column with"
                " --map brand=COLUMN, or one brand with --brand NAME"
            )
        if self._brand and not self._matcher.counts(self._brand, ""):
            raise InputError(
                f"all rows are said to be about {self._brand}, which takes no mentions from {table!r}: add that to the"
                " `sources` of the brand, or leave `brand` out"
            )
        self._settings = identity(
            "recording", mapping, str(self._where), self._brand, source, table, msgspec.json.encode(brands).decode()
        )

    def fingerprint(self) -> str:
        """What the file holds and how it is read, as a short text that is different where either is.

        Raises:
            InputError: the file can't be read any more.
        """
        digest = hashlib.blake2b(self._settings.encode(), digest_size=12)
        try:
            with self.path.open("rb") as file:
                while piece := file.read(_CHUNK):
                    digest.update(piece)
        except OSError as error:
            raise InputError(f"{self.path}: can't be read any more: {error.strerror or error}") from error
        return digest.hexdigest()

    def load(self, ingested_at: datetime, limit: int = LIMIT, *, until: datetime | None = None) -> Loaded:
        """Read everything, with the times of the file.

        A row that is dated after `until` can't be read: nobody has recorded what is still to come. A later row with the
        id of an earlier one is an edit where the text differs, and else a repeat.

        Raises:
            InputError: the file has more than `limit` mentions.
        """
        found: list[Recorded] = []
        dead: list[tuple[str, str]] = []
        skipped = 0
        for row in read_rows(self.path):
            if not isinstance(row, Row):
                dead.append(
                    (
                        row.raw or f"{self.path.name}, row {row.number}",
                        f"{self.path.name}, row {row.number}: {row.reason}",
                    )
                )
                continue
            try:
                mentions = self._mentions(row, ingested_at, until)
            except RowError as error:
                dead.append((_shown(row.values), f"{self.path.name}, row {row.number}: {error}"))
                continue
            skipped += not mentions
            found += mentions
            if len(found) > limit:
                raise InputError(f"{self.path}: more than {limit:,} mentions; split the file by time")
        found.sort(key=lambda each: each.at)
        kept = _revised(found)
        return Loaded(kept, tuple(dead), skipped + len(found) - len(kept))

    def _mentions(self, row: Row, ingested_at: datetime, until: datetime | None) -> list[Recorded]:
        if not all(condition.accepts(row.values) for condition in self._where):
            return []
        mention = make_mention(
            row.values, self._columns, brand="", source=self._source, ingested_at=ingested_at, origin="replay"
        )
        if until is not None and mention.created_at > until:
            raise RowError(f"created_at {mention.created_at:%Y-%m-%d %H:%M} UTC is still to come: correct the time")
        label = read_label(row.values, self._columns)
        return [
            Recorded(mention.created_at, _about(mention, brand), label) for brand in self._brands(row.values, mention)
        ]

    def _brands(self, values: Mapping[str, str], mention: Mention) -> tuple[str, ...]:
        named = self._columns.value("brand", values)
        brand = self._spellings.brand(normalise_line(named, _LONGEST_BRAND)) if named else self._brand
        if not brand:
            return self._matcher.brands_of(mention.text, mention.author)
        return (brand,) if self._matcher.counts(brand, mention.author) else ()


def _shown(values: Mapping[str, str]) -> str:
    # Half of a pair of surrogates can stand in JSON, but not in the dead letter.
    written = json.dumps(values, ensure_ascii=False)[:_RAW_SHOWN]
    return written.encode("utf-8", "backslashreplace").decode()


def _about(mention: Mention, brand: str) -> Mention:
    return msgspec.structs.replace(mention, brand=brand, id=mention_id(mention.source, mention.network_id, brand))


def _revised(found: Sequence[Recorded]) -> tuple[Recorded, ...]:
    """Without repeats, and with revisions for edits. An edit belongs where the post was, so it keeps its first time."""
    latest: dict[str, Mention] = {}
    kept = []
    for each in found:
        before = latest.get(each.mention.id)
        if before is None:
            mention = each.mention
        elif before.text == each.mention.text:
            continue
        else:
            mention = msgspec.structs.replace(each.mention, revision=before.revision + 1, created_at=before.created_at)
        latest[mention.id] = mention
        kept.append(Recorded(each.at, mention, each.label))
    return tuple(kept)
