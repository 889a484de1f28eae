"""What every channel must do, whatever the service does to it: say so in time, in one line, and without secrets."""

from collections.abc import Callable

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alerting.channels.apprise_channel import AppriseChannel
from alerting.channels.pagerduty import PagerDutyChannel
from alerting.channels.settings import ChannelSettings, secrets_of
from alerting.channels.webhook import WebhookChannel
from core.errors import DeliveryError
from core.ports.channel import Channel
from core.signatures import keys_of
from tests.fakes import FakeClock
from tests.networks.faults import Answer, Cut, Fault, Refuse, Slow, Stall, Unending
from tests.servers.pager import ROUTING_KEY, SECRET, Lost, Pager
from tests.smoke.channels.paged import LONG, SHORT, page

QUERY = "t0ken-in-the-address"


def webhook(pager: Pager, seconds: float) -> Channel:
    url = f"{pager.url}/hook?key={QUERY}"
    secrets = secrets_of(ChannelSettings(name="ours", kind="webhook", url=url, secret=SECRET))
    return WebhookChannel("ours", url, keys_of(SECRET), FakeClock(), seconds=seconds, secrets=secrets)


def pagerduty(pager: Pager, seconds: float) -> Channel:
    return PagerDutyChannel("ours", ROUTING_KEY, seconds, pager.url)


def chat(pager: Pager, seconds: float) -> Channel:
    return AppriseChannel("ours", f"{pager.chat_url}?-key={QUERY}", seconds)


Make = Callable[[Pager, float], Channel]


@pytest.fixture(params=[webhook, pagerduty, chat], ids=["webhook", "pagerduty", "apprise"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


def refused(channel: Channel) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        channel.deliver(page())
    told = str(raised.value)
    assert told.startswith("ours: ")
    assert "\n" not in told
    assert len(told) < 400
    for secret in (QUERY, ROUTING_KEY, SECRET.removeprefix("whsec_"), "127.0.0.1"):
        assert secret not in told
    return raised.value


def outcome(channel: Channel) -> DeliveryError | None:
    try:
        channel.deliver(page())
    except DeliveryError as error:
        return error
    return None


class Endless:
    """A refusal that goes on and on."""

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        async def refusing(message: Message) -> None:
            await send({**message, "status": 400} if message["type"] == "http.response.start" else message)

        await Unending()(app, scope, receive, refusing)


def reached(pager: Pager) -> int:
    return len(pager.incidents) + len(pager.hooked) + len(pager.chat)


def test_a_page_reaches_the_service_and_so_does_the_same_one_again(pager: Pager, make: Make) -> None:
    channel = make(pager, LONG)
    channel.deliver(page())
    channel.deliver(page())
    assert len(pager.requests) == 2
    assert reached(pager) >= 1


@pytest.mark.parametrize(
    ("fault", "permanent", "says"),
    [
        pytest.param(Answer(500, "oh no"), False, "500", id="500"),
        pytest.param(Answer(503), False, "503", id="503"),
        pytest.param(Answer(408), False, "408", id="408"),
        pytest.param(Answer(429, headers={"retry-after": "30"}), False, "429", id="429"),
        pytest.param(Answer(400, "no such key"), True, "400", id="400"),
        pytest.param(Answer(403), True, "403", id="403"),
        pytest.param(Answer(404), True, "404", id="404"),
        pytest.param(Answer(410), True, "410", id="410"),
        pytest.param(Refuse(), False, "", id="reset"),
    ],
)
def test_a_refusal_is_told_and_so_is_whether_it_lasts(
    pager: Pager, make: Make, fault: Fault, permanent: bool, says: str
) -> None:
    pager.fail(fault)
    channel = make(pager, LONG)
    error = refused(channel)
    assert error.permanent == permanent
    assert says in str(error)
    assert reached(pager) == 0
    channel.deliver(page())
    assert reached(pager) == 1


@pytest.mark.parametrize(
    "fault",
    [pytest.param(Stall(), id="never-answers"), pytest.param(Slow(LONG, piece=1), id="slow")],
)
def test_a_service_that_keeps_us_waiting_is_left_after_the_limit(pager: Pager, make: Make, fault: Fault) -> None:
    pager.fail(fault)
    channel = make(pager, SHORT)
    error = refused(channel)
    assert not error.permanent
    assert reached(pager) == 0 or isinstance(fault, Slow)


def test_what_hangs_holds_up_no_other_channel(pager: Pager, make: Make) -> None:
    pager.fail(Stall())
    refused(make(pager, SHORT))
    make(pager, LONG).deliver(page())
    assert reached(pager) == 1


def test_nobody_there(make: Make) -> None:
    with Pager() as pager:
        channel = make(pager, LONG)
    error = refused(channel)
    assert not error.permanent
    assert "can't be reached" in str(error)


def test_redirections_are_not_followed(pager: Pager, make: Make) -> None:
    pager.fail(Answer(302, headers={"location": f"{pager.url}/elsewhere"}), Answer(307, headers={"location": "/chat"}))
    channel = make(pager, LONG)
    assert refused(channel).permanent
    assert refused(channel).permanent
    assert len(pager.requests) == 2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Answer(400, b"x" * 10_000_000), id="large"),
        pytest.param(Answer(400, b"\xff\x1b[2J\r\nforged \xe2\x80\xae <b>@everyone</b>"), id="hostile"),
    ],
)
def test_what_a_service_says_is_cut_and_made_harmless(pager: Pager, make: Make, fault: Fault) -> None:
    pager.fail(fault)
    told = str(refused(make(pager, LONG)))
    assert not set("<>@\x1b\u202e\r") & set(told)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(webhook, f"{QUERY} {SECRET} {SECRET.removeprefix('whsec_')}", id="webhook"),
        pytest.param(pagerduty, ROUTING_KEY, id="pagerduty"),
        pytest.param(chat, f"{QUERY} error={QUERY}", id="apprise"),
    ],
)
def test_a_service_that_repeats_our_secrets_is_not_quoted(pager: Pager, make: Make, said: str) -> None:
    pager.fail(Answer(400, said))
    refused(make(pager, LONG))


@pytest.mark.parametrize("fault", [pytest.param(Unending(), id="endless"), pytest.param(Cut(after=1), id="cut")])
def test_an_answer_that_never_ends_or_breaks_off_is_no_refusal(pager: Pager, make: Make, fault: Fault) -> None:
    pager.fail(fault)
    assert not isinstance(error := outcome(make(pager, SHORT)), DeliveryError) or not error.permanent


def test_a_refusal_without_end_is_read_no_further_than_its_beginning(pager: Pager, make: Make) -> None:
    """An answer of Apprise's service is read by Apprise: there the limit of time ends it."""
    pager.fail(Endless(), Endless())
    told = str(refused(make(pager, SHORT)))
    assert "answered 400" in told or "no answer within" in told


def test_a_page_that_was_taken_and_lost_looks_as_if_it_had_been_taken(pager: Pager, make: Make) -> None:
    """So a page counts as delivered only when somebody acknowledges it."""
    pager.fail(Lost())
    make(pager, LONG).deliver(page())
    assert reached(pager) == 0
