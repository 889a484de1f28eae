"""What may be set: described in one place, refused with a clear line where it is wrong, listed truly in the README."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

from scripts import chart_values
from tests.unit.deploy.chart import CHART, EXAMPLES, render, values

SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
OF_HELM = {"global"}


def described(path: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every value that the schema knows, with what it says about it."""
    whole = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for name, inner in whole.get("properties", {}).items():
        yield f"{path}/{name}", inner
        yield from described(f"{path}/{name}", inner)


def test_every_value_is_described():
    for path, schema in described("", SCHEMA):
        assert schema.get("description", "").endswith((".", "SIXMINUTE_")), path


def test_every_object_refuses_what_it_does_not_know():
    def objects(schema: Any) -> Iterator[dict[str, Any]]:
        if isinstance(schema, dict):
            if "properties" in schema and isinstance(schema["properties"], dict) and "required" not in schema:
                yield schema
            for inner in schema.values():
                yield from objects(inner)

    found = list(objects(SCHEMA))
    assert len(found) > 40
    assert [each for each in found if each.get("additionalProperties") is not False] == []


def test_values_and_schema_know_the_same():
    for path, schema in described("", SCHEMA):
        if path.strip("/") in OF_HELM or path.endswith(("/requests", "/limits")):
            continue
        value: Any = DEFAULTS
        for name in path.strip("/").split("/"):
            assert name in value, f"{path} has no default in values.yaml"
            value = value[name]
        assert "properties" not in schema or isinstance(value, dict), path
    # The other way round: the linter holds values.yaml to the strict schema.
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema({})


def test_the_readme_lists_every_value_with_its_default():
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    assert chart_values.tables() in readme, "run python scripts/chart_values.py"


def test_the_readme_leads_to_every_example_and_names_only_values_that_there_are():
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (CHART / target).exists(), target
    assert {Path(target).stem for target in re.findall(r"\(examples/(\S+)\)", readme)} == set(EXAMPLES)
    prose = readme.partition("## Values")[0]
    known = {path.strip("/").replace("/", ".") for path, _ in described("", SCHEMA)}
    named = {name for name in re.findall(r"`([a-z][A-Za-z]+(?:\.[a-zA-Z]+)+)[=`]", prose) if "resources" not in name}
    assert len(named) > 8
    assert named <= known | {f"{name}" for name in ("autoscaling.enabled", "sixminute.toml")}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("sentiment.autoscaling.enabled=both", "'/sentiment/autoscaling/enabled': value must be one of 'none', 'hpa'"),
        ("sentiment.autoscaling.enabled=true", "'/sentiment/autoscaling/enabled'"),
        ("ingest.autoscaling.enabled=keda", "'/ingest/autoscaling/enabled': value must be 'none'"),
        ("ingest.autoscaling.maxReplicas=3", "additional properties 'maxReplicas' not allowed"),
        ("publisher.replicas=-1", "'/publisher/replicas': minimum: got -1, want 0"),
        ("publisher.replicas=many", "'/publisher/replicas': got string, want integer"),
        ("api.autoscaling.minReplicas=0", "'/api/autoscaling/minReplicas': minimum: got 0, want 1"),
        ("sentimental.replicas=2", "additional properties 'sentimental' not allowed"),
        ("sentiment.replica=2", "'/sentiment': additional properties 'replica' not allowed"),
        ("config.brand=Acme", "'/config': additional properties 'brand' not allowed"),
        ("config.brands[0].alias=Acme", "'/config/brands/0': missing property 'name'"),
        ("config.channels[0].name=chat", "'/config/channels/0': missing property 'kind'"),
        ("config.channels[0].name=a,config.channels[0].kind=slack", "'/config/channels/0/kind': value must be one of"),
        ("settings.publicUrl=watch.example", "'/settings/publicUrl'"),
        ("kafka.bootstrap=kafka", "'/kafka/bootstrap': 'kafka' does not match pattern"),
        ("kafka.security=TLS", "'/kafka/security': value must be one of 'PLAINTEXT', 'SSL'"),
        ("kafka.saslMechanism=GSSAPI", "'/kafka/saslMechanism'"),
        ("kafka.prefix=a b", "'/kafka/prefix'"),
        ("image.digest=sha256:short", "'/image/digest'"),
        ("settings.log=xml", "'/settings/log': value must be one of 'text', 'json'"),
        ("settings.port=80", "'/settings/port': minimum: got 80, want 1,024"),
        ("settings.allowedHosts={https://brand.example.org}", "'/settings/allowedHosts/0'"),
        ("securityContext.uid=0", "'/securityContext/uid': minimum: got 0, want 1"),
        ("service.type=External", "'/service/type'"),
        ("networkPolicy.outside.components={everything}", "'/networkPolicy/outside/components/0'"),
        ("sentiment.extraEnv[0].value=x", "'/sentiment/extraEnv/0': missing property 'name'"),
        ("sentiment.resources.request.cpu=1", "'/sentiment/resources': additional properties 'request' not allowed"),
        ("sentiment.podDisruptionBudget.minAvailable=half", "'/sentiment/podDisruptionBudget/minAvailable'"),
    ],
)
def test_a_wrong_value_is_refused_and_named(change: str, complaint: str):
    with pytest.raises(helm_python.HelmValuesError) as refused:
        render("external", change)
    assert complaint in str(refused.value)
    assert len(str(refused.value).strip().splitlines()) <= 4


@pytest.mark.parametrize(
    ("example", "change", "complaint"),
    [
        ("external", "database.existingSecret.name=", "No database: name a Secret in database.existingSecret.name"),
        ("external", "database.url=postgresql+psycopg://u:hidden@h/d", "More than one database: keep one of"),
        ("external", "trial.postgresql.enabled=true", "More than one database: keep one of"),
        ("external", "kafka.bootstrap=", "No Kafka: set kafka.bootstrap=host:port"),
        ("external", "trial.kafka.enabled=true", "More than one Kafka: keep one of"),
        ("external", "kafka.security=SASL_SSL", "kafka.security SASL_SSL needs an account"),
        ("keda", "kafka.existingSecret.name=,kafka.username=half", "needs an account: name a Secret"),
        ("trial", "trial.postgresql.password=", "trial.postgresql.password is empty: choose one"),
        (
            "trial",
            "trial.postgresql.enabled=false,database.url=mysql://u:hidden@h/d",
            "must begin with postgresql://",
        ),
        ("ingress", "ingress.hosts=null", "ingress.enabled needs ingress.hosts"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_one_line(example: str, change: str, complaint: str):
    with pytest.raises(helm_python.HelmRenderError) as refused:
        render(example, change)
    message = str(refused.value)
    assert complaint in message
    assert len(message.splitlines()) == 1
    assert "hidden" not in message


def test_an_empty_installation_says_what_is_missing():
    with (
        helm_python.Chart.load(CHART) as chart,
        pytest.raises(helm_python.HelmRenderError, match="No database: name a"),
    ):
        chart.render({}, name="brand", namespace="watch")


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_sets_nothing_that_is_the_default_anyway(example: str):
    def same(given: Any, default: Any, path: str) -> Iterator[str]:
        if isinstance(given, dict) and isinstance(default, dict) and default:
            for name, value in given.items():
                yield from same(value, default[name], f"{path}.{name}")
        elif given == default and path != ".kafka.saslMechanism":  # a reader wants to see it beside the security
            yield path

    assert list(same(values(example), DEFAULTS, "")) == []
