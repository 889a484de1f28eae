"""What the API says of money."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.language import LANGUAGES
from core.ports.source import Read
from core.spend import Budgets, Prices, XPrices
from tests.fakes import MONDAY

from .conftest import World


def bill(world: World, posts: int, users: int = 0) -> None:
    reads = [Read(resource=kind, ids=tuple(map(str, range(n)))) for kind, n in (("post", posts), ("user", users))]
    with world.store.unit() as unit:
        unit.bill("x", reads, world.clock.now())


def test_nothing_was_spent_and_nothing_is_planned(world: World, client: TestClient) -> None:
    assert client.get("/api/v1/spend").json() == {"networks": []}


def test_what_was_read_is_told_without_a_budget(world: World, client: TestClient) -> None:
    bill(world, posts=100, users=50)
    world.clock.forward(days=1)
    (found,) = client.get("/api/v1/spend").json()["networks"]
    assert found["spent"] == pytest.approx(1.0)
    assert (found["network"], found["month"], found["budget"]) == ("x", "2026-03-01T00:00:00Z", None)
    assert (found["state"], set(found["reason"])) == ("ok", set(LANGUAGES))
    assert found["forecast"] > found["spent"]


def test_prices_and_budgets_are_those_of_the_settings(world: World) -> None:
    parts = replace(world.parts, prices=Prices(x=XPrices(post=0.5)), budgets=Budgets(x=10))
    bill(world, posts=19)
    with TestClient(create_app(parts)) as client:
        (found,) = client.get("/api/v1/spend").json()["networks"]
    assert (found["spent"], found["budget"], found["state"]) == (9.5, 10.0, "narrowed")
    world.clock.time = MONDAY + timedelta(days=30)
    with TestClient(create_app(parts)) as client:
        (found,) = client.get("/api/v1/spend").json()["networks"]
    assert (found["spent"], found["state"], found["month"]) == (0, "ok", "2026-04-01T00:00:00Z")
