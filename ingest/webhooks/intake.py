"""What the API's webhooks received, onto the bus.

It publishes at once, as a source does, and not through the store's outbox: nothing else changes with it, whoever posts
waits for an answer and sends again if there is none, and only the bus knows whether the next stage can take more.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from core.brand import Brand
from core.errors import InputError, RowError
from core.events import MENTIONS_RAW
from core.mention import Mention, mention_id
from core.ports.bus import Bus
from core.ports.clock import Clock
from core.ports.intake import RefusedRow, Taken, WebhookKind
from core.ports.source import Removal
from core.ports.store import Store
from core.service import dead_row
from ingest.poller import deleted_message, received_message
from ingest.webhooks.email import EMAIL
from ingest.webhooks.finding import Finder
from ingest.webhooks.form import FORM
from ingest.webhooks.line import LINE
from ingest.webhooks.mentions import MENTIONS
from ingest.webhooks.meta import META
from ingest.webhooks.said import Adapter, Context, Outcome, described

MOST_ROWS = 1_000
"""Rows of one delivery that are taken: Meta sends as many."""
PATIENCE = 1.0
"""Seconds that a delivery waits for the next stage: who posts gives up after a few."""
_STAGE = "webhook"
ADAPTERS: Mapping[WebhookKind, Adapter] = {
    "mentions": MENTIONS,
    "meta": META,
    "line": LINE,
    "email": EMAIL,
    "form": FORM,
}


class Batch(Struct, frozen=True):
    """A delivery that was read: what it holds, and what becomes of its rows. `dead` are (raw text, reason)."""

    mentions: tuple[Mention, ...]
    removed: tuple[Removal, ...]
    dead: tuple[tuple[str, str], ...]
    taken: Taken


class WebhookIntake:
    """Answers the `Intake` port.

    Args:
        bus: where mentions and what can't be read go.
        store: knows the mentions of posts that are removed.
        clock: dates what arrives.
        brands: the configured ones.
    """

    def __init__(self, bus: Bus, store: Store, clock: Clock, brands: Sequence[Brand]) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock
        self._finder = Finder(brands)

    def take(self, kind: WebhookKind, body: bytes, key: str, sent_at: datetime) -> Taken:
        """Bring a delivery to the bus. See the port."""
        now = self._clock.now()
        batch = read(kind, body, Context(key, min(sent_at, now), now), self._finder)
        messages = [received_message(mention) for mention in batch.mentions]
        messages += [deleted_message(mention) for gone in batch.removed for mention in self._mentions_in(gone, now)]
        messages += [dead_row(raw, reason, _STAGE, MENTIONS_RAW, self._clock) for raw, reason in batch.dead]
        if messages:
            self._bus.publish(messages, PATIENCE)
        return batch.taken

    def _mentions_in(self, gone: Removal, now: datetime) -> Sequence[Mention]:
        """The mentions in a post that is gone; those too that are still on their way to the store, or will be."""
        found = {each.id: each for each in self._store.mentions_in_posts(gone.source, [gone.network_id], [])}
        for brand in self._finder.names:
            id_ = mention_id(gone.source, gone.network_id, brand)
            unseen = Mention(
                id=id_,
                brand=brand,
                source=gone.source,
                network_id=gone.network_id,
                created_at=now,
                ingested_at=now,
                text="",
            )
            found.setdefault(id_, unseen)
        return list(found.values())


def read(kind: WebhookKind, body: bytes, context: Context, finder: Finder) -> Batch:
    """Read a delivery (pure).

    Raises:
        InputError: the body as a whole can't be read.
    """
    adapter = ADAPTERS[kind]
    rows = list(adapter.rows(_json(body)))
    if len(rows) > MOST_ROWS:
        raise InputError(f"the body has {len(rows):,} rows; send at most {MOST_ROWS:,} at once")
    mentions: dict[tuple[str, int], Mention] = {}
    removed: list[Removal] = []
    dead: list[tuple[str, str]] = []
    refused: list[RefusedRow] = []
    accepted = about_no_brand = ignored = 0
    for number, row in enumerate(rows, 1):
        try:
            outcome, found = _outcome(adapter, row, number, context, finder)
            _check_repeated(found, mentions)
        except RowError as error:
            dead.append((described(row), f"{kind}, row {number}: {error}"))
            refused.append(RefusedRow(number, str(error)))
            continue
        mentions |= {(mention.id, mention.revision): mention for mention in found}
        if isinstance(outcome, Removal):
            removed.append(outcome)
        elif outcome is None:
            ignored += 1
        else:
            accepted += bool(found)
            about_no_brand += not found
    taken = Taken(
        accepted=accepted,
        about_no_brand=about_no_brand,
        ignored=ignored,
        removed=len(removed),
        refused=tuple(refused),
    )
    return Batch(tuple(mentions.values()), tuple(removed), tuple(dead), taken)


def _json(body: bytes) -> Any:
    try:
        # As in recorded files: control characters in strings are let through, the normaliser removes them.
        return json.loads(body.decode("utf-8-sig"), strict=False)
    except UnicodeDecodeError:
        raise InputError("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError(f"the body is no JSON at character {error.pos}: {error.msg}") from None
    except (ValueError, RecursionError):
        raise InputError(
            "the body is no JSON that can be read: a number is too long, or it is nested too deeply"
        ) from None


def _outcome(
    adapter: Adapter, row: object, number: int, context: Context, finder: Finder
) -> tuple[Outcome, list[Mention]]:
    try:
        outcome = adapter.read(row, number, context)
    except RecursionError:
        raise RowError("it is nested too deeply") from None
    if outcome is None or isinstance(outcome, Removal):
        return outcome, []
    said = outcome.mention
    brands = finder.brands_of(outcome)
    return outcome, [
        msgspec.structs.replace(said, brand=brand, id=mention_id(said.source, said.network_id, brand))
        for brand in brands
    ]


def _check_repeated(found: Sequence[Mention], before: Mapping[tuple[str, int], Mention]) -> None:
    """A row that repeats an earlier one is nothing new; one that says something else under its id can't be told."""
    for mention in found:
        known = before.get((mention.id, mention.revision))
        if known and known.text != mention.text:
            raise RowError("it has the id of an earlier row and another text; give an edit a higher `revision`")
