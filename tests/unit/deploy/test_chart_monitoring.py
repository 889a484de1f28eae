"""What Prometheus is told to read and to watch, and the pod that `helm test` starts."""

import re
import subprocess
import sys

from runtime.looking import View
from runtime.measuring import Measures
from runtime.metrics import Figures
from runtime.supervisor import Supervisor
from tests.fakes import FakeClock
from tests.unit.deploy.chart import COMPONENTS, NAME, render
from tests.unit.deploy.conftest import Readiness

OTHERS = {"kube_deployment_status_replicas_available"}  # of kube-state-metrics


def test_both_are_off_unless_asked_for():
    kinds = {each["kind"] for each in render("external").manifests}
    assert not {"PodMonitor", "PrometheusRule"} & kinds


def test_the_metrics_of_every_component_are_read():
    rendered = render("keda")
    monitor = rendered.one("PodMonitor", "")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["podMetricsEndpoints"] == [{"port": "http", "path": "/metrics", "interval": "15s"}]
    selector = monitor["spec"]["selector"]
    (expression,) = selector["matchExpressions"]
    assert (expression["key"], expression["operator"]) == ("app.kubernetes.io/component", "In")
    chosen = {
        pod["metadata"]["labels"][expression["key"]]
        for _, pod in rendered.pods()
        if selector["matchLabels"].items() <= pod["metadata"]["labels"].items()
        and pod["metadata"]["labels"][expression["key"]] in expression["values"]
    }
    assert chosen == set(COMPONENTS)


def test_alerts_ask_for_metrics_that_the_program_has():
    clock = FakeClock()
    figures = Figures(Supervisor(clock), lambda: None, Measures(), clock, View(role="api"))
    known = {family.name + ("_total" if family.type == "counter" else "") for family in figures.collect()}
    (group,) = render("keda").one("PrometheusRule", "")["spec"]["groups"]
    asked = {name for rule in group["rules"] for name in re.findall(r"[a-z_]+(?=\{)", rule["expr"])}
    assert len(asked) == len(group["rules"])
    assert asked - OTHERS <= known


def test_every_alert_is_about_this_release_and_says_what_to_do():
    rendered = render("keda", "monitoring.prometheusRule.lag=1234567")
    rule = rendered.one("PrometheusRule", "")
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    names = [each["alert"] for each in rule["spec"]["groups"][0]["rules"]]
    assert len(names) == len(set(names))
    for each in rule["spec"]["groups"][0]["rules"]:
        assert 'namespace="watch"' in each["expr"]
        assert f'"{NAME}-' in each["expr"]
        assert each["labels"]["severity"] in {"critical", "warning"}
        assert each["annotations"]["summary"]
        assert each["annotations"]["description"]
        assert "<" not in each["annotations"]["summary"]  # Helm has left Prometheus' own braces alone
    (behind,) = [each for each in rule["spec"]["groups"][0]["rules"] if each["alert"] == "SixminuteBehind"]
    assert behind["expr"].endswith("> 1234567")
    assert "{{ $labels.group }}" in behind["annotations"]["summary"]


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
