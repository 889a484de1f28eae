"""The OpenAPI document is valid, complete and worth reading."""

import importlib
import inspect
import pkgutil
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, TypeAdapter

from api import requests, schemas

from .conftest import World

WEBHOOKS = ("/mentions", "/email", "/form", "/line", "/meta")
SIGNED = {
    "POST /api/v1/webhooks/meta": {"x-hub-signature-256"},
    "POST /api/v1/webhooks/line": {"x-line-signature"},
}


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPI.model_validate(document)
    assert document["info"]["description"]
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= known


def test_every_route_says_what_it_is_for(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document).items():
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name
        assert len(operation["tags"]) == 1, name


def test_every_route_of_the_api_is_there(document: dict[str, Any]) -> None:
    assert sorted(operations(document)) == sorted(
        [
            "DELETE /api/v1/mentions/{mention_id}/correction",
            "DELETE /api/v1/policies/{name}",
            "GET /api/v1/brands",
            "GET /api/v1/cases",
            "GET /api/v1/cases/{case_id}",
            "GET /api/v1/cases/{case_id}/paging",
            "GET /api/v1/deliveries",
            "GET /api/v1/demonstration",
            "GET /api/v1/duty",
            "GET /api/v1/error-rates",
            "GET /api/v1/incidents",
            "GET /api/v1/incidents/{incident_id}",
            "GET /api/v1/incidents/{incident_id}/paging",
            "GET /api/v1/maintenance",
            "GET /api/v1/mentions",
            "GET /api/v1/mentions/{mention_id}",
            "GET /api/v1/pages/preview",
            "GET /api/v1/policies",
            "GET /api/v1/policies/{name}",
            "GET /api/v1/problems",
            "GET /api/v1/problems/{name}",
            "GET /api/v1/series",
            "GET /api/v1/silences",
            "GET /api/v1/silences/{silence_id}",
            "GET /api/v1/sources",
            "GET /api/v1/spend",
            "GET /api/v1/share",
            "GET /api/v1/stream",
            "GET /api/v1/webhooks/meta",
            "GET /healthz",
            "GET /metrics",
            "GET /readyz",
            "POST /api/v1/alarm/preview",
            "POST /api/v1/cases/{case_id}/approve",
            "POST /api/v1/cases/{case_id}/claim",
            "POST /api/v1/cases/{case_id}/drafts",
            "POST /api/v1/cases/{case_id}/reopen",
            "POST /api/v1/cases/{case_id}/resolve",
            "POST /api/v1/cases/{case_id}/take-over",
            "POST /api/v1/cases/{case_id}/withdraw",
            "POST /api/v1/demonstration/{order}",
            "POST /api/v1/incidents/{incident_id}/acknowledge",
            "POST /api/v1/incidents/{incident_id}/delegate",
            "POST /api/v1/incidents/{incident_id}/promise",
            "POST /api/v1/incidents/{incident_id}/resolve",
            "POST /api/v1/incidents/{incident_id}/take-over",
            "POST /api/v1/lint",
            "POST /api/v1/mentions",
            "POST /api/v1/mentions/{mention_id}/correction",
            "POST /api/v1/pages/test",
            "POST /api/v1/pages/test/{test_id}/acknowledge",
            "POST /api/v1/policies/{name}/restore",
            "POST /api/v1/silences",
            "POST /api/v1/silences/{silence_id}/end",
            "POST /api/v1/silences/{silence_id}/extend",
            "POST /api/v1/suggestions",
            "POST /api/v1/webhooks/email",
            "POST /api/v1/webhooks/form",
            "POST /api/v1/webhooks/line",
            "POST /api/v1/webhooks/meta",
            "PUT /api/v1/policies/{name}",
        ]
    )


def test_what_goes_wrong_is_a_problem_everywhere(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        answers = operation["responses"]
        assert "422" not in answers, name
        assert list(answers["default"]["content"]) == ["application/problem+json"], name


def test_every_change_tells_of_its_headers(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        if name.startswith(("POST", "PUT")) or name == "DELETE /api/v1/policies/{name}":
            headers = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "header"}
            signed = SIGNED.get(name, {"webhook-id", "webhook-timestamp", "webhook-signature"})
            wanted = signed if operation["tags"] == ["webhooks"] else {"Idempotency-Key", "X-Sixminute-User"}
            assert headers == wanted, name
            assert bool(wanted == signed) == ("requestBody" in operation and name.endswith(WEBHOOKS)), name


def test_every_schema_says_what_it_is(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description") or schema["type"] == "string", name


ANSWERS = [importlib.import_module(f"api.schemas.{each.name}") for each in pkgutil.iter_modules(schemas.__path__)]
MODELS = [
    model
    for module in (*ANSWERS, requests)
    for _, model in inspect.getmembers(module, inspect.isclass)
    if issubclass(model, BaseModel) and model.__module__ == module.__name__
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_examples_are_valid(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        adapter = TypeAdapter(field.rebuild_annotation())
        for example in field.examples or []:
            adapter.validate_python(example)
            assert example is not None, name


def test_nothing_is_loaded_from_other_sites(world: World, client: TestClient) -> None:
    for address in ("/docs", "/redoc"):
        assert client.get(address).status_code == 404
