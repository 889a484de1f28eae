"""Who may speak with whom, and the way to the pages from outside."""

import helm_python
import pytest

from tests.unit.deploy.chart import COMPONENTS, EXAMPLES, NAME, WORKERS, Manifest, Rendered, render

DNS = {(53, "UDP"), (53, "TCP")}
MONITORING = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}


def ports(rule: Manifest) -> set[tuple[int | str, str]]:
    return {(each["port"], each["protocol"]) for each in rule["ports"]}


def policy(rendered: Rendered, name: str) -> Manifest:
    return rendered.one("NetworkPolicy", name)["spec"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_one_policy_holds_for_every_pod(example: str):
    rendered = render(example)
    for where, pod in rendered.pods():
        covering = [
            each["metadata"]["name"]
            for each in rendered.all("NetworkPolicy")
            if each["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        ]
        assert len(covering) == 1, where
    for each in rendered.all("NetworkPolicy"):
        assert each["spec"]["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_rule_lets_everybody_in(example: str):
    for changes in ((), ("networkPolicy.monitoring=null",)):
        for each in render(example, *changes).all("NetworkPolicy"):
            for rule in each["spec"].get("ingress") or []:
                assert rule.get("from"), each["metadata"]["name"]  # none at all would mean everybody
                assert len(rule["ports"]) == 1


def test_workers_are_asked_by_monitoring_only():
    rendered = render("external", "networkPolicy.from[0].podSelector.matchLabels.app=portal")
    for name in WORKERS:
        assert policy(rendered, name)["ingress"] == [
            {"ports": [{"port": "http", "protocol": "TCP"}], "from": [MONITORING]}
        ]


def test_the_pages_are_opened_by_whom_the_values_name_and_by_the_test():
    allowed = [peer for rule in policy(render("ingress"), "api")["ingress"] for peer in rule["from"]]
    test_pod = {
        "podSelector": {
            "matchLabels": {
                "app.kubernetes.io/name": "sixminute",
                "app.kubernetes.io/instance": "brand",
                "app.kubernetes.io/component": "test",
            }
        }
    }
    traefik = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "traefik"}}}
    assert allowed == [test_pod, traefik, MONITORING]


def test_servers_are_reached_at_the_ports_of_their_addresses():
    rendered = render("keda", "networkPolicy.database.ports={5433}")
    for name in (*COMPONENTS, "migrate"):
        reached = set().union(*(ports(rule) for rule in policy(rendered, name)["egress"]))
        assert DNS | {(9093, "TCP"), (5433, "TCP"), (4318, "TCP")} <= reached
    mixed = render("external", "kafka.bootstrap=a:9092\\,[fd00::1]:19092\\,c:9092")
    assert {(9092, "TCP"), (19092, "TCP")} in [ports(rule) for rule in policy(mixed, "api")["egress"]]


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("http://collector:4318/v1/traces", 4318),
        ("https://collector/v1/traces", 443),
        ("http://collector", 80),
        ("http://[fd00::1]:4318", 4318),
    ],
)
def test_traces_find_their_way(address: str, port: int):
    rules = policy(render("external", f"settings.traces={address}"), "sentiment")["egress"]
    assert {(port, "TCP")} in [ports(rule) for rule in rules]


def test_only_ingest_and_publisher_reach_the_networks():
    rendered = render("external")
    for name in (*COMPONENTS, "migrate", "test"):
        outside = [rule for rule in policy(rendered, name)["egress"] if (443, "TCP") in ports(rule)]
        assert bool(outside) == (name in {"ingest", "publisher", "alerting"}), name
        for rule in outside:
            blocks = {peer["ipBlock"]["cidr"]: peer["ipBlock"]["except"] for peer in rule["to"]}
            assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(blocks["0.0.0.0/0"])
            assert "fc00::/7" in blocks["::/0"]
    paging = render("external", "networkPolicy.outside.components={ingest,publisher,alerting}")
    assert any((443, "TCP") in ports(rule) for rule in policy(paging, "alerting")["egress"])


def test_trial_servers_are_reached_from_the_release_only():
    rendered = render("trial")
    for name, port in (("kafka", 9092), ("postgresql", 5432)):
        (rule,) = policy(rendered, name)["ingress"]
        assert ports(rule) == {(port, "TCP")}
        (peer,) = rule["from"]
        for component in (*COMPONENTS, "migrate"):
            (way,) = [each for each in policy(rendered, component)["egress"] if (port, "TCP") in ports(each)]
            server = rendered.one("StatefulSet", name)["spec"]["template"]["metadata"]["labels"]
            assert way["to"][0]["podSelector"]["matchLabels"].items() <= server.items()
        worker = rendered.one("Deployment", "alerting")["spec"]["template"]["metadata"]["labels"]
        assert peer["podSelector"]["matchLabels"].items() <= worker.items()


def test_policies_can_be_left_out():
    assert render("ingress", "networkPolicy.enabled=false").all("NetworkPolicy") == []


def test_the_ingress_leads_to_the_service_that_leads_to_the_api():
    rendered = render("ingress", "service.port=80")
    ingress = rendered.one("Ingress", "")
    assert ingress["spec"]["ingressClassName"] == "traefik"
    assert ingress["spec"]["tls"] == [{"secretName": "sixminute-tls", "hosts": ["sixminute.example.org"]}]
    assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "letsencrypt"
    (rule,) = ingress["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    service = rendered.one("Service", "api")
    assert backend == {"name": service["metadata"]["name"], "port": {"name": "http"}}
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http"}]
    assert rule["host"] in rendered.one("ConfigMap", "environment")["data"]["SIXMINUTE_ALLOWED_HOSTS"].split(",")
    assert service["metadata"]["name"] == f"{NAME}-api"


def test_an_ingress_that_nobody_could_use_is_refused():
    with pytest.raises(helm_python.HelmRenderError, match=r"ingress\.enabled needs ingress\.hosts"):
        render("ingress", "ingress.hosts=null")
    with pytest.raises(helm_python.HelmRenderError, match=r"needs networkPolicy\.from: name the namespace"):
        render("ingress", "networkPolicy.from=null")
    with pytest.raises(helm_python.HelmValuesError, match="/ingress/hosts/0"):
        render("ingress", "ingress.hosts={*.example.org}")
