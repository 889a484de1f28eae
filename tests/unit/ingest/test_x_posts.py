"""Posts as X shows them, and the mentions in them; the fixtures have X's form and invented people's texts."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.brand import Brand
from core.ports.source import Read, SourceItem
from ingest.match import Matcher
from ingest.sources.x_posts import Reader, id_at, moment_of
from ingest.sources.x_wire import end_of, gone_of, next_token, posts_of, users_of

FOLDER = Path(__file__).parents[2] / "fixtures/x"
LINES = (FOLDER / "stream.jsonl").read_bytes().splitlines()
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
ACME = Brand(name="Acme", handles=("acme",))
ANA = "2244990001"


def item(*answers: bytes | dict[str, Any], now: datetime = NOW) -> SourceItem:
    raws = [answer if isinstance(answer, bytes) else json.dumps(answer).encode() for answer in answers]
    return Reader(Matcher([ACME])).item(raws, now)


def post(**fields: Any) -> dict[str, Any]:
    return {"data": {"id": "1992000000000000009", "text": "Acme is down", "author_id": ANA, **fields}}


def test_a_recorded_stream_is_read() -> None:
    found = item(*LINES)
    reply, long, edited = found.mentions
    assert (reply.text, reply.author, reply.followers) == ("@acme my kettle & its cable melted", "ana_invented", 1200)
    assert reply.created_at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert reply.in_reply_to == reply.conversation != reply.network_id
    assert (reply.language_hint, reply.revision, reply.ingested_at) == ("en", 0, NOW)
    assert long.text.endswith("so so slow")
    assert (long.author, long.followers, long.language_hint, long.in_reply_to) == ("", None, "", "")
    assert (edited.id, edited.created_at, edited.revision) == (reply.id, reply.created_at, 1)
    assert edited.url != reply.url
    assert (found.skipped, found.dead) == (1, ())
    read = {each.resource: len(each.ids) for each in found.read}
    assert read == {"post": 4, "user": 1}


def test_only_a_disconnect_ends_the_stream() -> None:
    assert [bool(end_of(line)) for line in LINES] == [False, False, False, False, True]
    assert end_of(LINES[4]).startswith("UpstreamOperationalDisconnect: This stream has been disconnected")
    assert end_of(b'{"title": "ConnectionException", "connection_issue": "TooManyConnections"}') == "TooManyConnections"
    assert not end_of(b'{"errors": [{"title": "Not Found Error"}]}')
    assert not end_of(b"no JSON")
    assert not end_of(b'{"errors": 5}')


def test_a_quote_leads_to_what_it_quotes() -> None:
    quoted = {"type": "quoted", "id": "5"}
    (mention,) = item(post(referenced_tweets=[quoted])).mentions
    assert (mention.in_reply_to, mention.conversation) == ("5", mention.network_id)


@pytest.mark.parametrize(
    "broken",
    [
        b'{"data": {"id": 5, "text": "Acme"}}',
        b'{"data": {"id": "x", "text": "Acme"}}',
        b'{"data": {"text": "Acme"}}',
        b'{"data": {"id": "99999999999999999999", "text": "Acme"}}',
        b'{"data": "Acme"}',
        b'{"data": {"id": "1", "text": "Acme',
        b"Acme\xff",
    ],
)
def test_what_cannot_be_read_is_dead_where_it_names_a_brand(broken: bytes) -> None:
    found = item(broken, post())
    assert len(found.mentions) == len(found.dead) == 1
    assert found.dead[0][1].startswith("X sent what can't be read: ")
    nobody = item(broken.replace(b"Acme", b"none"))
    assert (nobody.dead, nobody.skipped) == ((), 1)


@pytest.mark.parametrize(
    "includes",
    [
        None, [], {"users": None}, {"users": [5]}, {"users": [{"id": ANA, "public_metrics": 7}]},
        {"users": [{"id": ANA, "username": "a/../b"}]}, {"users": [{"id": ANA, "username": "x" * 21}]},
    ],
)  # fmt: skip
def test_an_author_who_is_not_shown_is_nobody(includes: object) -> None:
    (mention,) = item({**post(), "includes": includes}).mentions
    assert (mention.author, mention.followers) == ("", None)
    assert mention.url == f"https://x.com/i/status/{mention.network_id}"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-11-22T01:00:00.000Z", datetime(2026, 11, 22, 1, tzinfo=UTC)),
        ("2031-01-01T00:00:00.000Z", NOW),
        ("yesterday", moment_of("1992000000000000009")),
    ],
)
def test_a_post_is_never_later_than_now(said: str, expected: datetime) -> None:
    assert item(post(created_at=said)).mentions[0].created_at == expected


def test_an_id_without_a_moment_is_dated_as_it_comes() -> None:
    assert item(post(id="5", created_at="")).mentions[0].created_at == NOW


def test_of_a_page_a_bad_post_spoils_no_other() -> None:
    page = {"data": [post()["data"], 5, {"id": "7", "text": "Acme too"}], "meta": {"next_token": "n"}}
    found = item(page)
    assert [mention.text for mention in found.mentions] == ["Acme is down", "Acme too"]
    assert (found.skipped, found.read) == (1, (Read(resource="post", ids=("1992000000000000009", "7")),))


def test_what_came_before_is_passed_over_but_was_read() -> None:
    reader = Reader(Matcher([ACME]))
    raw = json.dumps(post()).encode()
    assert len(reader.item([raw], NOW).mentions) == 1
    again = reader.item([raw], NOW)
    assert (again.mentions, again.skipped, len(again.read)) == ((), 1, 1)


def test_the_oldest_ids_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sources.x_posts._REMEMBERED", 2)
    reader = Reader(Matcher([ACME]))
    for id_, fresh in (("1", 1), ("2", 1), ("3", 1), ("2", 0), ("1", 1)):
        assert len(reader.item([json.dumps(post(id=id_)).encode()], NOW).mentions) == fresh


def test_looked_up_posts_are_gone_where_x_says_so() -> None:
    raw = (FOLDER / "lookup.json").read_bytes()
    there, edited, deleted, hidden, overloaded = (
        *json.loads(raw)["data"][0]["edit_history_tweet_ids"],
        *(error["resource_id"] for error in json.loads(raw)["errors"]),
    )
    assert gone_of(raw, [there, edited, deleted, hidden, overloaded, "5"]) == [deleted, hidden]
    assert posts_of(raw) == (there,)


def test_a_post_that_is_there_is_not_gone_whatever_x_says_beside_it() -> None:
    answer = json.loads((FOLDER / "lookup.json").read_bytes())
    deleted = answer["errors"][0]["resource_id"]
    answer["data"].append({"id": deleted})
    assert gone_of(json.dumps(answer).encode(), [deleted]) == []


def test_an_answer_is_read_as_far_as_it_goes() -> None:
    assert next_token(b'{"meta": {"next_token": "abc"}}') == "abc"
    assert next_token(b'{"meta": 5}') == next_token(b"{}") == ""
    assert [user.id for user in users_of(b'{"data": [{"id": "8"}, {"id": 9}]}')] == ["8"]
    assert users_of(b'{"data": null}') == []
    for broken in (b"[]", b"{", b"\xff"):
        with pytest.raises(ValueError):  # noqa: PT011 - what it says is msgspec's
            next_token(broken)


@given(st.integers(0, 2_000_000_000_000))
def test_an_id_holds_its_moment(milliseconds: int) -> None:
    aware = datetime(2011, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert abs(moment_of(id_at(aware)) - aware) <= timedelta(milliseconds=1)
    assert int(id_at(aware)) < int(id_at(aware + timedelta(milliseconds=2)))


def test_before_there_were_such_ids_there_is_the_first() -> None:
    assert id_at(datetime(2009, 1, 1, tzinfo=UTC)) == "0"
