"""What Mastodon's statuses and streams say, also where they make no sense."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.brand import Brand
from core.errors import ConfigurationError
from core.mention import MAX_TEXT, Mention
from ingest.match import Matcher
from ingest.sources.mastodon_statuses import LONGEST, Lines, Said, check_id, mentions_in, order, read_status
from ingest.sources.mastodon_timelines import MOST_TAGS, Timeline, read_cursor, timelines_of, write_cursor

STREAM = (Path(__file__).resolve().parents[2] / "fixtures/mastodon/stream.txt").read_bytes()
MATCHER = Matcher([Brand(name="Acme", aliases=("艾可美",))])
DEEP = b'{"id": "1", "x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


def said(stream: bytes = STREAM) -> list[Said]:
    return list(Lines().add(stream))


def found(**fields: object) -> list[Mention]:
    status = {"id": "1", "content": "<p>Acme</p>", "created_at": "2026-11-22T01:00:00.000Z", **fields}
    return mentions_in(read_status(status), MATCHER, NOW)


def test_a_stream_as_an_instance_sends_it() -> None:
    events = said()
    assert [event for event, _ in events] == ["", "", "update", "status.update", "delete", "announcement"]
    (mention,) = mentions_in(read_status(events[2].data), MATCHER, NOW)
    assert mention.text == "About <Acme>\n\n艾可美的客服\n不理人 & 不退錢\n\nhttps://acme.example/help #acme"
    assert (mention.source, mention.network_id, mention.author) == (
        "mastodon",
        "115600000000000001",
        "ben@other.example",
    )
    assert (mention.url, mention.followers, mention.language_hint) == ("https://other.example/@ben/1", 12, "zh-Hant")
    assert (mention.created_at, mention.ingested_at) == (datetime(2026, 11, 22, 1, tzinfo=UTC), NOW)
    assert (mention.conversation, mention.in_reply_to, mention.revision) == (mention.network_id, "", 0)
    (edited,) = mentions_in(read_status(events[3].data), MATCHER, NOW)
    assert (edited.id, edited.text, edited.url) == (mention.id, "Acme answered", "")
    assert (edited.conversation, edited.in_reply_to) == ("115599999999999999",) * 2
    assert edited.revision == datetime(2026, 11, 22, 1, 5, tzinfo=UTC).timestamp() * 1e6
    assert edited.followers is None
    assert events[4].data == b"115600000000000001"


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_the_pieces_that_a_stream_comes_in_change_nothing(cuts: list[int]) -> None:
    lines = Lines()
    places = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[begin:end] for begin, end in pairwise(places)]
    assert [each for piece in pieces for each in lines.add(piece)] == said()


def test_lines_that_make_no_sense_harm_no_others() -> None:
    nonsense = b"nonsense\n\n\xff\xff: \xff\n\ndata: 1\n\nevent:delete\r\ndata:2\r\ndata: 3\r\nid: 9\r\n\r\n"
    assert said(nonsense) == [Said("delete", b"2\n3")]
    lines = Lines()
    for _ in range(3):
        assert not list(lines.add(b"x" * LONGEST))
    assert list(lines.add(b"\nevent: delete\ndata: 2\n\n")) == [Said("delete", b"2")]


@pytest.mark.parametrize("line", [b"data: " + b"x" * 1000 + b"\n", b"data:\n"])
def test_an_event_that_never_ends_is_not_held(line: bytes) -> None:
    lines = Lines()
    assert not list(lines.add(b"event: update\n"))
    for _ in range(20):
        assert not list(lines.add(line * 20_000))
    assert sum(map(len, lines._data)) + 8 * len(lines._data) <= 3 * LONGEST
    assert list(lines.add(b"\nevent: delete\ndata: 2\n\n")) == [Said("delete", b"2")]


@pytest.mark.parametrize(
    ("fields", "mentions"),
    [
        ({"visibility": "unlisted"}, 1),
        ({"visibility": "private"}, 0),
        ({"reblog": {"id": "2"}}, 0),
        ({"content": None}, 0),
        ({"content": None, "spoiler_text": "Acme"}, 1),
        ({"account": None}, 1),
        ({"id": 1}, 1),
    ],
)
def test_what_everybody_may_read_is_read(fields: dict[str, object], mentions: int) -> None:
    assert len(found(**fields)) == mentions


@pytest.mark.parametrize("moment", ["2031-01-01T00:00:00Z", "yesterday", None, 7, datetime(1, 1, 1, tzinfo=UTC)])
def test_a_moment_that_cant_be_is_when_it_was_seen(moment: object) -> None:
    (mention,) = found(created_at=moment)
    assert mention.created_at == NOW


def test_a_moment_without_a_zone_is_in_utc() -> None:
    assert found(created_at=datetime(2026, 11, 22, 1))[0].created_at == NOW - timedelta(hours=1)  # noqa: DTZ001


def test_a_huge_status_is_cut() -> None:
    assert len(found(content="<p>Acme " + "word " * MAX_TEXT)[0].text) <= MAX_TEXT


@pytest.mark.parametrize(
    "given", [b"{", b"[]", b'{"id": null}', b'{"id": "1", "content": 5}', b'{"id": "../1"}', b"[" * 20_000, DEEP, None]
)
def test_what_is_no_status_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_status(given)


def test_later_ids_come_after() -> None:
    assert sorted(["10", "9", "", "0", "115600000000000001"], key=order) == ["", "0", "9", "10", "115600000000000001"]
    check_id("01JDXY")
    with pytest.raises(ValueError, match="no id"):
        check_id("1" * 101)


def test_a_place_lasts_for_its_own_instance() -> None:
    timelines = [Timeline("", "5", 1.0, 0.0), Timeline("acme", "", 0.0, 0.0)]
    cursor = write_cursor("a.example", timelines)
    assert read_cursor(cursor, "a.example") == {"": ("5", 1.0)}
    assert read_cursor(cursor, "b.example") == read_cursor("", "a.example") == read_cursor("5", "a.example") == {}
    assert write_cursor("a.example", timelines[1:]) == ""


def test_what_may_come_late_is_fetched_again() -> None:
    hour = int(NOW.timestamp() * 1000) << 16
    assert int(Timeline("", str(hour), 0.0, 0.0).after) == hour - (120_000 << 16)
    assert Timeline("", "5", 0.0, 0.0).after == "5"
    assert Timeline("", "01JDXYZ00000000000000000", 0.0, 0.0).after == "01JDXYZ00000000000000000"


def test_the_stream_counts_only_once_older_ones_are_there() -> None:
    timeline = Timeline("", "5", 1.0, 0.0)
    timeline.advance("9", NOW)
    timeline.advance("8", NOW)
    assert (timeline.place, timeline.at) == ("5", 1.0)
    timeline.fill()
    assert timeline.place == "9"
    timeline.advance("10", NOW)
    timeline.advance("7", NOW)
    assert (timeline.place, timeline.at) == ("10", NOW.timestamp())


def test_timelines_are_named_in_the_settings() -> None:
    assert timelines_of((), public=True) == ("",)
    assert timelines_of(("#Acme", "艾可美"), public=True) == ("", "Acme", "艾可美")
    for hashtags, says in (((), "say what to follow"), (("a b",), "no hashtag"), (("a",) * (MOST_TAGS + 1), "at most")):
        with pytest.raises(ConfigurationError, match=says):
            timelines_of(hashtags, public=False)


@pytest.mark.parametrize("followers", [-1, 2**31, 10**18, 10**30])
def test_followers_that_nobody_can_have_are_unknown(followers: int) -> None:
    status = b'{"id": "1", "content": "Acme fails", "visibility": "public", "account": {"followers_count": %d}}'
    (mention,) = mentions_in(read_status(status % followers), MATCHER, NOW)
    assert mention.followers is None
