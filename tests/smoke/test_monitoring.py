"""Documentation, dashboard and alerts are held to what the processes of a set-up at work tell Prometheus."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from core.events import ALERTS, AlertFired, encode
from core.ports.bus import Message
from core.spend import Budgets
from ingest.settings import SourceSettings
from runtime import stages
from runtime.metrics import Figures
from runtime.supervisor import Supervisor, Tally
from tests.backends import sqlite_at
from tests.contract.things import alert
from tests.harness import Application

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm/sixminute"
RULES = yaml.safe_load((CHART / "rules.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads((CHART / "dashboards/sixminute.json").read_text(encoding="utf-8"))
OF_PROMETHEUS = {"job", "instance"}
"""What Prometheus adds to every series."""

# Every figure has its place; one that is only for people who look closer would be named here.
NOT_ON_THE_DASHBOARD: set[str] = set()

Series = Mapping[str, Mapping[str, set[str]]]
"""Every series by its name, with the values of each of its labels."""


def tell(application: Application, role: str) -> str:
    """What a process of this role says, whose parts have done a step each."""
    house = application.house
    supervisor = Supervisor(application.clock)
    for name in ("figures", role):
        supervisor.tallies[name] = Tally()
        supervisor.tallies[name].add(1, 0.5)
        supervisor._now_is(name, "ok")
    figures = Figures(
        supervisor, lambda: house, house.measures, application.clock, stages.view(application.settings, role, "me")
    )
    for job in figures.jobs():
        job.make().step(0.0)
    return figures.render().decode()


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """What the api, `up` and each worker say after a bad quarter of an hour and a reply."""
    folder = tmp_path_factory.mktemp("monitoring")
    application = Application(folder, database_url=sqlite_at(folder))
    application.settings = msgspec.structs.replace(
        application.settings,
        sources=(SourceSettings(name="trial", kind="demonstration"), SourceSettings(name="bluesky", kind="bluesky")),
        budgets=Budgets(x=10),
    )
    for number in range(60):
        application.clock.forward(seconds=15)
        application.say(f"Acme is terrible today, order {number} is late again")
        application.settle()
    case = application.cases()[0]
    assert application.client.get("/", params={"case": case.id}).status_code == 200
    opened = application.client.get(f"/api/v1/cases/{case.id}").json()
    approved = {"text": opened["drafts"][0]["text"], "approach": "acknowledge", "version": opened["version"]}
    assert application.client.post(f"/api/v1/cases/{case.id}/approve", json=approved).status_code == 200
    fired = AlertFired(id="f-1", incident="i-0000", alert=alert(at=application.clock.now()))
    application.house.bus.publish([Message(ALERTS, "Kettle", encode(fired))])
    application.forward(step=timedelta(seconds=10), seconds=30)
    yield {role: tell(application, role) for role in ("api", "up", *stages.STAGES)}
    application.close()


@pytest.fixture(scope="module")
def series(texts: Mapping[str, str]) -> Series:
    found: dict[str, dict[str, set[str]]] = {}
    for text in texts.values():
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = found.setdefault(sample.name, {})
                for label, value in sample.labels.items():
                    labels.setdefault(label, set()).add(value)
    return found


def asked() -> Iterator[tuple[str, str, str]]:
    """Every question of dashboard and alerts: where it stands, its expression, and what is written beside it."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"], target["legendFormat"]
    for rule in RULES:
        yield rule["alert"], rule["expr"], rule["annotations"]["summary"]


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:sixminute|process)_\w+", expression))


def test_every_question_is_about_series_labels_and_values_that_are_told(series: Series):
    for where, expression, beside in asked():
        names = names_in(expression)
        assert names, where
        assert names <= set(series), f"{where}: {names - set(series)}"
        known = OF_PROMETHEUS.union(*(series[name] for name in names))
        for selector_name, selector in re.findall(r"(\w+)\{(.*?)\}", expression):
            for label, how, value in re.findall(r'(\w+)(=~|!=|=)"(.*?)"', selector):
                assert label in series[selector_name].keys() | OF_PROMETHEUS, f"{where}: {label}"
                if how in {"=", "!="} and label not in OF_PROMETHEUS:
                    assert value in series[selector_name][label], f"{where}: {label}={value}"
        kept: set[str] = set()
        for labels in re.findall(r"(?:by|on|group_left) \((.*?)\)", expression):
            kept |= set(labels.split(", "))
        assert kept <= known, f"{where}: {kept - known}"
        for label in re.findall(r"{{\s*(?:\$labels\.)?(\w+)\s*}}", beside):
            assert label in kept, f"{where}: {label}"


def test_everything_that_is_told_is_on_the_dashboard_or_left_out_on_purpose(texts: Mapping[str, str]):
    shown = {
        name for panel in DASHBOARD["panels"] for each in panel.get("targets", ()) for name in names_in(each["expr"])
    }
    shown = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in shown}
    families = {family.name for text in texts.values() for family in text_string_to_metric_families(text)}
    ours = {name for name in families if name.startswith("sixminute_")}
    assert ours - shown == NOT_ON_THE_DASHBOARD


def test_the_table_has_every_figure_with_its_type_its_labels_and_who_tells_it(texts: Mapping[str, str]):
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.*?) \|", page, re.MULTILINE)
    listed = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in rows}
    told: dict[str, tuple[str, set[str]]] = {}
    by: dict[str, set[str]] = {}
    for role, text in texts.items():
        for family in text_string_to_metric_families(text):
            if family.name.startswith("sixminute_"):
                name = family.name + ("_total" if family.type == "counter" else "")
                assert family.documentation.endswith("."), name
                _, labels = told.setdefault(name, (family.type, set()))
                labels |= {label for sample in family.samples for label in sample.labels} - {"le"}
                if family.samples:
                    by.setdefault(name, set()).add(role)
    assert listed == told
    for name, _, _, who in rows:
        if who == "api, up":
            assert by[name] == {"api", "up"}, name
        if who == "ingest, up":
            assert by[name] == {"ingest", "up"}, name


def test_names_follow_the_conventions(texts: Mapping[str, str]):
    for text in texts.values():
        for family in text_string_to_metric_families(text):
            assert re.fullmatch(r"(sixminute|process)_[a-z_]+", family.name)
            if family.type == "histogram":
                assert family.name.endswith("_seconds")
            assert not family.name.endswith(("_created", "_milliseconds", "_ms"))


def test_no_label_grows_with_what_people_say(series: Series):
    """Whatever brands, cases and customers there are, a process tells a few hundred series."""
    values = {value for name in series for label in series[name] for value in series[name][label]}
    assert not [value for value in values if "Acme" in value or "acme" in value or re.search(r"[0-9a-f]{8}", value)]
    assert all(len(each) <= 30 for name in series for label, each in series[name].items())


def test_every_alert_says_what_happened_and_where_to_read_on():
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))
    headings = re.findall(r"^### (\w+)$", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [heading for heading in headings if heading in names] == names
    for rule in RULES:
        assert re.fullmatch(r"Sixminute[A-Z]\w+", rule["alert"])
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"


def test_the_dashboard_is_laid_out_in_rows_and_nothing_covers_anything():
    rows = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert rows == [
        "Windows",
        "Flow",
        "Latency from the post",
        "Errors and dead letters",
        "Workers and sources",
        "Resources",
        "What networks cost",
        "Pages",
    ]
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
        assert panel["type"] == "row" or panel["description"]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
