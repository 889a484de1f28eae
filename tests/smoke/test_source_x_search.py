"""The source X on the real tweepy, against an X on loopback: what is asked for besides the stream."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.brand import Brand
from core.errors import ConfigurationError, SourceError
from core.ports.source import Gap, Removal
from ingest.settings import Networks, SourceSettings
from ingest.sources.registry import make_source
from ingest.sources.x_posts import id_at, moment_of
from ingest.sources.x_rules import queries_of
from tests.networks import x
from tests.networks.faults import Answer, Cut, Fault, Refuse, Slow, Stall, WrongJson, out_of_order, twice
from tests.networks.x_posts import User
from tests.smoke.x_listening import BRANDS, PATIENT, Kept, World, mentions, read, running, texts, until


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world


def keep(world: World, *texts: str, **more: object) -> list[str]:
    """Posts that the search has; their ids."""
    posts = [world.write(text, **more) for text in texts]
    world.posts |= {post.id: post for post in posts}
    return [post.id for post in posts]


def rounds(world: World) -> int:
    """So many searches for the first query."""
    queries = [request.query["query"] for request in world.asked(x.RECENT)]
    return queries.count(queries[0]) if queries else 0


def test_the_search_alone_finds_what_is_posted(world: World) -> None:
    with running(world.source(stream=False)) as items:
        until(items, lambda seen: any(item.heard for item in seen))
        world.time.forward(minutes=2)
        (id_,) = keep(world, "Acme is down")
        seen = until(items, mentions)
    (mention,) = mentions(seen)
    assert (mention.network_id, mention.author, mention.followers) == (id_, "ana", 1200)
    assert (read(seen, "post"), read(seen, "user")) == ([id_], ["7"])
    assert not world.asked(x.STREAM)
    assert not world.asked(x.RULES)


def test_a_search_is_read_to_its_end_and_repeats_are_passed_over(world: World) -> None:
    cursor = id_at(world.time.now())
    world.time.forward(hours=1)
    expected = [f"Acme {number}" for number in range(250)]
    keep(world, *expected)
    world.fail(twice("data"), out_of_order("data"), path=x.RECENT)
    with running(world.source([Brand(name="Acme")], stream=False), cursor) as items:
        seen = until(items, lambda seen: len(mentions(seen)) >= 250)
        until(items, lambda _: rounds(world) > 4)
    assert sorted(texts(seen)) == sorted(expected)
    assert {request.query["since_id"] for request in world.asked(x.RECENT)[:3]} == {cursor}


def test_nothing_is_saved_before_the_search_is_at_its_end(world: World) -> None:
    cursor = id_at(world.time.now())
    world.time.forward(hours=1)
    keep(world, *[f"Acme {number}" for number in range(150)])
    with running(world.source(BRANDS[:1], stream=False), cursor) as items:
        seen = until(items, lambda seen: len(mentions(seen)) >= 100)
        assert seen[-1].cursor == cursor
        seen = until(items, lambda seen: len(mentions(seen)) >= 50)
        after = until(items, lambda seen: seen)[-1].cursor
    assert moment_of(after) - moment_of(cursor) == timedelta(minutes=59)


def test_what_was_missed_comes_from_the_cursor_on(world: World) -> None:
    keep(world, "Acme long ago")
    world.time.forward(days=1)
    cursor = id_at(world.time.now())
    keep(world, "Acme one")
    world.time.forward(hours=3)
    keep(world, "Acme two")
    with running(world.source(), cursor) as items:
        seen = until(items, lambda seen: len(mentions(seen)) == 2)
    assert sorted(texts(seen)) == ["Acme one", "Acme two"]
    assert not [gap for item in seen for gap in item.lost]


def test_what_x_has_no_more_is_told_once(world: World) -> None:
    cursor = id_at(world.time.now())
    since = world.time.now()
    world.time.forward(days=10)
    keep(world, "Acme is back")
    until_moment = world.time.now() - timedelta(days=7) + timedelta(minutes=10)
    with running(world.source(stream=False), cursor) as items:
        seen = until(items, lambda _: rounds(world) == 3)
    gaps = [gap for item in seen for gap in item.lost]
    assert gaps == [Gap(since=since, until=until_moment, reason="X's search has only the last 7 days.")]
    assert texts(seen) == ["Acme is back"]


@pytest.mark.parametrize("cursor", ["", "nonsense", "9" * 30, "9223372036854775807", "٣"])
def test_without_a_place_it_begins_a_minute_ago(world: World, cursor: str) -> None:
    keep(world, "Acme before")
    world.time.forward(hours=1)
    now = world.time.now()
    with running(world.source(stream=False), cursor) as items:
        until(items, lambda _: world.asked(x.RECENT))
    assert moment_of(world.asked(x.RECENT)[0].query["since_id"]) == now - timedelta(minutes=1)


def test_searches_are_as_many_as_x_allows(world: World) -> None:
    world.limits[x.RECENT] = 9
    with running(world.source(BRANDS[:1], stream=False)) as items:
        until(items, lambda _: rounds(world) == 1)
        began = world.time.now()
        until(items, lambda _: rounds(world) == 3)
    queries = len({request.query["query"] for request in world.asked(x.RECENT)})
    assert (world.time.now() - began).total_seconds() > 100 * queries


def test_little_money_changes_what_is_searched_for(world: World) -> None:
    spent = False
    with running(world.source(stream=False, narrow=lambda: spent)) as items:
        until(items, lambda _: rounds(world) == 1)
        spent = True
        narrow = set(queries_of(BRANDS, "x", narrow=True))
        until(items, lambda _: narrow <= {request.query["query"] for request in world.asked(x.RECENT)})
        first = len(world.asked(x.RECENT))
        until(items, lambda _: len(world.asked(x.RECENT)) > first + 2 * len(narrow))
    assert {request.query["query"] for request in world.asked(x.RECENT)[first:]} == narrow


def test_with_little_money_a_brand_of_ambiguous_names_alone_is_not_asked_for(world: World) -> None:
    ambiguous = [Brand(name="Gap", ambiguous=("Gap",), context=("jeans",))]
    with running(world.source(ambiguous, stream=False, narrow=lambda: True)) as items:
        first = next(items)
        seen = until(items, lambda seen: seen and int(seen[-1].cursor) > int(first.cursor))
    assert not world.requests
    assert not any(item.heard for item in seen)


@pytest.mark.parametrize("told", [True, False])
def test_a_limit_is_waited_for(world: World, told: bool) -> None:
    reset = world.time.now() + timedelta(seconds=400)
    world.fail(x.too_many_requests(int(reset.timestamp()) if told else None), path=x.RECENT)
    with running(world.source(stream=False)) as items:
        until(items, lambda _: len(world.asked(x.RECENT)) == 1)
        began = world.time.now()
        seen = until(items, lambda _: len(world.asked(x.RECENT)) == 2)
    if told:
        assert world.time.now() >= reset
    assert (world.time.now() - began).total_seconds() > 50
    assert not any(item.heard for item in seen[:-1])


@pytest.mark.parametrize(
    "fault",
    [Answer(500), Answer(503, '["no object"]'), WrongJson(), WrongJson("[1]"), Cut(after=5), Refuse(),
     Answer(429, "", {"x-rate-limit-reset": "soon"}), Answer(429, "", {"x-rate-limit-reset": "9" * 30}), Slow(0.3)],
)  # fmt: skip
def test_a_search_that_fails_is_tried_again(world: World, fault: Fault) -> None:
    world.fail(fault, path=x.RECENT)
    cursor = id_at(world.time.now())
    world.time.forward(hours=1)
    keep(world, "Acme is down")
    with running(world.source(stream=False), cursor) as items:
        assert texts(until(items, mentions)) == ["Acme is down"]


def test_a_search_that_fails_again_and_again_is_told(world: World) -> None:
    world.fail(*[Answer(503)] * 4, path=x.RECENT)
    with running(world.source(stream=False)) as items, pytest.raises(SourceError, match=r"X answers 503.*Trying again"):
        until(items, lambda _: False)
    assert len(world.asked(x.RECENT)) == 4


def test_the_stream_goes_on_while_the_search_fails(world: World) -> None:
    world.fail(*[Answer(503)] * 50, path=x.RECENT)
    with running(world.source(patience=PATIENT)) as items:
        until(items, lambda _: len(world.streams))
        for number in range(6):
            world.time.forward(seconds=300)
            world.say(b"\r\n")
            asked = len(world.asked(x.RECENT))
            until(items, lambda _, asked=asked: len(world.asked(x.RECENT)) > asked)
            world.publish(world.write(f"Acme {number}"))
            assert texts(until(items, mentions)) == [f"Acme {number}"]
    assert world.streams.opened == 1


def test_a_request_that_is_never_answered_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sources.x_door._TIMEOUT", (5.0, 0.1))
    world.fail(Stall(), path=x.RECENT)
    with running(world.source(stream=False)) as items:
        until(items, lambda seen: any(item.heard for item in seen))
    assert len(world.asked(x.RECENT)) >= 2


def test_what_stands_in_a_netrc_does_not_take_the_place_of_the_token(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with running(world.source()) as items:
        until(items, lambda _: world.streams.opened and world.asked(x.RECENT))
    assert {request.headers["authorization"] for request in world.requests} == {f"Bearer {world.app_token}"}


def test_a_request_that_is_never_answered_lets_itself_be_stopped(world: World) -> None:
    world.fail(Stall(), path=x.RECENT)
    with running(world.source(stream=False)) as items:
        seen = until(items, lambda seen: len(seen) == 3)
    assert not any(item.heard for item in seen)
    world.cut_all()


def test_mentions_of_our_accounts_are_read_where_asked_for(world: World) -> None:
    world.users["9"] = User(id="9", username="bob", followers=3)
    with running(world.source(mentions=True, stream=False)) as items:
        until(items, lambda _: world.asked("/2/users/8/mentions"))
        world.time.forward(minutes=2)
        (id_,) = keep(world, "hello @acme", author="bob")
        world.hidden.add(id_)  # the search has not found it yet
        seen = until(items, mentions)
        until(items, lambda _: len(world.asked("/2/users/8/mentions")) == 4)
    (mention,) = mentions(seen)
    assert (mention.network_id, mention.brand) == (id_, "Acme")
    assert len(world.asked(x.USERS_BY)) == 1
    assert mention.followers == 3
    assert set(read(seen, "mention")) == {id_}


def test_the_place_waits_for_mentions_that_x_does_not_give(world: World) -> None:
    world.fail(*[Answer(503)] * 50, path="/2/users/8/mentions")
    cursor = id_at(world.time.now())
    world.time.forward(hours=1)
    with running(world.source(mentions=True, stream=False), cursor) as items:
        seen = until(items, lambda _: rounds(world) == 3)
    assert {item.cursor for item in seen} == {cursor}


def test_an_empty_store_has_nothing_to_look_up(world: World) -> None:
    kept = Kept([])
    with running(world.source(stream=False, kept=kept, sweep=timedelta(days=3))) as items:
        until(items, lambda _: len(kept.asked) == 2, lambda: world.time.forward(hours=1))
    assert not world.asked(x.LOOKUP)


def test_what_is_deleted_or_hidden_there_is_removed_here(world: World) -> None:
    ids = keep(world, *[f"Acme {number}" for number in range(230)])
    deleted, hidden = ids[3], ids[220]
    del world.posts[deleted]
    world.hidden.add(hidden)
    kept = Kept([*ids, "no id"])
    with running(world.source(stream=False, kept=kept, sweep=timedelta(days=3))) as items:
        seen = until(items, lambda _: len(world.asked(x.LOOKUP)) == 3)
        seen += until(items, lambda seen: len(seen) > 2)
        until(items, lambda _: len(world.asked(x.LOOKUP)) >= 6, lambda: world.time.forward(hours=1))
    assert {removal for item in seen for removal in item.removed} == {
        Removal(source="x", network_id=deleted),
        Removal(source="x", network_id=hidden),
    }
    assert set(ids) - {deleted, hidden} <= set(read(seen, "post"))
    asked = [request.query["ids"].split(",") for request in world.asked(x.LOOKUP)[:3]]
    assert [len(some) for some in asked] == [100, 100, 30]
    assert {source for source, _ in kept.asked} == {"x"}


def test_half_an_answer_removes_nothing(world: World) -> None:
    ids = keep(world, "Acme one", "Acme two")
    world.fail(Answer(200, '{"data": []}'), Answer(503), Answer(200, '{"errors": [{"resource_id": 5}]}'), path=x.LOOKUP)
    with running(world.source(stream=False, kept=Kept(ids), sweep=timedelta(days=3))) as items:
        seen = until(items, lambda _: len(world.asked(x.LOOKUP)) >= 5, lambda: world.time.forward(hours=1))
    assert not [removal for item in seen for removal in item.removed]


def test_the_registry_makes_it_as_its_table_says(world: World) -> None:
    table = SourceSettings(name="x", kind="x", mode="search", sweep_days=0)
    source = make_source(table, BRANDS, world.time, world.networks())
    with running(source) as items:  # type: ignore[arg-type]
        until(items, lambda _: world.asked(x.RECENT))
    assert not world.asked(x.RULES)


@pytest.mark.parametrize(
    ("change", "brands", "networks", "says"),
    [
        ({}, BRANDS, Networks(), "set SIXMINUTE_X_BEARER_TOKEN"),
        ({}, (), Networks(x_bearer_token="t"), "add [[brands]]"),
        ({}, [Brand(name="Acme", sources=("other",))], Networks(x_bearer_token="t"), "none takes mentions"),
        ({"mentions": True}, [Brand(name="Acme")], Networks(x_bearer_token="t"), "add their `handles`"),
        ({"sweep_days": -1.0}, BRANDS, Networks(x_bearer_token="t"), "sweep_days -1.0"),
        ({"sweep_days": float("nan")}, BRANDS, Networks(x_bearer_token="t"), "sweep_days nan"),
    ],
)
def test_what_is_missing_is_told_in_one_line(
    world: World, change: dict[str, object], brands: list[Brand], networks: Networks, says: str
) -> None:
    table = SourceSettings(name="my x", kind="x", **change)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as caught:
        make_source(table, brands, world.time, networks)
    assert str(caught.value).startswith("[[sources]] 'my x': ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
