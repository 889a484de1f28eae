"""How many pods run: budgets, the CPU, what waits in Kafka; one of them decides, and for ingest none."""

import itertools

import helm_python
import pytest

from core import events
from tests.unit.deploy.chart import COMPONENTS, EXAMPLES, NAME, WORKERS, render

SCALED = tuple(name for name in WORKERS if name != "ingest")
KINDS = {"hpa": "HorizontalPodAutoscaler", "keda": "ScaledObject"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_budget_covers_exactly_the_pods_of_its_component(example: str):
    rendered = render(example)
    pods = {where: pod["metadata"]["labels"] for where, pod in rendered.pods()}
    assert len(rendered.all("PodDisruptionBudget")) == len(COMPONENTS)
    for name in COMPONENTS:
        budget = rendered.one("PodDisruptionBudget", name)["spec"]
        wanted = budget["selector"]["matchLabels"]
        assert [pod for pod, have in pods.items() if wanted.items() <= have.items()] == [f"Deployment {NAME}-{name}"]
        assert len({"minAvailable", "maxUnavailable"} & set(budget)) == 1


def test_a_budget_says_what_the_values_say():
    rendered = render("ingress", "publisher.podDisruptionBudget.enabled=false")
    budgets = {
        each["metadata"]["name"].removeprefix(f"{NAME}-"): each["spec"] for each in rendered.all("PodDisruptionBudget")
    }
    assert budgets["api"]["minAvailable"] == 1
    assert budgets["sentiment"]["minAvailable"] == "50%"
    assert budgets["alerting"]["maxUnavailable"] == 1
    assert "publisher" not in budgets


@pytest.mark.parametrize(("component", "kind"), tuple(itertools.product(SCALED, ("none", "hpa", "keda"))))
def test_one_thing_decides_how_many_pods_run(component: str, kind: str):
    rendered = render("external", f"{component}.autoscaling.enabled={kind}")
    scalers = [each for name in KINDS.values() for each in rendered.all(name)]
    assert [each["kind"] for each in scalers] == ([KINDS[kind]] if kind in KINDS else [])
    # A number in the Deployment would undo the scaler's at every upgrade.
    assert ("replicas" in rendered.one("Deployment", component)["spec"]) == (kind == "none")
    for each in scalers:
        assert each["spec"]["scaleTargetRef"]["name"] == f"{NAME}-{component}"


def test_the_api_follows_the_cpu():
    spec = render("ingress").one("HorizontalPodAutoscaler", "api")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 4)
    assert spec["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 75}
    with pytest.raises(helm_python.HelmValuesError, match=r"/api/autoscaling/enabled.*'none', 'hpa'"):
        render("ingress", "api.autoscaling.enabled=keda")


@pytest.mark.parametrize("kind", tuple(KINDS))
def test_ingest_is_never_scaled(kind: str):
    with pytest.raises(helm_python.HelmValuesError, match="/ingest/autoscaling/enabled': value must be 'none'"):
        render("external", f"ingest.autoscaling.enabled={kind}")
    for example in EXAMPLES:
        rendered = render(example)
        assert not [
            each for name in KINDS.values() for each in rendered.all(name) if "ingest" in each["metadata"]["name"]
        ]
        assert "replicas" in rendered.one("Deployment", "ingest")["spec"]


@pytest.mark.parametrize("prefix", ["", "brand-watch."])
def test_keda_looks_at_the_topic_and_group_of_each_worker(prefix: str):
    rendered = render("keda", f"kafka.prefix={prefix}")
    looked_at = {}
    for name in SCALED:
        (trigger,) = rendered.one("ScaledObject", name)["spec"]["triggers"]
        assert trigger["type"] == "kafka"
        looked_at[name] = (trigger["metadata"]["topic"], trigger["metadata"]["consumerGroup"])
        assert trigger["metadata"]["bootstrapServers"].count(",") == 2
        assert trigger["metadata"]["offsetResetPolicy"] == "earliest"
    assert looked_at == {
        "sentiment": (prefix + events.MENTIONS_RAW, prefix + events.SENTIMENT),
        "alerting": (prefix + events.MENTIONS_SCORED, prefix + events.ALERTING),
        "responding": (prefix + events.MENTIONS_SCORED, prefix + events.RESPONDING),
        "publisher": (prefix + events.REPLIES_APPROVED, prefix + events.PUBLISHER),
    }
    for topic, group in looked_at.values():
        assert group.removeprefix(prefix) in events.CONSUMERS[topic.removeprefix(prefix)]
    environment = rendered.one("ConfigMap", "environment")["data"]
    assert environment.get("SIXMINUTE_KAFKA_PREFIX", "") == prefix


def test_keda_shows_the_account_that_the_workers_show():
    rendered = render("keda")
    for name in SCALED:
        (trigger,) = rendered.one("ScaledObject", name)["spec"]["triggers"]
        assert trigger["authenticationRef"]["name"] == f"{NAME}-kafka"
        assert (trigger["metadata"]["sasl"], trigger["metadata"]["tls"]) == ("scram_sha512", "enable")
        assert all(isinstance(value, str) for value in trigger["metadata"].values())
    assert rendered.one("TriggerAuthentication", "kafka")["spec"]["secretTargetRef"] == [
        {"parameter": "username", "name": "sixminute-kafka", "key": "username"},
        {"parameter": "password", "name": "sixminute-kafka", "key": "password"},
        {"parameter": "ca", "name": "kafka-ca", "key": "ca.crt"},
    ]


def test_keda_needs_no_account_where_there_is_none():
    rendered = render("external", "sentiment.autoscaling.enabled=keda")
    (trigger,) = rendered.one("ScaledObject", "sentiment")["spec"]["triggers"]
    assert not {"sasl", "tls"} & set(trigger["metadata"])
    assert "authenticationRef" not in trigger
    assert rendered.all("TriggerAuthentication") == []


def test_keda_finds_the_trial_broker_from_its_own_namespace():
    rendered = render("trial", "sentiment.autoscaling.enabled=keda")
    (trigger,) = rendered.one("ScaledObject", "sentiment")["spec"]["triggers"]
    assert trigger["metadata"]["bootstrapServers"] == f"{NAME}-kafka.watch.svc.cluster.local:9092"


def test_fewest_may_not_be_more_than_most():
    with pytest.raises(
        helm_python.HelmRenderError, match=r"sentiment\.autoscaling: minReplicas is greater than maxReplicas"
    ):
        render("external", "sentiment.autoscaling.enabled=hpa", "sentiment.autoscaling.minReplicas=9")
