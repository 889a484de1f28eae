"""A source that falls silent is an incident of its own, told over the channels and on the pages."""

import re
from datetime import timedelta

from alerting.settings import AlertingSettings
from alerting.watchman import Watchman
from core.alert import IncidentState, Level
from core.sight import SourceGap, SourceState, failed, heard
from tests.fakes import MONDAY
from tests.harness import Application

MINUTE = timedelta(minutes=1)


def watchman(application: Application, *sources: str) -> Watchman:
    house = application.house
    return Watchman(sources, house.store, application.clock, house.relay, AlertingSettings())


def see(application: Application, name: str, reason: str = "") -> None:
    state = heard(SourceState(name=name, watched_since=MONDAY), application.clock.now())
    with application.house.store.unit() as unit:
        unit.put_source_state(failed(state, reason))


def test_a_silent_source_opens_an_incident_that_closes_when_it_speaks(application: Application) -> None:
    watching = watchman(application, "x", "bluesky")
    see(application, "x", "no route")
    see(application, "bluesky")
    assert watching.step(0) == 0
    assert watching.step(1) == 0, "it looks once in a while"
    application.clock.forward(minutes=5)
    see(application, "bluesky")
    assert watching.step(0) == 1
    (incident,) = application.house.store.incidents().items
    assert (incident.source, incident.brand, incident.level) == ("x", "", Level.YELLOW)
    (alert,) = application.alerts()
    assert alert.reason["en"].startswith("We are blind on x since 09:00 UTC. What")
    assert alert.reason["en"].endswith("Last error: no route")
    application.clock.forward(minutes=2)
    see(application, "bluesky")
    assert watching.step(0) == 0
    (grown,) = application.house.store.incidents().items
    assert grown.observed > incident.observed
    application.clock.forward(minutes=15)
    assert watching.step(0) == 2, "now nothing is seen at all"
    assert {each.level for each in application.house.store.incidents(open_only=True).items} == {Level.RED}
    see(application, "x")
    see(application, "bluesky")
    application.clock.forward(seconds=10)
    assert watching.step(0) == 2
    assert not application.house.store.incidents(open_only=True).items
    assert len(application.alerts()) == 5


def test_a_source_without_credentials_is_blind_and_one_that_was_removed_is_not(application: Application) -> None:
    watching = watchman(application, "reddit")
    application.clock.forward(minutes=2)
    assert watching.step(0) == 1
    after = watchman(application)
    application.clock.forward(minutes=1)
    assert after.step(0) == 1
    (incident,) = application.house.store.incidents().items
    assert incident.state == IncidentState.CLOSED
    after.close()
    assert [str(alert.event) for alert in application.alerts()] == ["opened", "closed"]
    assert application.alerts()[-1].reason["en"].startswith("reddit is no longer watched")


def test_a_pause_of_ours_pages_nobody_but_an_incident_from_before_it_goes_on(application: Application) -> None:
    see(application, "x")
    application.clock.forward(minutes=30)
    after = watchman(application, "x")
    assert after.step(0) == 0
    application.clock.forward(seconds=50)
    assert after.step(0) == 0
    application.clock.forward(seconds=20)
    assert after.step(0) == 1
    again = watchman(application, "x")
    assert again.step(0) == 0
    (incident,) = application.house.store.incidents(open_only=True).items
    assert incident.source == "x"
    assert [str(alert.event) for alert in application.alerts()] == ["opened"]


def test_blindness_and_gaps_are_told_by_the_api_and_on_every_page(application: Application) -> None:
    watching = watchman(application, "x")
    see(application, "x", "no route")
    past = SourceGap(source="x", since=MONDAY - 3 * MINUTE, until=MONDAY - MINUTE, lost=True, reason="too old")
    with application.house.store.unit() as unit:
        unit.put_source_gap(past)
    application.clock.forward(minutes=5)
    watching.step(0)
    told = application.client.get("/api/v1/sources").json()
    (state,) = told["sources"]
    assert (state["name"], state["reason"], state["heard_at"]) == ("x", "no route", "2026-03-02T09:00:00Z")
    assert [(gap["since"], gap["until"], gap["lost"]) for gap in told["gaps"]] == [
        ("2026-03-02T08:57:00Z", "2026-03-02T08:59:00Z", True),
        ("2026-03-02T09:00:00Z", "2026-03-02T09:05:00Z", False),
    ]
    earlier = {"since": "2026-03-02T08:00:00Z", "until": "2026-03-02T08:58:00Z"}
    assert len(application.client.get("/api/v1/sources", params=earlier).json()["gaps"]) == 1
    (incident,) = application.client.get("/api/v1/incidents").json()["items"]
    assert (incident["source"], incident["brand"]) == ("x", "")
    for page in ("/", "/mentions"):
        said = re.sub("<[^>]+>", "", application.client.get(page).text)
        assert "We are blind on X since 09:00 UTC." in said
    of_its_own = application.client.get(f"/alarm/{incident['id']}").text
    assert "Last error: no route" in of_its_own
    assert "What changed" not in of_its_own
    assert len(application.alerts()) == 1
