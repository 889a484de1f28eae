"""Every example of the chart renders to manifests that Kubernetes takes."""

import tomllib

import helm_python
import jsonschema
import pytest
import yaml

from tests.unit.deploy.chart import CHART, COMPONENTS, EXAMPLES, KUBERNETES, ROOT, render, validator, values

DEFINED_ELSEWHERE = {
    ("keda.sh/v1alpha1", "ScaledObject"),
    ("keda.sh/v1alpha1", "TriggerAuthentication"),
    ("monitoring.coreos.com/v1", "ServiceMonitor"),
    ("monitoring.coreos.com/v1", "PrometheusRule"),
}
WARNING = 2
EVERYTHING_INLINE = (
    "database.existingSecret.name=",
    "database.url=postgresql+psycopg://somebody:secret@db:5432/sixminute",
    "kafka.security=SASL_SSL",
    "kafka.username=somebody",
    "kafka.password=secret",
    "kafka.ca.certificate=PEM",
    "database.ca.certificate=PEM",
    "image.digest=sha256:" + "0" * 64,
    "image.pullSecrets={registry}",
    "commonLabels.team=brand",
    "securityContext.uid=null",
    "securityContext.gid=null",
    "defaults.nodeSelector.disk=fast",
    "defaults.tolerations[0].key=gpu",
    "defaults.podAnnotations.owner=brand",
    "sentiment.resources.limits.nvidia\\.com/gpu=1",
    "sentiment.extraVolumes[0].name=model",
    "sentiment.extraVolumes[0].persistentVolumeClaim.claimName=model",
    "sentiment.extraVolumeMounts[0].name=model",
    "sentiment.extraVolumeMounts[0].mountPath=/models",
    "publisher.extraEnv[0].name=HTTPS_PROXY",
    "publisher.extraEnv[0].value=http://proxy:3128",
    "networkPolicy.from[0].podSelector.matchLabels.app=portal",
    "settings.traces=https://collector:4318",
    "service.annotations.a=b",
    "serviceAccount.annotations.a=b",
    "monitoring.serviceMonitor.enabled=true",
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_passes_the_strict_linter(example: str):
    report = helm_python.lint(CHART, values(example), strict=True)
    assert report["errors"] == []
    assert [message for message in report["messages"] if message["severity"] >= WARNING] == []


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize(
    ("example", "changes"),
    [
        *((name, ()) for name in EXAMPLES),
        ("external", EVERYTHING_INLINE),
        ("ingress", ("networkPolicy.enabled=false",)),
    ],
)
def test_kubernetes_takes_every_manifest(version: str, example: str, changes: tuple[str, ...]):
    rendered = render(example, *changes)
    assert rendered.manifests
    for manifest in rendered.manifests:
        api_version, kind = manifest["apiVersion"], manifest["kind"]
        if (api_version, kind) in DEFINED_ELSEWHERE:
            continue
        faults = [error.message for error in validator(version, api_version, kind).iter_errors(manifest)]
        assert faults == [], f"{kind} {manifest['metadata']['name']}"


def test_a_manifest_that_is_wrong_would_be_found():
    deployment = render("external").one("Deployment", "api")
    deployment["spec"]["template"]["spec"]["containers"][0]["imagePolicy"] = "Always"
    with pytest.raises(jsonschema.ValidationError, match="imagePolicy"):
        validator(KUBERNETES[0], "apps/v1", "Deployment").validate(deployment)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_component_runs_with_its_own_command(example: str):
    rendered = render(example)
    assert len(rendered.all("Deployment")) == len(COMPONENTS)
    for name in COMPONENTS:
        container = rendered.program(name)
        assert container["args"] == (["api"] if name == "api" else ["worker", name])
        assert "command" not in container  # the image's entry point stays
        assert container["image"] == rendered.program("api")["image"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_two_manifests_have_one_name(example: str):
    names = [(each["kind"], each["metadata"]["name"]) for each in render(example).manifests]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("example", EXAMPLES)
def test_names_fit_however_long_the_release_is_called(example: str):
    rendered = render(example, "serviceAccount.create=true", release="r" * 53)
    for manifest in rendered.manifests:
        name = manifest["metadata"]["name"]
        # A StatefulSet's pods carry its name and a hash of eleven characters in a label of 63.
        assert len(name) <= (52 if manifest["kind"] == "StatefulSet" else 63), name
    assert len({each["metadata"]["name"] for each in rendered.all("Deployment")}) == len(COMPONENTS)


def test_versions_are_those_of_the_program_and_of_the_schemas_checked():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert chart["appVersion"] == project["version"]
    assert chart["kubeVersion"] == f">={KUBERNETES[0]}.0-0"
    assert "dependencies" not in chart
    assert render("external").program("api")["image"] == f"sixminute:{project['version']}"
    digest = "sha256:" + "a" * 64
    assert render("external", f"image.digest={digest}").program("api")["image"] == f"sixminute@{digest}"


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_notes_say_what_to_do_next(example: str):
    notes = render(example).notes
    assert "helm --namespace watch test brand" in notes
    assert ("https://sixminute.example.org/" in notes) == (example == "ingress")
    assert ("port-forward service/brand-sixminute-api" in notes) == (example != "ingress")
    assert ("NOT FOR PRODUCTION" in notes) == (example == "trial")
