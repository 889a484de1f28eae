"""`sixminute doctor` tries each network, and says of each that doesn't answer what is wrong."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from adapters.clock import SystemClock
from core.brand import Brand
from core.errors import SourceError
from core.ports.source import SourceItem
from ingest.settings import Networks, SourceSettings
from ingest.sources.feeds_web import Call, UnreadableError, Validators, Web
from ingest.sources.registry import make_source
from ingest.trying import try_out
from runtime.commands import doctor, doctor_sources
from runtime.commands.doctor import Finding, examine
from runtime.settings import Settings
from tests.fakes import FakeClock
from tests.networks.bluesky import JetstreamServer
from tests.networks.faults import Answer, Stall
from tests.networks.feeds import Entry, Feed, FeedServer
from tests.networks.mastodon import MastodonServer
from tests.networks.reddit import RedditServer
from tests.networks.x import XServer
from tests.programs import LONG

ACME = (Brand(name="Acme"),)
BLUESKY, X = SourceSettings(name="sky", kind="bluesky"), SourceSettings(name="x", kind="x")
SHOW = SourceSettings(name="show", kind="demonstration")
NOWHERE = "ws://127.0.0.1:9"
CLOCK = SystemClock()


@pytest.fixture
def jetstream() -> Iterator[JetstreamServer]:
    with JetstreamServer() as server:
        yield server


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer() as server:
        yield server


@contextmanager
def talking(server: JetstreamServer) -> Iterator[None]:
    """The whole network is never silent."""
    over = Event()

    def talk() -> None:
        while not over.wait(0.1):
            server.posted("did:plc:ana", "1", "hello")

    thread = Thread(target=talk)
    thread.start()
    yield
    over.set()
    thread.join()


def sources(folder: Path, *tables: SourceSettings, **settings: str) -> list[Finding]:
    found = examine(Settings(data_dir=folder, brands=ACME, sources=tables, **settings), CLOCK)  # type: ignore[arg-type]
    return [finding for finding in found if finding.name == "sources"]


def test_networks_that_answer_are_told(tmp_path: Path, jetstream: JetstreamServer, x: XServer) -> None:
    url = jetstream.url.replace("http://", "ws://")
    with talking(jetstream):
        found = sources(tmp_path, BLUESKY, X, SHOW, bluesky_url=url, x_base_url=x.url, x_bearer_token="app-token")
    assert found == [Finding("sources", "ok", "sky (bluesky, answers), x (x, answers), show (demonstration)")]
    assert not x.asked("/2/tweets/search/stream"), "the stream of whoever listens would end"


def test_each_network_that_does_not_answer_is_named(tmp_path: Path, x: XServer) -> None:
    x.fail(Answer(401), path="/2/tweets/search/stream/rules")
    sky, of_x, well = sources(
        tmp_path, BLUESKY, SHOW, X, bluesky_url=NOWHERE, x_base_url=x.url, x_bearer_token="s3cret-token"
    )
    assert {sky.verdict, of_x.verdict} == {"problem"}
    assert sky.sentence.startswith("sky: Bluesky can't be read from ws://127.0.0.1:9")
    assert of_x.sentence.startswith("x: ")
    assert "SIXMINUTE_X_BEARER_TOKEN" in of_x.sentence
    assert "s3cret" not in of_x.sentence
    assert well == Finding("sources", "ok", "show (demonstration)")


def test_whatever_is_raised_is_told_of_its_source_and_keeps_no_other_back(
    tmp_path: Path, x: XServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_source: object, _clock: object) -> None:
        raise UnicodeError("label of 's3cret-token' too long")

    monkeypatch.setattr(doctor_sources, "try_out", broken)
    gone = SourceSettings(name="file", kind="recording", file=tmp_path / "gone.csv")
    first, second = sources(tmp_path, BLUESKY, gone, x_bearer_token="s3cret-token")
    assert first.verdict == second.verdict == "problem"
    assert first.sentence.startswith("sky: UnicodeError: label of '***' too long")
    assert second.sentence.startswith("[[sources]] 'file': ")


def test_one_check_that_fails_in_a_strange_way_keeps_no_other_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_visit: object) -> str:
        raise RecursionError("too deep")

    checks = [(name, broken if name == "spend" else check, needs) for name, check, needs in doctor._CHECKS]
    monkeypatch.setattr(doctor, "_CHECKS", checks)
    found = {each.name: each for each in examine(Settings(data_dir=tmp_path), CLOCK)}
    assert found["spend"].verdict == "problem"
    assert found["spend"].sentence.startswith("RecursionError: too deep")
    assert found["webhooks"].verdict == "ok"


def test_however_many_servers_are_dead_it_takes_as_long_as_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_at_once = Barrier(12, timeout=LONG)

    def waits_for_the_others(_visit: object) -> str:
        all_at_once.wait()
        return "all are tried beside each other"

    monkeypatch.setattr(doctor, "_CHECKS", [(str(number), waits_for_the_others, ()) for number in range(12)])
    assert {each.verdict for each in examine(Settings(data_dir=tmp_path), CLOCK)} == {"ok"}


def test_the_search_alone_is_tried_by_searching(x: XServer) -> None:
    table = SourceSettings(name="x", kind="x", mode="search")
    settings = Settings(x_base_url=x.url, x_bearer_token="app-token")
    source = make_source(table, ACME, CLOCK, settings)
    try_out(source, CLOCK)
    x.fail(Answer(503), path="/2/tweets/search/recent")
    with pytest.raises(SourceError, match="X can't be read"):
        try_out(source, CLOCK)
    assert len(x.asked("/2/tweets/search/recent")) == 2


@pytest.fixture
def mastodon() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        yield server


def tried(table: SourceSettings, **networks: str) -> None:
    try_out(make_source(table, ACME, CLOCK, Networks(**networks)), CLOCK, seconds=1.0)


def test_mastodon_says_at_once_which_token_is_wrong(mastodon: MastodonServer) -> None:
    table = SourceSettings(name="fediverse", kind="mastodon", public=True, hashtags=("acme",))
    tried(table, mastodon_base_url=mastodon.url, mastodon_access_token=mastodon.token)
    with pytest.raises(SourceError, match=r"doesn't accept the token; set .*SIXMINUTE_MASTODON_ACCESS_TOKEN"):
        tried(table, mastodon_base_url=mastodon.url, mastodon_access_token="wrong")
    with pytest.raises(SourceError, match=r"Mastodon can.t be read from 127.0.0.1 .*Max retries exceeded"):
        tried(table, mastodon_base_url="http://127.0.0.1:9", mastodon_access_token="any")


def test_reddit_says_at_once_which_app_is_wrong() -> None:
    table = SourceSettings(name="reddit", kind="reddit", search=True)
    with RedditServer() as reddit:
        who = {"reddit_base_url": reddit.url, "reddit_client_id": "client-id", "reddit_client_secret": "client-secret"}
        tried(table, **who)
        reddit.fail(Answer(401), path="/api/v1/access_token")
        with pytest.raises(SourceError, match=r"SIXMINUTE_REDDIT_CLIENT_ID and SIXMINUTE_REDDIT_CLIENT_SECRET"):
            tried(table, **who)


def test_feeds_say_at_once_which_cant_be_read_and_why() -> None:
    with FeedServer() as server:
        server.feeds |= {"/one": Feed("One", [Entry("Acme")]), "/two": Feed("Two", [])}
        table = SourceSettings(name="news", kind="feeds", urls=(f"{server.url}/one", f"{server.url}/two?key=s3cret"))
        tried(table)
        server.fail(Answer(401), path="/two")
        with pytest.raises(SourceError, match=r"/two can't be read \(HTTP 401 .*NAME:PASSWORD@") as caught:
            tried(table)
        server.fail(Answer(404), path="/one")
        with pytest.raises(SourceError, match=r"/one can't be read .HTTP 404"):
            tried(table)
        assert "s3cret" not in str(caught.value)


def test_feeds_that_dont_answer_are_named() -> None:
    with FeedServer() as server:

        class OnceAsked(FakeClock):
            """No time passes before the server was asked, however busy this machine is."""

            def sleep(self, seconds: float) -> None:
                if server.asked("/slow"):
                    super().sleep(seconds)
                else:
                    CLOCK.sleep(0.01)

        server.fail(Stall(), path="/slow")
        clock = OnceAsked()
        table = SourceSettings(name="news", kind="feeds", urls=(f"{server.url}/slow",))
        with pytest.raises(SourceError, match="/slow: no answer within"):
            try_out(make_source(table, ACME, clock, Networks()), clock)


def test_a_feed_that_is_given_up_while_it_is_reached_leaves_no_line_open() -> None:
    opened: list[socket.socket] = []

    class GivenUp(Call):
        def note(self, event: str, about: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                opened.append(about["return_value"].get_extra_info("socket"))
                self.give_up()
            super().note(event, about)

    with FeedServer() as server:
        with pytest.raises(UnreadableError):
            Web(CLOCK).fetch(f"{server.url}/feed", Validators("", ""), GivenUp())
        assert [each.fileno() for each in opened] == [-1]


def test_a_network_that_says_nothing_is_given_up(jetstream: JetstreamServer) -> None:
    jetstream.fail(Stall())
    settings = Settings(bluesky_url=jetstream.url.replace("http://", "ws://"))
    source = make_source(BLUESKY, ACME, CLOCK, settings)
    with pytest.raises(SourceError):
        try_out(source, CLOCK, seconds=0.5)


def test_what_a_source_holds_back_is_told() -> None:
    """After an error a source may leave its network alone for a while before it raises."""

    def failing() -> Iterator[SourceItem]:
        raise SourceError("the token is wrong")

    class Holding:
        name = "holding"

        def items(self, cursor: str) -> Iterator[SourceItem]:
            try:
                yield from failing()
            except SourceError:
                while True:
                    yield SourceItem((), (), cursor, heard=False)

    with pytest.raises(SourceError, match="the token is wrong"):
        try_out(Holding(), CLOCK, seconds=0.0)


class Silent:
    """A network that lets itself be listened to and says nothing."""

    name = "silent"

    def __init__(self, *heard: bool) -> None:
        self._heard = heard
        self.closed = False

    def items(self, cursor: str) -> Iterator[SourceItem]:
        try:
            for heard in self._heard:
                yield SourceItem((), (), cursor, heard=heard)
        finally:
            self.closed = True


def test_waiting_has_an_end(clock: FakeClock) -> None:
    silent = Silent(*[False] * 5)
    with pytest.raises(SourceError, match="no answer within 8 seconds"):
        try_out(silent, clock)
    late = Silent(False, True)
    try_out(late, clock)
    clock.sleep(0)
    assert silent.closed
    assert late.closed
    impatient = Silent(*[False] * 1000)
    with pytest.raises(SourceError):
        try_out(impatient, clock, seconds=-1)
    assert impatient.closed
