"""The source Bluesky on the real websocket library, against a Jetstream on loopback."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from adapters.clock import SystemClock
from core.brand import Brand
from core.errors import SourceError
from core.mention import MAX_TEXT, Mention, mention_id
from core.ports.source import Removal, SourceItem
from ingest.match import Matcher
from ingest.settings import Networks, SourceSettings
from ingest.sources import bluesky
from ingest.sources.bluesky import Bluesky
from ingest.sources.registry import make_source
from tests.networks.bluesky import JetstreamServer
from tests.networks.faults import Answer, Fault, Refuse

BRANDS = [Brand(name="Acme", aliases=("艾可美",), handles=("acme.example",)), Brand(name="Zenith")]
ANA, BEN = "did:plc:ana", "did:plc:ben"
CLOCK = SystemClock()
A_WHILE = 10.0


@pytest.fixture
def server() -> Iterator[JetstreamServer]:
    with JetstreamServer() as server:
        server.time_us = int((CLOCK.now() - timedelta(minutes=1)).timestamp() * 1e6)
        yield server


def source(server: JetstreamServer, patience: timedelta = bluesky.PATIENCE) -> Bluesky:
    return Bluesky(Matcher(BRANDS), server.url.replace("http://", "ws://"), CLOCK, patience=patience)


@contextlib.contextmanager
def listening(server: JetstreamServer, cursor: str = "") -> Iterator[Iterator[SourceItem]]:
    items = source(server).items(cursor)
    opened = server.opened
    assert next(items).mentions == () or cursor
    server.wait(lambda _: server.opened > opened)
    with contextlib.closing(items):  # type: ignore[type-var]
        yield items


def until(items: Iterator[SourceItem], holds: Callable[[list[SourceItem]], object]) -> list[SourceItem]:
    """What comes until the test has seen enough."""
    ends = CLOCK.monotonic() + A_WHILE
    seen: list[SourceItem] = []
    while not holds(seen):
        assert CLOCK.monotonic() < ends, seen
        seen.append(next(items))
    return seen


def mentions(seen: list[SourceItem]) -> list[Mention]:
    return [mention for item in seen for mention in item.mentions]


def test_posts_about_the_brands_become_mentions(server: JetstreamServer) -> None:
    root, parent = "at://did:plc:x/app.bsky.feed.post/1", "at://did:plc:y/app.bsky.feed.post/2"
    with listening(server) as items:
        server.posted(ANA, "1", "Nothing about anybody")
        about = server.posted(
            ANA,
            "2",
            "Acme &amp; Zenith are down",
            langs=["en"],
            reply={"root": {"uri": root}, "parent": {"uri": parent}},
        )
        server.posted(BEN, "3", "艾可美的客服不理人", langs=["zh-TW", "en"])
        seen = until(items, lambda seen: len(mentions(seen)) == 3)
    first, second, third = mentions(seen)
    assert (first.brand, second.brand, third.brand) == ("Acme", "Zenith", "Acme")
    assert first.id == mention_id("bluesky", f"at://{ANA}/app.bsky.feed.post/2", "Acme")
    assert (first.source, first.text, first.author, first.language_hint) == (
        "bluesky", "Acme & Zenith are down", ANA, "en",
    )  # fmt: skip
    assert (first.conversation, first.in_reply_to) == (root, parent)
    assert first.url == f"https://bsky.app/profile/{ANA}/post/2"
    assert first.created_at <= first.ingested_at
    assert (third.conversation, third.language_hint) == (third.network_id, "")
    assert int(seen[-1].cursor) > about["time_us"]
    assert sum(item.skipped for item in seen) == 1


def test_what_was_missed_comes_from_the_cursor_on(server: JetstreamServer) -> None:
    first = server.posted(ANA, "1", "Acme one")
    server.posted(ANA, "2", "Acme two")
    with listening(server, str(first["time_us"])) as items:
        server.posted(ANA, "3", "Acme three")
        seen = until(items, lambda seen: "Acme three" in [each.text for each in mentions(seen)])
    assert "Acme two" in [each.text for each in mentions(seen)] or server.opened == 1


@pytest.mark.parametrize(("hours", "lost"), [(72, True), (35, False)])
def test_what_jetstream_no_longer_has_is_told_as_lost_once(server: JetstreamServer, hours: int, lost: bool) -> None:
    stopped = CLOCK.now() - timedelta(hours=hours)
    with contextlib.closing(source(server).items(str(int(stopped.timestamp() * 1e6)))) as items:  # type: ignore[type-var]
        told = next(items)
        server.wait(lambda _: server.opened)
        server.posted(ANA, "1", "Acme again")
        assert not any(item.lost for item in until(items, mentions))
    assert len(told.lost) == lost
    for gap in told.lost:
        assert abs(gap.since - stopped) < timedelta(seconds=1)
        assert abs(CLOCK.now() - gap.until - bluesky.KEPT) < timedelta(seconds=A_WHILE)
        assert "36 hours" in gap.reason
    with contextlib.closing(source(server).items(told.cursor)) as again:  # type: ignore[type-var]
        assert not next(again).lost


@pytest.mark.parametrize("cursor", ["5", "9" * 30, "nonsense"])
def test_a_cursor_that_cant_be_loses_nothing(server: JetstreamServer, cursor: str) -> None:
    with contextlib.closing(source(server).items(cursor)) as items:  # type: ignore[type-var]
        assert not next(items).lost


def test_deletions_accounts_and_edits_are_passed_on(server: JetstreamServer) -> None:
    with listening(server) as items:
        server.posted(ANA, "1", "Acme is down")
        server.edited(ANA, "1", "Acme is up again")
        server.deleted(ANA, "1")
        server.identity(BEN, "ben.example")
        server.account(BEN, "deactivated")
        server.account(BEN, "takendown")
        server.account(BEN)
        seen = until(items, lambda seen: sum(len(item.removed) for item in seen) == 2)
    before, after = mentions(seen)
    assert before.id == after.id
    assert before.revision < after.revision
    assert [removal for item in seen for removal in item.removed] == [
        Removal(source="bluesky", network_id=before.network_id),
        Removal(source="bluesky", author=BEN),
    ]


@pytest.mark.parametrize("said", ["2031-01-01T00:00:00Z", "yesterday", ""])
def test_a_post_is_never_later_than_it_was_seen(server: JetstreamServer, said: str) -> None:
    with listening(server) as items:
        event = server.posted(ANA, "1", "Acme from the future", createdAt=said)
        (mention,) = mentions(until(items, mentions))
    assert mention.created_at.timestamp() == pytest.approx(event["time_us"] / 1e6, abs=1e-3)


def test_what_cant_be_read_is_kept_where_it_names_a_brand(server: JetstreamServer) -> None:
    far = int((CLOCK.now() + timedelta(days=2)).timestamp() * 1e6)
    with listening(server) as items:
        server.say('{"did": 1, "text": "nobody"}')
        server.say('{"did": 1, "text": "Acme"}')
        server.say("half a li")
        server.deliver({"did": ANA, "time_us": far, "kind": "identity", "identity": {"handle": "acme.example"}})
        server.posted(ANA, "1", "Acme is fine")
        seen = until(items, mentions)
    dead = [row for item in seen for row in item.dead]
    assert len(dead) == 2
    assert all(reason.startswith("Bluesky sent what can't be read: ") for _, reason in dead)
    assert sum(item.skipped for item in seen) == 2
    assert int(seen[-1].cursor) < far


@pytest.mark.parametrize("text", ["Acme", "nobody"])
@pytest.mark.parametrize("padding", ["[" * 20_000 + "]" * 20_000, '"' + "x" * (3 << 20) + '"'])
def test_what_is_far_too_long_or_deep_is_passed_over(server: JetstreamServer, text: str, padding: str) -> None:
    with listening(server) as items:
        before = server.posted(ANA, "1", "Zenith before")
        server.say(
            f'{{"did": "{ANA}", "time_us": {server.time_us}, "kind": "commit", "text": "{text}", "x": {padding}}}'
        )
        after = server.posted(ANA, "2", "Zenith after")
        seen = until(items, lambda seen: len(mentions(seen)) == 2)
    dead = [row for item in seen for row in item.dead]
    assert len(dead) == (text == "Acme")
    assert sum(item.skipped for item in seen) == (text != "Acme")
    assert all(len(raw) <= 500 and "\n" not in reason for raw, reason in dead)
    assert int(seen[-1].cursor) == after["time_us"] > before["time_us"]


def test_the_place_is_past_what_is_far_too_long(server: JetstreamServer) -> None:
    with listening(server) as items:
        server.say(f'{{"did": "{ANA}", "time_us": {server.time_us}, "kind": "commit", "x": "Acme {"x" * (1 << 20)}"}}')
        seen = until(items, lambda seen: any(item.dead for item in seen))
    assert int(seen[-1].cursor) == server.time_us


def test_jetstream_is_asked_to_leave_out_what_is_far_too_long(server: JetstreamServer) -> None:
    with listening(server) as items:
        server.posted(ANA, "1", "Acme " + "x" * (1 << 20))
        server.posted(ANA, "2", "Zenith")
        seen = until(items, mentions)
    assert [mention.brand for mention in mentions(seen)] == ["Zenith"]
    assert not any(item.dead or item.skipped for item in seen)


def test_what_a_post_says_is_cut_and_cleaned(server: JetstreamServer) -> None:
    uri = "\x1b[31m\n\x00at://" + "a" * 10_000
    with listening(server) as items:
        server.posted(ANA, "1", "Acme " + "x" * 2 * MAX_TEXT, reply={"root": {"uri": uri}, "parent": {"uri": uri}})
        server.posted("did:plc:\x1b[31m", "2", "Acme again")
        server.posted("did:plc:" + "a" * 10_000, "3", "Acme again")
        server.posted(ANA, "4" * 10_000, "Acme again")
        seen = until(items, lambda seen: sum(len(item.dead) for item in seen) == 3)
    (mention,) = mentions(seen)
    assert len(mention.text) == MAX_TEXT
    assert mention.conversation == mention.in_reply_to
    assert mention.conversation.isprintable()
    assert len(mention.conversation) == 2_000


def test_the_place_is_never_after_now(server: JetstreamServer) -> None:
    def now_us() -> int:
        return int(CLOCK.now().timestamp() * 1e6)

    with listening(server) as items:
        server.time_us += 82_800_000_000
        server.posted(ANA, "1", "Acme tomorrow", createdAt="2031-01-01T00:00:00Z")
        seen = until(items, mentions)
        assert int(seen[-1].cursor) <= now_us()
    (mention,) = mentions(seen)
    assert mention.created_at <= mention.ingested_at
    saved = str(now_us() + 82_800_000_000)
    with listening(server, saved) as items:
        assert int(next(items).cursor) <= now_us()


def test_a_line_that_closes_is_told_in_one_line(server: JetstreamServer) -> None:
    with listening(server) as items:
        server.close_all()
        with pytest.raises(SourceError, match=r"Bluesky can't be read from ws://.*Trying again") as caught:
            until(items, lambda _: False)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fault", [Answer(503), Refuse()])
def test_a_server_that_refuses_is_told_in_one_line(server: JetstreamServer, fault: Fault) -> None:
    server.fail(fault)
    with pytest.raises(SourceError, match="Trying again"):
        next(source(server).items(""))


def test_a_password_in_its_address_is_sent_and_never_told(server: JetstreamServer) -> None:
    url = server.url.replace("http://", "ws://ana:s3cret@")
    with contextlib.closing(Bluesky(Matcher(BRANDS), url, CLOCK).items("")) as items:  # type: ignore[type-var]
        next(items)
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    for wrong in (url, "http://ana:s3cret@host", "ws://ana:s3cret@127.0.0.1:9"):
        server.fail(Answer(401))
        with pytest.raises(SourceError, match="can't be read") as caught:
            next(Bluesky(Matcher(BRANDS), wrong, CLOCK).items(""))
        assert "s3cret" not in str(caught.value)


def test_silence_is_not_trusted(server: JetstreamServer) -> None:
    items = source(server, patience=timedelta(seconds=0.5)).items("")
    with pytest.raises(SourceError, match="has said nothing"):
        until(items, lambda _: False)


def test_the_registry_makes_it_at_the_address_that_is_set(server: JetstreamServer) -> None:
    table = SourceSettings(name="everything", kind="bluesky")
    made = make_source(table, BRANDS, CLOCK, Networks(bluesky_url=server.url.replace("http://", "ws://")))
    items = made.items("")
    assert next(items).mentions == ()
    server.posted(ANA, "1", "Zenith again")
    assert mentions(until(items, mentions))[0].brand == "Zenith"
