"""Tables and topics are there before they are used; the order of things, with servers of others and with its own."""

import pytest

from tests.unit.deploy.chart import COMPONENTS, EXAMPLES, NAME, Manifest, render

EXTERNAL = tuple(name for name in EXAMPLES if name != "trial")
INLINE = ("database.existingSecret.name=", "database.url=postgresql+psycopg://somebody:secret@db:5432/sixminute")


def references(pod: Manifest) -> set[tuple[str, str]]:
    """Kind and name of everything that must be there before the pod can start."""
    container = pod["containers"][0]
    found = {("ServiceAccount", pod["serviceAccountName"])}
    found |= {("ConfigMap", each["configMapRef"]["name"]) for each in container["envFrom"]}
    found |= {("Secret", each["valueFrom"]["secretKeyRef"]["name"]) for each in container["env"] if "valueFrom" in each}
    found |= {("ConfigMap", each["configMap"]["name"]) for each in pod["volumes"] if "configMap" in each}
    return found | {("Secret", each["secret"]["secretName"]) for each in pod["volumes"] if "secret" in each}


def hook(manifest: Manifest) -> dict[str, str]:
    annotations = manifest["metadata"].get("annotations", {})
    return {
        name.removeprefix("helm.sh/"): value for name, value in annotations.items() if name.startswith("helm.sh/hook")
    }


@pytest.mark.parametrize(
    ("example", "changes"),
    [*((name, ()) for name in EXTERNAL), ("external", INLINE), ("keda", ("serviceAccount.create=false",))],
)
def test_with_servers_of_others_it_is_done_before_anything_changes(example: str, changes: tuple[str, ...]):
    rendered = render(example, *changes)
    job = rendered.one("Job", "migrate")
    assert hook(job) == {
        "hook": "pre-install,pre-upgrade",
        "hook-weight": "0",
        "hook-delete-policy": "before-hook-creation,hook-succeeded",
    }
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]
    made = {(each["kind"], each["metadata"]["name"]): each for each in rendered.manifests}
    for kind, name in references(job["spec"]["template"]["spec"]):
        if (kind, name) in made:
            before = hook(made[kind, name])
            assert before["hook"] == "pre-install,pre-upgrade", (kind, name)
            assert int(before["hook-weight"]) < 0
        else:
            assert kind == "Secret" or name == "default"  # somebody else's, there already
    assert int(hook(rendered.one("NetworkPolicy", "migrate"))["hook-weight"]) < 0


def test_what_a_hook_brings_is_used_by_the_hook_alone():
    rendered = render("external", *INLINE)
    hooked = {(each["kind"], each["metadata"]["name"]) for each in rendered.manifests if hook(each)}
    for deployment in rendered.all("Deployment"):
        assert not references(deployment["spec"]["template"]["spec"]) & hooked


def test_the_hook_reads_what_the_workers_read():
    rendered = render("ingress")
    for name in ("environment", "config"):
        assert rendered.one("ConfigMap", f"migrate-{name}")["data"] == rendered.one("ConfigMap", name)["data"]
    inline = render("external", *INLINE)
    assert inline.one("Secret", "migrate-secret")["data"] == inline.one("Secret", "secret")["data"]


def test_with_servers_of_its_own_it_is_a_job_beside_them():
    rendered = render("trial")
    (job,) = rendered.all("Job")
    assert hook(job) == {}
    made = {(each["kind"], each["metadata"]["name"]) for each in rendered.manifests if not hook(each)}
    assert references(job["spec"]["template"]["spec"]) <= made
    assert not [each for each in rendered.manifests if hook(each).get("hook", "test") != "test"]


@pytest.mark.parametrize("change", ["image.tag=0.2.0", "kafka.partitions=24", "migration.resources.limits.memory=1Gi"])
def test_such_a_job_has_a_new_name_when_it_has_a_new_content(change: str):
    (before,), (same,), (after,) = (render("trial", *changes).all("Job") for changes in ((), (), (change,)))
    assert before["metadata"]["name"] == same["metadata"]["name"] != after["metadata"]["name"]
    assert before["metadata"]["name"].startswith(f"{NAME}-migrate-")


def test_it_gives_up_at_some_time_and_can_be_left_to_others():
    job = render("external", "migration.backoffLimit=2").one("Job", "migrate")["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (2, 900)
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    container = job["template"]["spec"]["containers"][0]
    assert not {"livenessProbe", "readinessProbe", "startupProbe", "ports", "lifecycle"} & set(container)
    without = render("external", "migration.enabled=false")
    assert without.all("Job") == []
    assert not [each for each in without.manifests if "migrate" in each["metadata"]["name"]]


def test_trial_servers_keep_their_data_and_are_asked_whether_they_are_ready():
    rendered = render("trial", "trial.kafka.storageClassName=fast")
    for name, folder in (("kafka", "/var/lib/kafka/data"), ("postgresql", "/var/lib/postgresql")):
        spec = rendered.one("StatefulSet", name)["spec"]
        assert spec["serviceName"] == rendered.one("Service", name)["metadata"]["name"]
        assert rendered.one("Service", name)["spec"]["clusterIP"] == "None"
        (claim,) = spec["volumeClaimTemplates"]
        container = spec["template"]["spec"]["containers"][0]
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounts[claim["metadata"]["name"]] == folder
        # A folder below the volume: a new file system has lost+found in it, which both servers refuse.
        data = {each["name"]: each.get("value") for each in container["env"]}
        assert (data.get("PGDATA") or data.get("KAFKA_LOG_DIRS")).startswith(f"{folder}/")
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)
    assert rendered.one("StatefulSet", "kafka")["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "fast"


def test_the_trial_broker_is_told_the_address_that_workers_use():
    rendered = render("trial")
    environment = {
        each["name"]: each["value"]
        for each in rendered.one("StatefulSet", "kafka")["spec"]["template"]["spec"]["containers"][0]["env"]
    }
    bootstrap = rendered.one("ConfigMap", "environment")["data"]["SIXMINUTE_KAFKA_BOOTSTRAP"]
    assert environment["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{bootstrap}"
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert rendered.one("ConfigMap", "environment")["data"]["SIXMINUTE_KAFKA_SECURITY"] == "PLAINTEXT"
    assert bootstrap.startswith(f"{rendered.one('Service', 'kafka')['metadata']['name']}.watch.svc.")


@pytest.mark.parametrize("example", EXTERNAL)
def test_no_server_is_brought_unless_it_is_asked_for(example: str):
    rendered = render(example)
    assert rendered.all("StatefulSet") == []
    served = {each["spec"]["selector"]["app.kubernetes.io/component"] for each in rendered.all("Service")}
    assert served <= set(COMPONENTS)
