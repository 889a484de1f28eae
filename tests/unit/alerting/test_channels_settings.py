"""What is refused of channels, in one line that names the channel and no secret; and what is secret of them."""

import pytest

from alerting.channels.settings import (
    TAKES,
    ChannelSettings,
    check_channels,
    check_taken,
    secrets_of,
    with_secrets,
)
from core.errors import ConfigurationError

KEY = "R0UT1NGKEY0000000000000000000001"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CHAT = ChannelSettings(name="chat", kind="apprise", url="slack://T0AB1C2D3/B0AB1C2D3/a1b2c3d4e5f6g7h8i9j0k1l2")
DUTY = ChannelSettings(name="on duty", kind="pagerduty", secret=KEY)
HOOK = ChannelSettings(name="hook", kind="webhook", url="https://pager.example/hook", secret=WHSEC)


def changed(channel: ChannelSettings, **changes: object) -> ChannelSettings:
    return ChannelSettings(**{name: getattr(channel, name) for name in channel.__struct_fields__} | changes)


@pytest.mark.parametrize(
    "channel",
    [
        pytest.param(CHAT, id="apprise"),
        pytest.param(DUTY, id="pagerduty"),
        pytest.param(changed(DUTY, url="https://events.eu.pagerduty.com"), id="pagerduty-eu"),
        pytest.param(HOOK, id="webhook"),
        pytest.param(changed(HOOK, url="http://127.0.0.1:9/x"), id="webhook-here"),
        pytest.param(changed(HOOK, url="http://[::1]:9/x"), id="webhook-here-6"),
        pytest.param(changed(HOOK, url="http://localhost/x?token=abc"), id="webhook-here-by-name"),
        pytest.param(changed(HOOK, url="http://pager.lan/x", plain_http=True), id="webhook-allowed"),
        pytest.param(changed(HOOK, secret=f"{WHSEC} {WHSEC}"), id="webhook-two-secrets"),
        pytest.param(ChannelSettings(name="日誌", kind="log"), id="log"),
    ],
)
def test_what_is_right_is_taken(channel: ChannelSettings) -> None:
    check_channels([channel])


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        pytest.param(
            changed(CHAT, url=""), r"'chat': url is missing: .* SIXMINUTE_CHANNEL_SECRETS as chat=…", id="no-url"
        ),
        pytest.param(changed(CHAT, url="s3cret"), "'chat': url is one address as Apprise reads it", id="no-scheme"),
        pytest.param(changed(CHAT, url="slack://s3cret slack://x"), "without spaces", id="two-urls"),
        pytest.param(changed(CHAT, name="a/b"), "'a/b': a name has letters", id="name"),
        pytest.param(changed(CHAT, name="a" * 41), "at most 40", id="long-name"),
        pytest.param(changed(CHAT, limit_seconds=0), "limit_seconds 0: choose above 0, at most 60", id="no-time"),
        pytest.param(changed(CHAT, limit_seconds=61), "at most 60", id="too-much-time"),
        pytest.param(changed(CHAT, limit_seconds=float("nan")), "limit_seconds nan", id="no-number"),
        pytest.param(changed(DUTY, secret=""), "secret is missing: .* as on_duty=…", id="no-key"),
        pytest.param(changed(DUTY, secret="s3cret!"), "is no integration key: copy the 32", id="no-such-key"),
        pytest.param(changed(DUTY, url="events.pagerduty.com"), "url is no address", id="pagerduty-url"),
        pytest.param(changed(DUTY, url="http://events.example"), "goes unencrypted to events.example", id="plain-duty"),
        pytest.param(changed(HOOK, url=""), "'hook': url is missing: write where", id="no-hook"),
        pytest.param(changed(HOOK, secret="whsec_c2hvcnQ="), "'hook': secret 1 of 1 is not whsec_", id="short"),
        pytest.param(
            changed(HOOK, url="http://pager.example/s3cret"), "unencrypted to pager.example: use https", id="http"
        ),
        pytest.param(changed(HOOK, url="ftp://pager.example/"), "is no address", id="ftp"),
        pytest.param(changed(HOOK, url="https://"), "is no address", id="no-host"),
        pytest.param(changed(HOOK, url="https://[::1"), "is no address", id="half-host"),
        pytest.param(changed(HOOK, url="https://a:99999/"), "is no address", id="port"),
        pytest.param(changed(HOOK, url="https://a:0/"), "is no address", id="port-0"),
        pytest.param(changed(HOOK, url="https://a..b/"), "is no address", id="two-dots"),
        pytest.param(changed(HOOK, url="https://a/\x7f"), "is no address", id="control"),
        pytest.param(changed(HOOK, url="https://ana:s3cret@a/"), "take the user before the @", id="user"),
        pytest.param(changed(HOOK, url="https://a/#s3cret"), "behind the #", id="fragment"),
        pytest.param(changed(HOOK, url="http://127.0.0.1.evil.example/"), "unencrypted to 127", id="looks-local"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(channel: ChannelSettings, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as raised:
        check_channels([channel])
    assert str(raised.value).startswith("[[channels]], ")
    assert "s3cret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", TAKES)
def test_a_channel_takes_what_its_kind_takes(kind: str) -> None:
    check_taken(kind, {"name": "a", "kind": kind, **dict.fromkeys(TAKES[kind], "x")})
    with pytest.raises(ConfigurationError, match=f"a channel of the kind {kind} takes no folder and no urls; it takes"):
        check_taken(kind, {"name": "a", "folder": "x", "urls": "y"})


def test_secrets_come_from_elsewhere_by_the_names_of_channels() -> None:
    bare = [
        changed(CHAT, url=""),
        changed(DUTY, secret=""),
        changed(HOOK, secret=""),
        ChannelSettings(name="l", kind="log"),
    ]
    given = f"chat={CHAT.url}\non_duty={KEY}  hook={WHSEC},{WHSEC}\n"
    chat, duty, hook, log = with_secrets(bare, given)
    assert (chat, duty, log) == (CHAT, DUTY, bare[3])
    assert hook.secret == f"{WHSEC} {WHSEC}"
    assert with_secrets(bare, "") == tuple(bare)
    assert with_secrets([CHAT], "chat=json://x?a=b=c")[0].url == "json://x?a=b=c"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param("s3cret-1234", "part 1 is not name=secret", id="no-pair"),
        pytest.param("chat=a =s3cret", "part 2 is not name=secret", id="no-name"),
        pytest.param("chat=a\x00s3cret", "part 1 is not", id="control"),
        pytest.param("chat=x caht=s3cret", "'caht' is no channel", id="misspelt"),
        pytest.param("s3cret0123456789=x", "a name that isn't shown is no channel", id="the-wrong-way-round"),
        pytest.param("log=s3cret", "'log' is no channel with a secret", id="log"),
    ],
)
def test_secrets_of_nobody_are_told_of_without_being_told(given: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=f"SIXMINUTE_CHANNEL_SECRETS: .*{says}") as raised:
        with_secrets([CHAT, ChannelSettings(name="log", kind="log")], given)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("channel", "secret", "not_secret"),
    [
        pytest.param(CHAT, {CHAT.url, "T0AB1C2D3", "B0AB1C2D3", "a1b2c3d4e5f6g7h8i9j0k1l2"}, {"slack"}, id="slack"),
        pytest.param(
            changed(CHAT, url="mailtos://ana:p%40ss@mail.example.com?to=duty@example.com"),
            {"p%40ss", "p@ss"},
            {"mail.example.com", "ana"},
            id="mail",
        ),
        pytest.param(
            changed(CHAT, url="twilio://AC0000:0000000000000001@15551230000/15551231111"),
            {"0000000000000001", "15551230000", "15551231111"},
            {""},
            id="sms",
        ),
        pytest.param(
            changed(CHAT, url="https://prod.logic.azure.com/workflows/01234567/triggers/manual?sig=AbCdEfG0_%2F"),
            {"01234567", "AbCdEfG0_/"},
            {"workflows", "manual"},
            id="teams",
        ),
        pytest.param(changed(CHAT, url="x://[half"), {"x://[half"}, {""}, id="no-url"),
        pytest.param(DUTY, {KEY}, {""}, id="pagerduty"),
        pytest.param(HOOK, {WHSEC, WHSEC[6:]}, {HOOK.url, "hook"}, id="webhook"),
        pytest.param(changed(HOOK, url="https://a/x?t=t0k3n-abc"), {"t0k3n-abc"}, {"a", "x"}, id="webhook-token"),
        pytest.param(ChannelSettings(name="l", kind="log"), set(), {""}, id="log"),
    ],
)
def test_what_must_not_be_shown_of_a_channel(channel: ChannelSettings, secret: set[str], not_secret: set[str]) -> None:
    found = secrets_of(channel)
    assert secret <= found
    assert not not_secret & found
