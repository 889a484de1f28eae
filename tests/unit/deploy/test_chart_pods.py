"""Every pod of the chart: what it may do, what it is told, how it is asked."""

from datetime import datetime, time

import pytest

from runtime import settings
from tests.unit.deploy.chart import COMPONENTS, EXAMPLES, NAME, WORKERS, render

SENTIMENT_NEEDS = 1_300  # MiB


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_pod_may_do_more_than_it_must(example: str):
    pods = dict(render(example).pods())
    assert len(pods) == len(COMPONENTS) + 2 + 2 * (example == "trial")  # the migration, the test; Kafka, PostgreSQL
    for where, pod in pods.items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False, where
        assert spec["enableServiceLinks"] is False, where
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True, where
        assert security["runAsUser"] > 0, where
        assert security["runAsGroup"] == security["fsGroup"] > 0, where
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), where
        for container in spec["containers"] + spec.get("initContainers", []):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, where
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), where
            assert "memory" in container["resources"]["limits"], where
            image, _, tag = container["image"].rpartition(":")
            assert image, where
            assert tag not in {"", "latest"}, where


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_account_of_the_chart_gets_a_token(example: str):
    accounts = render(example).all("ServiceAccount")
    assert accounts
    assert all(account["automountServiceAccountToken"] is False for account in accounts)


def test_ids_can_be_left_to_the_cluster():
    for where, pod in render("external", "securityContext.uid=null", "securityContext.gid=null").pods():
        assert pod["spec"]["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}, (
            where
        )


def test_only_what_is_mounted_can_be_written_and_settings_can_not():
    rendered = render("keda")
    for name in COMPONENTS:
        pod = rendered.one("Deployment", name)["spec"]["template"]["spec"]
        kinds = {volume["name"]: next(key for key in volume if key != "name") for volume in pod["volumes"]}
        mounts = {mount["mountPath"]: mount for mount in pod["containers"][0]["volumeMounts"]}
        for path in ("/tmp", "/var/lib/sixminute"):
            assert kinds[mounts[path]["name"]] == "emptyDir"
            assert "readOnly" not in mounts[path]
        for path in ("/etc/sixminute/config", "/etc/sixminute/kafka-ca", "/etc/sixminute/database-ca"):
            assert mounts[path]["readOnly"] is True
        assert set(kinds) == {mount["name"] for mount in mounts.values()}


