"""Chart, compose.yaml and Dockerfile run the same program in the same way, with settings that it has."""

import re
from typing import Any

import msgspec
import pytest
import yaml

from runtime import settings
from runtime.settings import TABLES, Settings
from tests.unit.deploy.chart import CHART, COMPONENTS, WORKERS, Manifest, Rendered, render
from tests.unit.deploy.containers import ROOT, compose, environment_of, stages

OF_THE_PLACE = {  # what differs because the place does
    "SIXMINUTE_ALLOWED_HOSTS",
    "SIXMINUTE_KAFKA_BOOTSTRAP",
    "SIXMINUTE_LOG",
}
IMAGE = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))[-1]


def told(rendered: Rendered, component: str) -> dict[str, str]:
    """All variables of a component in the cluster; what comes from a Secret with an empty value."""
    variables = {each["name"]: each.get("value", "") for each in rendered.program(component)["env"]}
    return rendered.one("ConfigMap", "environment")["data"] | variables


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][name]
    return found


def server(rendered: Rendered, name: str) -> Manifest:
    found: Manifest = rendered.one("StatefulSet", name)["spec"]["template"]["spec"]
    return found


def deployment_files() -> str:
    files = [
        *(CHART / "templates").rglob("*"),
        CHART / "README.md",
        CHART / "values.yaml",
        CHART / "values.schema.json",
    ]
    files += [ROOT / "compose.yaml", ROOT / "Dockerfile", ROOT / ".env.example", *(CHART / "examples").glob("*")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if path.is_file())


def test_every_variable_is_a_setting_of_the_program():
    known = {
        f"SIXMINUTE_{field.name.upper()}" for field in msgspec.structs.fields(Settings) if field.name not in TABLES
    }
    named = {name.rstrip("_") for name in re.findall(r"SIXMINUTE_[A-Z_]+", deployment_files())}
    # An example of what Kubernetes would add on its own, in the comment that says why it must not.
    assert named - {"SIXMINUTE_API_PORT", "SIXMINUTE"} <= known | {settings.CONFIG_VARIABLE}
    assert known | {settings.CONFIG_VARIABLE} <= named, "a setting that the chart can't set"


def test_the_program_takes_what_the_chart_and_compose_tell_it():
    mine = {"SIXMINUTE_CONFIG": str(ROOT / "sixminute.example.toml")}
    from_the_secret = {"SIXMINUTE_KAFKA_USERNAME": "ada", "SIXMINUTE_KAFKA_PASSWORD": "secret"}
    for environment in (told(render("keda"), "sentiment"), service("sentiment")["environment"]):
        read = settings.load(environment | from_the_secret | mine)
        assert (read.bus, read.port, read.threads, read.host) == ("kafka", 8600, 2, "0.0.0.0")
        assert str(read.data_dir) == "/var/lib/sixminute"
        assert "" not in read.allowed_hosts


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_has_one_command_and_one_set_of_variables(name: str):
    rendered = render("trial")
    here, there = service(name), rendered.program(name)
    assert here["command"] == there["args"]
    in_compose, in_cluster = here["environment"], told(rendered, name)
    assert set(in_compose) == set(in_cluster)
    for variable, value in in_cluster.items():
        if value and variable not in OF_THE_PLACE:
            assert in_compose[variable] == value, variable


def test_the_migration_is_the_same_command():
    (job,) = render("trial").all("Job")
    assert service("migrate")["command"] == job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]
    assert service("migrate")["environment"] == service("api")["environment"]


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_is_asked_at_the_same_port_and_page_and_has_the_same_time(name: str):
    rendered = render("trial")
    container = rendered.program(name)
    (port,) = [each["containerPort"] for each in container["ports"]]
    path = container["readinessProbe"]["httpGet"]["path"]
    assert f"http://127.0.0.1:{port}{path}'" in service(name)["healthcheck"]["test"][-1]
    assert service(name)["environment"]["SIXMINUTE_PORT"] == str(port) == dict(IMAGE)["EXPOSE"]
    check = next(rest for word, rest in IMAGE if word == "HEALTHCHECK")
    assert container["livenessProbe"]["httpGet"]["path"] in check
    seconds = rendered.one("Deployment", name)["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert service(name)["stop_grace_period"] == f"{seconds}s"


def test_the_user_is_the_same():
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))["securityContext"]
    assert dict(IMAGE)["USER"] == f"{values['uid']}:{values['gid']}"
    assert {service(name)["user"] for name in (*COMPONENTS, "migrate")} == {dict(IMAGE)["USER"]}
    rendered = render("trial")
    for name in ("kafka", "postgresql"):
        context = server(rendered, name)["securityContext"]
        assert service(name)["user"] == f"{context['runAsUser']}:{context['runAsGroup']}"


def test_the_folders_are_the_same():
    set_in_image = environment_of(IMAGE)
    assert set_in_image["SIXMINUTE_DATA_DIR"] == told(render("external"), "api")["SIXMINUTE_DATA_DIR"]
    mounts = {mount.partition(":")[0] for mount in service("api")["tmpfs"]}
    assert mounts == {set_in_image["SIXMINUTE_DATA_DIR"], "/tmp"}


@pytest.mark.parametrize("name", ["kafka", "postgresql"])
def test_a_server_is_the_same_version_with_the_same_settings(name: str):
    rendered = render("trial")
    (container,) = server(rendered, name)["containers"]
    assert service(name)["image"] == container["image"]
    in_cluster = {each["name"]: each.get("value") for each in container["env"]}
    in_compose = service(name)["environment"]
    assert set(in_compose) == set(in_cluster)
    for variable, value in in_cluster.items():
        if value is not None and variable != "KAFKA_ADVERTISED_LISTENERS":
            assert in_compose[variable] == value, variable
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    confined = {mount.partition(":")[0] for mount in service(name)["tmpfs"]}
    volumes = {mount.partition(":")[2] for mount in service(name)["volumes"]}
    assert mounts - {"/dev/shm"} == confined | volumes


def test_the_same_workers_reach_the_networks():
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    outside = {name for name in WORKERS if "outside" in service(name)["networks"]}
    assert outside == set(values["networkPolicy"]["outside"]["components"])


def test_the_image_has_one_name():
    assert service("api")["image"] == render("trial").program("api")["image"]
    assert {service(name)["image"] for name in (*COMPONENTS, "migrate")} == {service("api")["image"]}
