"""What Prometheus is told to read and to watch, and the pod that `helm test` starts."""

import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from runtime.looking import View
from runtime.measuring import Measures
from runtime.metrics import Figures
from runtime.supervisor import Supervisor
from tests.fakes import FakeClock
from tests.unit.deploy.chart import COMPONENTS, NAME, render

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


class Readiness(http.server.BaseHTTPRequestHandler):
    """Answers like the program: 503 as often as the server says, then 200; only under a name that it knows."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Host"]))  # type: ignore[attr-defined]
        ready = len(self.server.asked) > self.server.unready  # type: ignore[attr-defined]
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(b'{"ready":true}' if ready else b'{"ready":false,"parts":{"model":"loading"}}')

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the name of the base class
        pass


@pytest.fixture
def server() -> Iterator[http.server.HTTPServer]:
    with http.server.HTTPServer(("127.0.0.1", 0), Readiness) as running:
        running.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(server: http.server.HTTPServer, unready: int) -> subprocess.CompletedProcess[str]:
    server.unready = unready  # type: ignore[attr-defined]
    pod = next(pod for where, pod in render("external").pods() if where.startswith("Pod "))
    container = pod["spec"]["containers"][0]
    python, option, program = container["command"]
    address, seconds = container["args"]
    assert (python, option, seconds) == ("python", "-c", "60")
    assert address == f"http://{NAME}-api.watch:8600/readyz"
    here = f"http://127.0.0.1:{server.server_port}/readyz"
    return subprocess.run([sys.executable, option, program, here, "1"], capture_output=True, text=True, check=False)


def test_the_test_pod_waits_until_the_program_is_ready(server: http.server.HTTPServer):
    done = ask(server, unready=2)
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"ready":true}\n', "")
    assert server.asked == [("/readyz", "localhost")] * 3  # type: ignore[attr-defined]


def test_the_test_pod_says_which_part_is_not_ready(server: http.server.HTTPServer):
    done = ask(server, unready=10_000)
    assert done.returncode == 1
    assert "is not ready after 1 s: 503" in done.stderr
    assert "loading" in done.stderr


def test_the_test_pod_is_only_started_when_asked_for():
    pod = next(each for each in render("external").all("Pod"))
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