def test_selectors_find_the_pods_of_their_own_component_only():
    rendered = render("trial")
    labels = {where: pod["metadata"]["labels"] for where, pod in rendered.pods()}
    for manifest in rendered.all("Deployment") + rendered.all("StatefulSet"):
        where = f"{manifest['kind']} {manifest['metadata']['name']}"
        wanted = manifest["spec"]["selector"]["matchLabels"]
        assert [name for name, have in labels.items() if wanted.items() <= have.items()] == [where]
    for service in rendered.all("Service"):
        wanted = service["spec"]["selector"]
        (found,) = [name for name, have in labels.items() if wanted.items() <= have.items()]
        assert found.endswith(service["metadata"]["name"])


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_probe_asks_the_right_page_under_a_name_that_the_program_knows(example: str):
    rendered = render(example)
    for name in COMPONENTS:
        container = rendered.program(name)
        assert container["ports"] == [{"name": "http", "containerPort": 8600}]
        for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
            asked = container[probe]["httpGet"]
            assert (asked["path"], asked["port"]) == (path, "http")
            assert asked["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
        startup = container["startupProbe"]
        assert startup["periodSeconds"] * startup["failureThreshold"] >= 120  # a model loads slowly on a busy node


def test_a_worker_has_time_for_its_batch_and_the_api_for_its_requests():
    rendered = render("external")
    for name in WORKERS:
        assert rendered.one("Deployment", name)["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 45
    api = rendered.one("Deployment", "api")["spec"]["template"]["spec"]
    assert api["terminationGracePeriodSeconds"] == 30
    assert api["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] < 30


def test_sentiment_has_the_memory_and_the_threads_that_the_model_needs():
    container = render("external").program("sentiment")
    assert int(container["resources"]["requests"]["memory"].removesuffix("Mi")) >= SENTIMENT_NEEDS
    assert {"name": "SIXMINUTE_THREADS", "value": "2"} in container["env"]
    assert not any(each["name"] == "SIXMINUTE_THREADS" for each in render("external").program("api")["env"])


def test_the_program_reads_the_file_that_the_values_make(tmp_path):
    rendered = render("ingress")
    environment = rendered.one("ConfigMap", "environment")["data"]
    config = rendered.one("ConfigMap", "config")["data"]
    mounts = {mount["name"]: mount["mountPath"] for mount in rendered.program("alerting")["volumeMounts"]}
    (file,) = config
    assert environment["SIXMINUTE_CONFIG"] == f"{mounts['config']}/{file}"
    assert environment["SIXMINUTE_DATA_DIR"] == mounts["data"]
    path = tmp_path / file
    path.write_text(config[file], encoding="utf-8")
    read = settings.load({"SIXMINUTE_CONFIG": str(path)})
    assert [brand.name for brand in read.brands] == ["Acme"]
    assert [person.name for person in read.people] == ["Mei-Ling", "Bo"]
    assert read.people[0].quiet_from == time(22)
    assert read.rotations[0].starts == datetime.fromisoformat("2026-03-02 09:00")
    assert [step.to for step in read.policies[0].steps] == [("rotation:desk",), ("role:manager",)]
    assert read.alerting.window_minutes == 30
    assert read.alerting.level_minimum == (8, 12, 24, 48)
    assert read.responding.calendar.zone == "Asia/Taipei"
    assert read.responding.calendar.opens.hour == 9
    assert len(read.responding.calendar.holidays) == 2


def test_the_program_reads_the_sources_that_the_values_name(tmp_path):
    path = tmp_path / "sixminute.toml"
    path.write_text(render("trial").one("ConfigMap", "config")["data"]["sixminute.toml"], encoding="utf-8")
    (source,) = settings.load({"SIXMINUTE_CONFIG": str(path)}).sources
    assert (source.name, source.kind) == ("demonstration", "demonstration")


def test_without_a_brand_the_defaults_of_the_program_hold(tmp_path):
    path = tmp_path / "sixminute.toml"
    path.write_text(render("external", "config.brands=null").one("ConfigMap", "config")["data"]["sixminute.toml"])
    assert settings.load({"SIXMINUTE_CONFIG": str(path)}) == settings.Settings()


def test_hostile_text_in_a_brand_stays_text(tmp_path):
    name = 'a"b]\\n[alerting]\\nwindow_minutes = 1 # {{ .Values }} ${HOME} 艾可'
    rendered = render("external", "config.brands[0].name=" + name.replace("\\", "\\\\"))
    path = tmp_path / "sixminute.toml"
    path.write_text(rendered.one("ConfigMap", "config")["data"]["sixminute.toml"], encoding="utf-8")
    read = settings.load({"SIXMINUTE_CONFIG": str(path)})
    assert [brand.name for brand in read.brands] == [name]
    assert read.alerting == settings.Settings().alerting


def test_numbers_reach_the_program_in_a_form_that_it_reads():
    environment = render("external", "settings.maxBacklog=25000000").one("ConfigMap", "environment")["data"]
    assert environment["SIXMINUTE_MAX_BACKLOG"] == "25000000"  # and not 2.5e+07
    assert environment["SIXMINUTE_RETENTION_DAYS"] == "7"
    assert all(isinstance(value, str) for value in environment.values())


@pytest.mark.parametrize(
    ("change", "annotation"),
    [
        ("config.brands[0].name=Other", "checksum/config"),
        ("config.alerting.window_minutes=15", "checksum/config"),
        ("settings.undoSeconds=11", "checksum/config"),
        ("kafka.prefix=other", "checksum/config"),
        ("trial.postgresql.password=other", "checksum/secret"),
    ],
)
def test_a_change_of_settings_restarts_the_pods(change: str, annotation: str):
    before = render("trial").one("Deployment", "alerting")["spec"]["template"]["metadata"]["annotations"]
    after = render("trial", change).one("Deployment", "alerting")["spec"]["template"]["metadata"]["annotations"]
    assert {name for name in before if before[name] != after[name]} == {annotation}


def test_a_new_version_of_the_chart_alone_restarts_nothing():
    for where, pod in render("external").pods():
        assert not {"helm.sh/chart", "app.kubernetes.io/version"} & set(pod["metadata"]["labels"]), where


def test_defaults_hold_for_every_component_that_says_nothing_else():
    rendered = render(
        "external",
        "defaults.nodeSelector.disk=fast",
        "defaults.priorityClassName=normal",
        "defaults.extraEnv[0].name=HTTPS_PROXY",
        "defaults.extraEnv[0].value=http://proxy:3128",
        "defaults.podAnnotations.owner=brand",
        "defaults.topologySpreadConstraints[0].maxSkew=1",
        "defaults.topologySpreadConstraints[0].topologyKey=zone",
        "defaults.topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway",
        "sentiment.nodeSelector.gpu=yes",
        "sentiment.priorityClassName=high",
        "sentiment.podAnnotations.owner=models",
        "sentiment.extraEnv[0].name=HF_TOKEN",
        "sentiment.extraEnv[0].value=x",
    )
    alerting, sentiment = (rendered.one("Deployment", name)["spec"]["template"] for name in ("alerting", "sentiment"))
    assert alerting["spec"]["nodeSelector"] == {"disk": "fast"}
    assert sentiment["spec"]["nodeSelector"] == {"gpu": "yes"}
    assert [each["spec"]["priorityClassName"] for each in (alerting, sentiment)] == ["normal", "high"]
    assert [each["metadata"]["annotations"]["owner"] for each in (alerting, sentiment)] == ["brand", "models"]
    assert {"HTTPS_PROXY", "HF_TOKEN"} <= {each["name"] for each in sentiment["spec"]["containers"][0]["env"]}
    (spread,) = alerting["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"].items() <= alerting["metadata"]["labels"].items()
    assert spread["labelSelector"]["matchLabels"]["app.kubernetes.io/component"] == "alerting"
    job = rendered.one("Job", "migrate")["spec"]["template"]["spec"]
    assert job["nodeSelector"] == {"disk": "fast"}


def test_a_new_version_is_there_before_the_old_one_goes():
    rendered = render("keda")
    for name in COMPONENTS:
        assert rendered.one("Deployment", name)["spec"]["strategy"]["rollingUpdate"] == {
            "maxSurge": 1,
            "maxUnavailable": 0,
        }
    assert rendered.one("Deployment", "ingest")["spec"]["replicas"] == 2


def test_a_component_sees_further_volumes():
    rendered = render(
        "external",
        "ingest.extraVolumes[0].name=exports",
        "ingest.extraVolumes[0].persistentVolumeClaim.claimName=exports",
        "ingest.extraVolumeMounts[0].name=exports",
        "ingest.extraVolumeMounts[0].mountPath=/data",
    )
    pod = rendered.one("Deployment", "ingest")["spec"]["template"]["spec"]
    assert pod["volumes"][-1] == {"name": "exports", "persistentVolumeClaim": {"claimName": "exports"}}
    assert pod["containers"][0]["volumeMounts"][-1] == {"name": "exports", "mountPath": "/data"}
    assert "exports" not in str(rendered.one("Deployment", "alerting"))


def test_the_pages_go_by_the_names_of_the_service_and_the_ingress():
    environment = render("ingress", "settings.allowedHosts={brand.example.org}").one("ConfigMap", "environment")["data"]
    assert environment["SIXMINUTE_ALLOWED_HOSTS"].split(",") == [
        "sixminute.example.org",
        "brand.example.org",
        f"{NAME}-api",
        f"{NAME}-api.watch",
        f"{NAME}-api.watch.svc",
        f"{NAME}-api.watch.svc.cluster.local",
    ]
