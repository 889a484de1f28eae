"""What Prometheus is told to read and to watch, and the pod that `helm test` starts."""

import json
import re
import subprocess
import sys
from typing import Any

import yaml

from tests.unit.deploy.chart import CHART, COMPONENTS, NAME, RELEASE, render
from tests.unit.deploy.conftest import Readiness


def test_they_are_off_unless_asked_for():
    kinds = {each["kind"] for each in render("external").manifests}
    assert not {"ServiceMonitor", "PrometheusRule"} & kinds


def test_the_metrics_of_every_pod_are_read_by_itself():
    rendered = render("keda")
    monitor = rendered.one("ServiceMonitor", "")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint == {"port": "http", "path": "/metrics", "interval": "15s"}
    chosen = [
        service
        for service in rendered.all("Service")
        if monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    ]
    assert {service["metadata"]["labels"][monitor["spec"]["jobLabel"]] for service in chosen} == {RELEASE}
    read = []
    for service in chosen:
        assert service["spec"]["clusterIP"] == "None"
        assert [port["name"] for port in service["spec"]["ports"]] == [endpoint["port"]]
        read += [
            pod["metadata"]["labels"]["app.kubernetes.io/component"]
            for _, pod in rendered.pods()
            if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        ]
    assert sorted(read) == sorted(COMPONENTS)


def alerts() -> list[dict[str, Any]]:
    rule = render("keda").one("PrometheusRule", "")
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    (group,) = rule["spec"]["groups"]
    return group["rules"]


def test_the_alerts_are_those_of_the_rules_file_and_one_about_the_cluster():
    written = yaml.safe_load((CHART / "rules.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    rendered = {each["alert"]: each for each in alerts()}
    assert set(rendered) - {each["alert"] for each in written} == {"SixminuteComponentMissing"}
    here = re.compile(r'\{namespace="watch",pod=~"[^"]+"(,|\})')
    for each in written:
        found = rendered[each["alert"]]
        assert {**found, "expr": ""} == {**each, "expr": ""}
        assert here.sub(lambda match: "{" if match[1] == "," else "", found["expr"]) == each["expr"]


def test_every_metric_in_an_alert_is_of_this_release():
    for each in alerts():
        named = re.findall(r"((?:sixminute|kube)_[a-z_]+)(\{[^}]*\})?", each["expr"])
        assert named, each["alert"]
        for metric, selector in named:
            assert 'namespace="watch"' in selector, (each["alert"], metric)
            assert f'"{NAME}-' in selector, (each["alert"], metric)
        assert each["labels"]["severity"] in {"critical", "warning"}
        assert "<" not in each["annotations"]["summary"]  # Helm has left Prometheus' own braces alone


def test_the_dashboard_is_the_file_and_grafana_finds_it():
    found = render("keda").one("ConfigMap", "dashboard")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    written = (CHART / "dashboards" / "sixminute.json").read_text(encoding="utf-8")
    assert json.loads(found["data"]["sixminute.json"]) == json.loads(written)


def ask(readiness: Readiness, unready: int) -> subprocess.CompletedProcess[str]:
    """Run what the pod of `helm test` runs, against this server and for one second."""
    readiness.unready = unready
    pod = next(pod for where, pod in render("external").pods() if where.startswith("Pod "))
    container = pod["spec"]["containers"][0]
    python, option, program = container["command"]
    address, seconds = container["args"]
    assert (python, option, seconds) == ("python", "-c", "60")
    assert address == f"http://{NAME}-api.watch:8600/readyz"
    here = f"http://127.0.0.1:{readiness.server_port}/readyz"
    return subprocess.run([sys.executable, option, program, here, "1"], capture_output=True, text=True, check=False)


def test_the_test_pod_waits_until_the_program_is_ready(readiness: Readiness):
    done = ask(readiness, unready=2)
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"ready":true}\n', "")
    assert readiness.asked == [("/readyz", "localhost")] * 3


def test_the_test_pod_says_which_part_is_not_ready(readiness: Readiness):
    done = ask(readiness, unready=10_000)
    assert done.returncode == 1
    assert "is not ready after 1 s: 503" in done.stderr
    assert "loading" in done.stderr


def test_the_test_pod_is_only_started_when_asked_for():
    pod = next(each for each in render("external").all("Pod"))
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
