"""Apprise: what reaches the service, what its refusals become, and what is never written anywhere."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from apprise import Apprise, NotifyBase
from apprise.result import AppriseResult, AppriseResultStatus

from alerting.channels.apprise_channel import AppriseChannel, body_of, host_of, service_of
from core.alert import Level
from core.errors import ConfigurationError, DeliveryError
from core.paging import PageKind
from tests.networks.faults import Answer
from tests.servers.pager import Pager
from tests.smoke.channels.paged import LONG, page

SERVICES = [
    pytest.param("slack://T0AB1C2D3/B0AB1C2D3/a1b2c3d4e5f6g7h8i9j0k1l2/#crisis", "hooks.slack.com", id="slack"),
    pytest.param("tgram://123456789:made_up_token_1/12315544/", "api.telegram.org", id="telegram"),
    pytest.param("line://bWFkZSB1cCB0b2tlbg==/U0123456789", "api.line.me", id="line"),
    pytest.param(
        "https://prod-1.westus.logic.azure.com:443/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/"
        "invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=AbCdEfGhIjKlMnOpQrStUvWxYz-0123456789012",
        "prod-1.westus.logic.azure.com",
        id="teams",
    ),
    pytest.param("mailtos://ana:s3cret@mail.example.com?to=duty@example.com", "mail.example.com", id="mail"),
    pytest.param(
        "twilio://AC00000000000000000000000000000000:00000000000000000000000000000001@15551230000/15551231111",
        "",
        id="sms",
    ),
]


@pytest.mark.parametrize(("url", "host"), SERVICES)
def test_the_services_of_the_documentation_are_read_and_found(url: str, host: str) -> None:
    assert host_of(service_of("a", url)) == host


def test_title_text_links_and_kind_reach_the_service(pager: Pager) -> None:
    over = AppriseChannel("chat", pager.chat_url, LONG)
    for kind, level in ((PageKind.OPENED, Level.BLUE), (PageKind.RAISED, Level.RED), (PageKind.RESOLVED, Level.RED)):
        over.deliver(page(kind, level=level))
    assert [message["type"] for message in pager.chat] == ["info", "failure", "success"]
    assert pager.chat[0]["title"] == page().title
    assert pager.chat[0]["message"].split("\n") == [page().text, page().acknowledge_url, page().url]
    assert page().acknowledge_url not in pager.chat[2]["message"]


def test_links_that_stand_in_the_text_are_not_repeated() -> None:
    text = f"Bad.\nMore: {page().url}"
    assert body_of(page(text=text, acknowledge_url="")) == text


class Sent(list[dict[str, Any]]):
    """What a service would have posted."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Slack and Telegram can't be had on this machine: what the library would post to them is kept instead."""
    import requests

    kept = Sent()

    def request(_session: requests.Session, method: str, url: str, **more: Any) -> requests.Response:
        kept.append(more["data"])
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"ok" if "slack" in url else b'{"ok": true, "result": []}'
        return answer

    monkeypatch.setattr(requests.Session, "request", request)
    return kept


@pytest.mark.parametrize("url", [each.values[0] for each in SERVICES[:2]], ids=["slack", "telegram"])
def test_what_looks_like_mark_up_is_escaped_once_more_by_the_service(sent: Sent, url: Any) -> None:
    AppriseChannel("chat", url, LONG).deliver(page(text="<!channel> <b>x</b> &"))
    (data,) = sent
    assert "&lt;b&gt;x&lt;/b&gt; &amp;" in str(data)
    assert "<!channel>" not in str(data)
    assert "github" not in str(data)


@pytest.mark.parametrize(
    ("status", "permanent", "says"),
    [
        pytest.param(AppriseResultStatus.PARTIAL, False, "some of its receivers were not reached", id="partial"),
        pytest.param(AppriseResultStatus.TIMEOUT, False, "no answer in time", id="timeout"),
        pytest.param(AppriseResultStatus.NOMATCH, True, "names nobody", id="nobody"),
        pytest.param(AppriseResultStatus.FAILURE, False, "can't be reached", id="failure"),
    ],
)
def test_every_outcome_but_success_is_an_error(
    monkeypatch: pytest.MonkeyPatch, status: AppriseResultStatus, permanent: bool, says: str
) -> None:
    monkeypatch.setattr(Apprise, "notify", lambda *_, **__: AppriseResult(status=status))
    with pytest.raises(DeliveryError, match=f"chat: JSON .*{says}") as raised:
        AppriseChannel("chat", "json://127.0.0.1:1/x", LONG).deliver(page())
    assert raised.value.permanent == permanent


class Lines(logging.Handler):
    """Everything that reaches whoever listens to all logs."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@pytest.fixture
def lines() -> Iterator[Lines]:
    kept, everybody, theirs = Lines(), logging.getLogger(), logging.getLogger("apprise")
    everybody.addHandler(kept)
    theirs.setLevel(logging.DEBUG)
    yield kept
    everybody.removeHandler(kept)
    theirs.setLevel(logging.NOTSET)


def test_nothing_of_the_address_stands_in_any_log(
    pager: Pager, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    pager.fail(Answer(500), Answer(400))
    over = AppriseChannel("chat", f"json://ana:s3cret-t0ken@127.0.0.1:{pager.port}/chat", LONG)
    for _ in range(2):
        with pytest.raises(DeliveryError):
            over.deliver(page())
    with pytest.raises(ConfigurationError):
        service_of("chat", "slack://s3cret-t0ken")
    shown = capsys.readouterr()
    assert [line for line in lines.said if "s3cret" in line] == []
    assert (shown.out, shown.err) == ("", "")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("slack://s3cret", id="too-few-parts"),
        pytest.param("nosuch://s3cret/t0ken", id="unknown"),
        pytest.param("s3cret", id="no-url"),
        pytest.param("", id="nothing"),
        pytest.param("tgram://s3cret/1 2\x00", id="not-a-token"),
    ],
)
def test_what_apprise_can_not_read_is_told_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"channel 'chat': Apprise can't read its url") as raised:
        AppriseChannel("chat", url, LONG)
    assert "s3cret" not in str(raised.value)


def test_a_service_without_a_server_has_no_host() -> None:
    assert host_of(NotifyBase()) == ""
