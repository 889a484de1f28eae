"""The Helm chart, rendered in this process as `helm template` does it, and Kubernetes' own schemas to hold it to."""

import copy
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python
import jsonschema
import referencing
import yaml
from kubernetes_validate import utils

ROOT = Path(__file__).resolve().parents[3]
CHART = ROOT / "helm" / "sixminute"
EXAMPLES = tuple(sorted(path.stem for path in (CHART / "examples").glob("*.yaml")))
KUBERNETES = ("1.30", "1.37")
"""The oldest version that the chart allows, and the newest one there are schemas of."""
WORKERS = ("ingest", "sentiment", "alerting", "responding", "publisher")
COMPONENTS = (*WORKERS, "api")
RELEASE, NAMESPACE = "brand", "watch"
NAME = f"{RELEASE}-sixminute"

Manifest = dict[str, Any]


class Rendered:
    """What an installation would put into the cluster."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.notes = "".join(text for name, text in texts.items() if name.endswith("NOTES.txt"))
        self.manifests: list[Manifest] = [
            document
            for name, text in texts.items()
            if not name.endswith("NOTES.txt")
            for document in yaml.load_all(text, Loader=yaml.CSafeLoader)  # ten times as fast as SafeLoader
            if document
        ]

    def all(self, kind: str) -> list[Manifest]:
        return [manifest for manifest in self.manifests if manifest["kind"] == kind]

    def one(self, kind: str, name: str) -> Manifest:
        """The manifest of this kind whose name is that of the release with `name` behind it."""
        (found,) = [each for each in self.all(kind) if each["metadata"]["name"] == "-".join(filter(None, (NAME, name)))]
        return found

    def pods(self) -> Iterator[tuple[str, Manifest]]:
        """Every pod with the kind and name of what makes it."""
        for manifest in self.manifests:
            pod = manifest if manifest["kind"] == "Pod" else manifest.get("spec", {}).get("template")
            if isinstance(pod, dict) and "containers" in pod.get("spec", {}):
                yield f"{manifest['kind']} {manifest['metadata']['name']}", pod

    def program(self, component: str) -> Manifest:
        """The container of a worker or of the api."""
        return self.one("Deployment", component)["spec"]["template"]["spec"]["containers"][0]


def values(example: str, *changes: str) -> dict[str, Any]:
    """The values of an example with changes, each written as for `helm --set`."""
    given: dict[str, Any] = helm_python.values_from_yaml(
        (CHART / "examples" / f"{example}.yaml").read_text(encoding="utf-8")
    )
    return _merge(given, helm_python.parse_set_string(",".join(changes)))


def render(example: str, *changes: str, release: str = RELEASE) -> Rendered:
    """An example with changes, checked against the schema of the values first, as Helm does it.

    Raises:
        HelmValuesError: the values don't fit the schema.
        HelmRenderError: the chart refuses them.
    """
    given = values(example, *changes)
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema(given)
        return Rendered(chart.render(given, name=release, namespace=NAMESPACE))


def _merge(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return copy.deepcopy(above)
    return {**below, **{name: _merge(below.get(name), value) for name, value in above.items()}}


@functools.cache
def validator(version: str, api_version: str, kind: str) -> jsonschema.Draft202012Validator:
    """The strict schema of a kind; `kubernetes_validate.validate` would read all definitions anew for every manifest.

    Raises:
        FileNotFoundError: this version of Kubernetes has no such kind.
    """
    group, _, number = api_version.rpartition("/")
    name = "-".join(filter(None, (group.partition(".")[0], number)))
    schema = utils.schema_contents(f"{_folder(version)}/{kind.lower()}-{name}.json", version)
    return jsonschema.Draft202012Validator(schema, registry=_definitions(version))


@functools.cache
def _definitions(version: str) -> referencing.Registry:
    definitions = utils.schema_contents(f"{_folder(version)}/_definitions.json", version)
    return referencing.Resource.from_contents(definitions) @ referencing.Registry()


def _folder(version: str) -> str:
    return f"kubernetes-json-schema/v{version}.0-local-strict"
