"""The source X on the real tweepy, against an X on loopback: the filtered stream."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.brand import Brand
from core.errors import SourceError
from core.mention import mention_id
from ingest.sources.x_line import End, Line, Opened
from ingest.sources.x_posts import moment_of
from ingest.sources.x_rules import TAG, rules_of
from tests.networks import x
from tests.networks.faults import Answer, Closed, Cut, Fault, Refuse, WrongJson
from tests.smoke.x_listening import BRANDS, PATIENT, World, listening, mentions, read, running, texts, until


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world


def test_posts_about_the_brands_become_mentions(world: World) -> None:
    with listening(world) as items:
        root = world.write("A watch", author="acme")
        world.posts[root.id] = root
        answer = world.write(
            "Acme &amp; my Zenith watch are down",
            conversation_id=root.id,
            referenced={"quoted": "5", "replied_to": root.id},
        )
        world.publish(world.write("nothing"), answer, world.write("艾可美的客服不理人", lang="zh"))
        seen = until(items, lambda seen: len(mentions(seen)) == 3)
        now = world.time.now()
    first, second, third = mentions(seen)
    assert (first.brand, second.brand, third.brand) == ("Acme", "Zenith", "Acme")
    assert first.id == mention_id("x", answer.id, "Acme")
    assert (first.source, first.network_id, first.text) == ("x", answer.id, "Acme & my Zenith watch are down")
    assert (first.author, first.followers, first.language_hint) == ("ana", 1200, "en")
    assert (first.conversation, first.in_reply_to) == (root.id, root.id)
    assert first.url == f"https://x.com/ana/status/{answer.id}"
    assert (first.created_at, first.ingested_at) == (answer.created_at, now)
    assert (third.conversation, third.in_reply_to, third.language_hint) == (third.network_id, "", "zh")
    assert read(seen, "post") == [answer.id, third.network_id]
    assert set(read(seen, "user")) == {"7"}
    assert all(item.heard for item in seen if item.mentions)


def test_rules_are_made_and_found_again(world: World) -> None:
    with listening(world):
        wanted = [(rule.value, rule.tag) for rule in rules_of(BRANDS, "x")]
    assert [(rule["value"], rule["tag"]) for rule in world.book.rules.values()] == wanted
    with running(world.source()) as items:
        until(items, lambda _: world.streams.opened == 2)
    assert [request.method for request in world.asked(x.RULES)] == ["GET", "POST", "GET"]
    with running(world.source(BRANDS[1:])) as items:
        until(items, lambda _: world.streams.opened == 3)
    assert {rule["tag"] for rule in world.book.rules.values()} == {f"{TAG}Zenith"}
    assert [request.json() for request in world.asked(x.RULES)[4:]] == [
        {"delete": {"ids": ["1000000000000000001", "1000000000000000002"]}}
    ]


def test_rules_of_others_stay_and_an_untagged_one_does_no_harm(world: World) -> None:
    world.book.add([{"value": "acme"}, {"value": "watch", "tag": "mine"}])
    with listening(world) as items:
        world.publish(world.write("watch this"), world.write("Acme is down"), world.write("Acme again"))
        assert texts(until(items, lambda seen: len(mentions(seen)) == 2)) == ["Acme is down", "Acme again"]
    assert world.streams.opened == 1
    assert [rule.get("tag") for rule in world.book.rules.values()][:2] == [None, "mine"]


def test_where_there_is_no_room_for_rules_old_ones_go_first(world: World) -> None:
    world.book.add([{"value": f"old {number}", "tag": f"{TAG}Old"} for number in range(999)])
    with listening(world):
        assert len(world.book.rules) == len(rules_of(BRANDS, "x"))


def test_a_rule_that_x_does_not_take_is_told_in_one_line(world: World) -> None:
    world.book.most = 1
    with (
        running(world.source()) as items,
        pytest.raises(SourceError, match=r"doesn't take the rule '.*must not be more"),
    ):
        until(items, lambda _: False)


def test_what_cannot_be_read_is_kept_where_it_names_a_brand(world: World) -> None:
    with listening(world) as items:
        world.say(b"no JSON\r\n")
        world.say('{"data": {"id": 1, "text": "Acme"}}\r\n{"data": "艾可美"}\r\n'.encode())
        world.say(b'{"data": {"id": "1", "te\r\n[]\r\n\xff\xfe\r\n{"meta": 1}\r\n')
        world.say(json.dumps({"data": {"id": "5", "text": "x" * 300_000, "unknown": {"a": [1]}}}).encode() + b"\r\n")
        world.publish(world.write("Acme is fine"))
        seen = until(items, mentions)
    dead = [row for item in seen for row in item.dead]
    assert len(dead) == 2
    assert all(reason.startswith("X sent what can't be read: ") for _, reason in dead)
    assert sum(item.skipped for item in seen) == 5
    assert world.streams.opened == 1


def test_the_stream_takes_over_from_the_search_and_moves_the_place(world: World) -> None:
    world.streams.heartbeat_seconds = 0.02
    with listening(world, patience=PATIENT) as items:
        steps = until(items, lambda seen: len(seen) > 80, lambda: world.time.forward(seconds=10))
        asked = len(world.asked(x.RECENT))
        seen = until(items, lambda seen: len(seen) > 20, lambda: world.time.forward(minutes=1))
    assert any(item.heard for item in steps)
    assert len(world.asked(x.RECENT)) == asked
    behind = world.time.now() - moment_of(seen[-1].cursor)
    assert timedelta(seconds=60) <= behind < timedelta(minutes=10)


def test_edits_replace(world: World) -> None:
    with listening(world, patience=PATIENT) as items:
        first = world.write("Acme is down")
        world.publish(first)
        world.time.forward(minutes=5)
        second = world.write("Acme is up", edit_of=[first.id])
        world.publish(second)
        before, after = mentions(until(items, lambda seen: len(mentions(seen)) == 2))
    assert (before.id, before.network_id, before.revision) == (after.id, after.network_id, 0)
    assert (after.revision, after.text) == (1, "Acme is up")
    assert (before.created_at, after.created_at) == (first.created_at, first.created_at)
    assert after.url.endswith(second.id)


def test_reposts_own_posts_and_repeats_are_passed_over(world: World) -> None:
    world.book.add([{"value": "acme"}])
    with listening(world) as items:
        once = world.write("Acme once")
        repost = world.write("RT @ana: Acme once", referenced={"retweeted": once.id})
        world.publish(once, repost, once, world.write("Acme is great", author="acme"), world.write("Acme twice"))
        seen = until(items, lambda seen: len(mentions(seen)) == 2)
    assert texts(seen) == ["Acme once", "Acme twice"]
    assert sum(item.skipped for item in seen) == 3


def test_long_posts_unknown_authors_and_clocks_that_are_wrong(world: World) -> None:
    later = world.time.now().replace(year=2031)
    with listening(world) as items:
        long = world.write("Acme …", author="gone", long="Acme " + "very " * 9000 + "long", created_at=later)
        world.publish(long)
        (mention,) = mentions(until(items, mentions))
    assert (mention.author, mention.followers) == ("", None)
    assert mention.url == f"https://x.com/i/status/{long.id}"
    assert len(mention.text) == 25_000
    assert mention.created_at == mention.ingested_at


def test_partial_errors_are_harmless_and_a_disconnect_is_not(world: World) -> None:
    with listening(world) as items:
        world.say(b'{"errors": [{"title": "Not Found Error", "parameter": "referenced_tweets.id"}]}\r\n')
        world.publish(world.write("Acme one"))
        until(items, mentions)
        assert world.streams.opened == 1
        world.say_error()
        until(items, lambda _: not len(world.streams))
        world.time.forward(seconds=20)
        until(items, lambda _: world.streams.opened == 2)
        world.publish(world.write("Acme two"))
        assert texts(until(items, mentions)) == ["Acme two"]


def test_what_is_posted_while_the_stream_is_broken_comes_by_the_search(world: World) -> None:
    with listening(world) as items:
        world.publish(world.write("Acme one"))
        until(items, mentions)
        world.say(b'{"data":{"id":"1","text":"Acme half a li')
        world.cut_streams()
        missed = world.write("Acme two")
        world.posts[missed.id] = missed
        seen = until(items, mentions)
        world.time.forward(seconds=20)
        until(items, lambda _: world.streams.opened == 2)
        world.publish(world.write("Acme three"))
        seen += until(items, mentions)
    assert texts(seen) == ["Acme two", "Acme three"]
    assert not [row for item in seen for row in item.dead]


def test_what_the_search_finds_late_is_not_lost(world: World) -> None:
    world.streams.heartbeat_seconds = 0.02
    with listening(world, patience=PATIENT, brands=[Brand(name="Acme")]) as items:
        world.say(b"\r\n")
        until(items, lambda seen: any(item.heard for item in seen))
        world.cut_streams()
        missed = world.write("Acme between two streams")
        world.posts[missed.id] = missed
        world.hidden.add(missed.id)  # it isn't in the index yet
        until(items, lambda _: world.streams.opened == 2)
        asked = len(world.asked(x.RECENT))
        world.time.forward(seconds=31)
        until(items, lambda _: len(world.asked(x.RECENT)) > asked)
        until(items, lambda seen: len(seen) > 3)
        world.hidden.clear()
        until(items, mentions, lambda: world.time.forward(seconds=1))


@pytest.mark.parametrize("closes", [True, False])
def test_connections_are_spaced(world: World, closes: bool) -> None:
    with listening(world) as items:
        world.publish(world.write("Acme one"))
        until(items, mentions)
        for _ in range(3):
            opened = world.streams.opened
            world.end_streams() if closes else world.cut_streams()
            until(items, lambda _: not len(world.streams))
            began = world.time.now()
            until(items, lambda _, opened=opened: world.streams.opened > opened)
            world.publish(world.write("Acme again"))
            until(items, mentions)
            assert (world.time.now() - began).total_seconds() >= 19


def test_a_stream_that_ends_without_a_word_is_given_up_after_growing_pauses(world: World) -> None:
    world.fail(*[Closed()] * 10, path=x.STREAM)
    began = world.time.now()
    with running(world.source()) as items, pytest.raises(SourceError, match=r"X closed the stream.*Connecting anew"):
        until(items, lambda _: False)
    assert len(world.asked(x.STREAM)) == 4
    assert (world.time.now() - began).total_seconds() >= 20 + 40 + 80 + 160


@pytest.mark.parametrize(
    ("fault", "opened"),
    [
        (Answer(503), 1),
        (Refuse(), 1),
        (Cut(after=0), 2),
        (x.too_many_requests(), 1),
        (Answer(200, "not packed", {"content-encoding": "gzip"}), 1),
    ],
)
def test_a_stream_that_fails_at_first_is_tried_again(world: World, fault: Fault, opened: int) -> None:
    world.streams.heartbeat_seconds = 0.02
    world.fail(fault, path=x.STREAM)
    with running(world.source()) as items:
        until(items, lambda _: world.streams.opened == opened and len(world.streams))
        world.publish(world.write("Acme at last"))
        assert texts(until(items, mentions)) == ["Acme at last"]


def test_x_says_when_it_will_have_us_again(world: World) -> None:
    reset = int(world.time.now().timestamp()) + 500
    world.fail(x.too_many_requests(reset), path=x.STREAM)
    with running(world.source()) as items:
        until(items, lambda _: world.streams.opened == 1)
    assert world.time.now().timestamp() >= reset


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (x.unauthorized(), "refuses the token (401): set SIXMINUTE_X_BEARER_TOKEN"),
        (Answer(403, '{"title": "Forbidden", "detail": "no stream for you"}'), "403 (no stream for you): your app"),
        (Answer(403, "no JSON"), "X answers 403: your app may not do this"),
    ],
)
def test_a_refused_stream_says_why(world: World, fault: Fault, says: str) -> None:
    world.fail(fault, path=x.STREAM)
    with running(world.source()) as items, pytest.raises(SourceError) as caught:
        until(items, lambda _: False)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert world.app_token not in str(caught.value)


def test_a_wrong_token_is_told_before_anything_is_given(world: World) -> None:
    world.app_token = "another"
    source = world.source()
    world.app_token = "right"
    with running(source) as items, pytest.raises(SourceError, match=r"401.*SIXMINUTE_X_BEARER_TOKEN") as caught:
        next(items)
    assert "another" not in str(caught.value)


@pytest.mark.parametrize("at", [0, 1])
def test_an_answer_about_rules_that_makes_no_sense_is_asked_for_again(world: World, at: int) -> None:
    there = Answer(200, '{"meta": {}}')
    world.fail(*[there] * at, WrongJson('{"data": 5, "errors": 5}'), path=x.RULES)
    with running(world.source()) as items:
        until(items, lambda _: len(world.streams))
    assert len(world.book.rules) == len(rules_of(BRANDS, "x"))


def test_rules_that_somebody_deleted_are_made_again(world: World) -> None:
    with listening(world) as items:
        world.publish(world.write("Acme one"))
        until(items, mentions)
        world.book.rules.clear()
        world.end_streams()
        until(items, lambda _: not len(world.streams))
        until(items, lambda _: world.streams.opened == 2)
        assert len(world.book.rules) == len(rules_of(BRANDS, "x"))


def test_silence_is_not_trusted(world: World) -> None:
    with listening(world) as items:
        world.publish(world.write("Acme one"))
        until(items, mentions)
        world.streams.mute = True
        world.time.forward(seconds=61)
        until(items, lambda _: not len(world.streams))
        world.streams.mute = False
        until(items, lambda _: world.streams.opened == 2)


def test_letting_go_does_not_wait_for_the_next_line(world: World) -> None:
    with listening(world):
        assert len(world.streams) == 1
    world.wait(lambda _: not len(world.streams))


def test_little_money_changes_the_rules_while_the_stream_goes_on(world: World) -> None:
    spent = False
    with listening(world, narrow=lambda: spent) as items:
        spent = True
        narrow = {rule.value for rule in rules_of(BRANDS, "x", narrow=True)}
        until(items, lambda _: {rule["value"] for rule in world.book.rules.values()} == narrow)
        world.publish(world.write("Acme is slow"), world.write("my Acme caught fire"))
        assert texts(until(items, mentions)) == ["my Acme caught fire"]
        spent = False
        until(items, lambda _: len(world.book.rules) == len(rules_of(BRANDS, "x")))
    assert world.streams.opened == 1


def test_a_line_holds_only_so_much_and_loses_nothing(world: World) -> None:
    world.book.add([{"value": "acme", "tag": "some"}])
    line = Line(world.url, world.app_token, room=2)
    line.start()
    world.wait_for_stream()
    world.publish(*[world.write(f"Acme {number}") for number in range(20)])
    world.order(lambda: [stream.end() for stream in world.streams.open])
    events: list[object] = []
    while not (events and isinstance(events[-1], End)):
        batch = line.events(500, 10.0)
        assert 1 <= len(batch) <= 3
        events += batch
    line.close()
    assert isinstance(events[0], Opened)
    assert [json.loads(raw)["data"]["text"] for raw in events[1:-1] if isinstance(raw, bytes)] == [
        f"Acme {number}" for number in range(20)
    ]
