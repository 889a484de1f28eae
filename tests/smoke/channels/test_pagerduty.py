"""PagerDuty's events: one incident there for one of ours."""

import pytest

from alerting.channels.pagerduty import PagerDutyChannel, event_of
from core.alert import Level
from core.errors import DeliveryError
from core.language import Language
from core.paging import PageKind
from tests.networks.faults import Answer
from tests.servers.pager import ROUTING_KEY, Pager
from tests.smoke.channels.paged import LONG, page


def channel(pager: Pager, test_rings: float = LONG) -> PagerDutyChannel:
    return PagerDutyChannel("duty", ROUTING_KEY, LONG, pager.url + "/", test_rings)


def test_an_incident_rings_is_acknowledged_and_ends_under_one_key(pager: Pager) -> None:
    over = channel(pager)
    over.deliver(page())
    over.deliver(page(PageKind.RAISED, id="p-2", level=Level.RED, title="紅色警戒"))
    assert pager.incidents["i-1"].state == "triggered"
    over.deliver(page(PageKind.ACKNOWLEDGED, id="p-3"))
    assert pager.incidents["i-1"].state == "acknowledged"
    over.deliver(page(PageKind.RESOLVED, id="p-4"))
    assert set(pager.incidents) == {"i-1"}
    assert pager.incidents["i-1"].state == "resolved"
    assert pager.incidents["i-1"].rang == [page().title, "紅色警戒"]


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        pytest.param(Level.BLUE, "info", id="blue"),
        pytest.param(Level.YELLOW, "warning", id="yellow"),
        pytest.param(Level.ORANGE, "error", id="orange"),
        pytest.param(Level.RED, "critical", id="red"),
    ],
)
def test_an_event_says_how_bad_it_is_about_what_and_where_to_answer(level: Level, severity: str) -> None:
    event = event_of(page(level=level), ROUTING_KEY, "trigger")
    payload = event["payload"]
    assert (payload["severity"], payload["source"], payload["class"]) == (severity, "Lumenbread", "opened")
    assert payload["timestamp"] == "2026-03-02T09:00:00+00:00"
    assert payload["custom_details"]["person"] == "Mei-Ling"
    assert event["client_url"] == page().url
    assert [link["href"] for link in event["links"]] == [page().acknowledge_url, page().url]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        pytest.param("en", ["Take it in hand", "Open the incident"], id="en"),
        pytest.param("zh-Hant", ["我來處理", "開啟事件"], id="zh-Hant"),
        pytest.param("zh-Hans", ["由我接手", "打开事件"], id="zh-Hans"),
    ],
)
def test_the_link_that_answers_here_is_not_called_as_the_button_that_answers_only_there(
    language: Language, said: list[str]
) -> None:
    assert [link["text"] for link in event_of(page(language=language), ROUTING_KEY, "trigger")["links"]] == said


def test_without_a_public_address_there_are_no_links() -> None:
    event = event_of(page(url="", acknowledge_url="", brand="", source="bluesky"), ROUTING_KEY, "trigger")
    assert (event["links"], event["payload"]["source"]) == ([], "bluesky")
    assert "client_url" not in event


@pytest.mark.parametrize("kind", PageKind)
def test_every_kind_is_taken(pager: Pager, kind: PageKind) -> None:
    channel(pager).deliver(page(kind, title="x" * 2_000, incident="i" * 300, id="p" * 300))
    (key,) = pager.incidents
    assert len(key) <= 255


def test_a_test_rings_under_a_key_of_its_own_and_is_taken_back(pager: Pager) -> None:
    channel(pager, 0.0).deliver(page(PageKind.TEST))
    pager.wait(lambda server: [each.state for each in server.incidents.values()] == ["resolved"])
    assert set(pager.incidents) == {"test:p-1"}
    assert pager.requests[0].json()["payload"]["severity"] == "info"


def test_a_test_that_can_not_be_taken_back_hurts_nobody(pager: Pager) -> None:
    pager.fail(Answer(202), Answer(500))
    channel(pager, 0.0).deliver(page(PageKind.TEST))
    pager.wait_for_requests(2)


def test_a_channel_that_fails_is_no_part_of_the_incident(pager: Pager) -> None:
    over = channel(pager)
    over.deliver(page())
    over.deliver(page(PageKind.CHANNEL_FAILED, id="p-9"))
    assert set(pager.incidents) == {"i-1", "channel_failed:p-9"}


def test_how_long_to_wait_is_passed_on(pager: Pager) -> None:
    pager.fail(Answer(429, headers={"retry-after": "42"}), Answer(400, headers={"retry-after": "42"}))
    for wait in (42.0, None):
        with pytest.raises(DeliveryError) as raised:
            channel(pager).deliver(page())
        assert raised.value.retry_after == wait


def test_a_wrong_key_is_refused_for_good_and_not_shown(pager: Pager) -> None:
    wrong = "WR0NG" * 6
    with pytest.raises(DeliveryError, match=r"duty: answered 400: .*'routing＿key' ＊＊＊ is invalid") as raised:
        PagerDutyChannel("duty", wrong, LONG, pager.url).deliver(page())
    assert raised.value.permanent
    assert wrong not in str(raised.value)
