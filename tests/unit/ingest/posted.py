"""Deliveries for the tests of how they are read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.brand import Brand
from core.ports.intake import WebhookKind
from ingest.webhooks.finding import Finder
from ingest.webhooks.intake import Batch, read
from ingest.webhooks.said import Context

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
NOW = datetime(2026, 3, 2, 9, 2, tzinfo=UTC)
SENT = NOW - timedelta(seconds=3)
ACME = Brand(name="Acme", aliases=("Acme Toasters",), handles=("@acme", "help@acme.example", "4455", "Uacme"))
LUMEN = Brand(name="Lumenbread", exclude_accounts=("spammer",))
BOTH = (ACME, LUMEN)


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def taken(kind: WebhookKind, payload: Any, *brands: Brand, key: str = "msg_1") -> Batch:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return read(kind, body, Context(key, SENT, NOW), Finder(brands or BOTH))


def reasons(batch: Batch) -> list[tuple[int, str]]:
    return [(each.row, each.reason) for each in batch.taken.refused]
