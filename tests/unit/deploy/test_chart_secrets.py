"""Secrets stand in Secrets and nowhere else."""

import base64
import json
from urllib.parse import unquote, urlsplit

import pytest

from tests.unit.deploy.chart import COMPONENTS, NAME, Manifest, Rendered, render

PASSWORD = "p@ss/w:rd+ %ü"
URL = "postgresql+psycopg://somebody:hidden-one@db.example.org:5432/sixminute"
INLINE = (
    "database.existingSecret.name=",
    f"database.url={URL}",
    "kafka.security=SASL_SSL",
    "kafka.username=hidden-two",
    "kafka.password=hidden-three",
    "kafka.ca.certificate=hidden-four",
    "database.ca.certificate=hidden-five",
)
HIDDEN = ("hidden-one", "hidden-two", "hidden-three", "hidden-four", "hidden-five")


def variables(container: Manifest) -> dict[str, Manifest]:
    return {each["name"]: each for each in container["env"]}


def decoded(secret: Manifest) -> dict[str, str]:
    return {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}


def everywhere_else(rendered: Rendered) -> str:
    return json.dumps([each for each in rendered.manifests if each["kind"] != "Secret"]) + rendered.notes


def test_values_given_inline_are_found_in_secrets_only():
    rendered = render("external", *INLINE)
    elsewhere = everywhere_else(rendered)
    for word in HIDDEN:
        assert word not in elsewhere
        assert base64.b64encode(word.encode()).decode() not in elsewhere
    assert decoded(rendered.one("Secret", "secret")) == {
        "database-url": URL,
        "kafka-username": "hidden-two",
        "kafka-password": "hidden-three",
        "kafka-ca.crt": "hidden-four",
        "database-ca.crt": "hidden-five",
    }


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
def test_every_form_of_the_address_that_the_program_reads_is_taken(scheme: str):
    url = f"{scheme}://somebody:secret@db:5432/sixminute"
    rendered = render("external", "database.existingSecret.name=", f"database.url={url}")
    assert decoded(rendered.one("Secret", "secret")) == {"database-url": url}


def test_every_component_and_the_migration_take_them_from_there():
    rendered = render("external", *INLINE)
    for where, pod in rendered.pods():
        container = pod["spec"]["containers"][0]
        if container["name"] != "sixminute":
            continue
        secret = f"{NAME}-migrate-secret" if where.startswith("Job") else f"{NAME}-secret"
        for name, key in (("DATABASE_URL", "database-url"), ("KAFKA_USERNAME", "kafka-username")):
            source = variables(container)[f"SIXMINUTE_{name}"]["valueFrom"]["secretKeyRef"]
            assert source == {"name": secret, "key": key}, where
            assert key in decoded(next(s for s in rendered.all("Secret") if s["metadata"]["name"] == secret))


def test_with_existing_secrets_the_chart_makes_none_and_holds_no_value():
    rendered = render("keda", "kafka.username=left-over", "kafka.password=left-over", "kafka.ca.certificate=left-over")
    assert rendered.all("Secret") == []
    assert "left-over" not in json.dumps(rendered.manifests)
    for name in COMPONENTS:
        given = variables(rendered.program(name))
        assert given["SIXMINUTE_DATABASE_URL"]["valueFrom"]["secretKeyRef"] == {
            "name": "sixminute-database",
            "key": "uri",
        }
        for half in ("username", "password"):
            variable = given[f"SIXMINUTE_KAFKA_{half.upper()}"]
            assert variable["valueFrom"]["secretKeyRef"] == {"name": "sixminute-kafka", "key": half}
            assert "value" not in variable
        volumes = {
            each["name"]: each for each in rendered.one("Deployment", name)["spec"]["template"]["spec"]["volumes"]
        }
        assert volumes["kafka-ca"]["secret"] == {
            "secretName": "kafka-ca",
            "items": [{"key": "ca.crt", "path": "ca.crt"}],
        }
    environment = rendered.one("ConfigMap", "environment")["data"]
    assert environment["SIXMINUTE_KAFKA_CA_FILE"] == "/etc/sixminute/kafka-ca/ca.crt"
    assert environment["SIXMINUTE_KAFKA_SASL_MECHANISM"] == "SCRAM-SHA-512"


def test_no_config_map_has_a_name_that_belongs_into_a_secret():
    for changes in ((), INLINE):
        for config in render("external", *changes).all("ConfigMap"):
            assert not {"SIXMINUTE_DATABASE_URL", "SIXMINUTE_KAFKA_USERNAME", "SIXMINUTE_KAFKA_PASSWORD"} & set(
                config["data"]
            )


def test_without_accounts_no_account_is_asked_for():
    rendered = render("external", "kafka.username=somebody", "kafka.password=unused")
    assert set(variables(rendered.program("api"))) == {"SIXMINUTE_DATABASE_URL"}
    assert rendered.all("Secret") == []


@pytest.mark.parametrize("password", ["trial-only", PASSWORD])
def test_the_trial_password_reaches_database_and_program_as_it_is(password: str):
    escaped = password.replace("\\", "\\\\").replace(",", "\\,")
    secret = decoded(render("trial", f"trial.postgresql.password={escaped}").one("Secret", "secret"))
    assert secret["postgresql-password"] == password
    address = urlsplit(secret["database-url"])
    assert unquote(address.password or "") == password
    assert (address.scheme, address.username, address.port) == ("postgresql", "sixminute", 5432)
    assert address.hostname == f"{NAME}-postgresql"
    assert address.path == "/sixminute"
