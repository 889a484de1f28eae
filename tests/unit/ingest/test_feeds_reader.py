"""Feeds are read in a process of its own: whatever stands in one, nobody waits for it long."""

import io
import os
import threading
from collections.abc import Iterator

import pytest

from ingest.sources import feeds_process
from ingest.sources.feeds_entries import Document, read_document
from ingest.sources.feeds_process import Asked, receive, send, serve
from ingest.sources.feeds_reader import Reader
from ingest.sources.feeds_web import UnreadableError

AT = "https://example.org/feed"
FEED = "<rss version='2.0'><channel><title>News</title><language>zh-TW</language><item>{}</item></channel></rss>"
ONE = FEED.format("<guid>1</guid><title>Acme 艾可美</title><pubDate>Sun, 22 Nov 2026 01:00:00 GMT</pubDate>").encode()
SLOW = FEED.format(f"<title>Acme</title><author>{'a' * 400_000}</author>").encode()
GREEDY = FEED.format("<category>a</category>" * 140_000).encode()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture
def impatient() -> Iterator[Reader]:
    reader = Reader(patience=0.5)
    yield reader
    reader.close()


def read(reader: Reader, document: bytes) -> Document:
    return reader.read(document, "application/rss+xml", AT)


def test_a_document_is_read_as_by_oneself(reader: Reader) -> None:
    assert read(reader, ONE) == read_document(ONE, "application/rss+xml", AT)
    assert read(reader, ONE).entries[0].text == "Acme 艾可美"


def test_the_process_is_kept(reader: Reader) -> None:
    read(reader, ONE)
    process = reader._process
    read(reader, ONE)
    assert process is not None
    assert reader._process is process


def test_what_is_no_feed_is_told(reader: Reader) -> None:
    with pytest.raises(UnreadableError, match="no feed"):
        read(reader, b"<html>")


@pytest.mark.parametrize("half", ["&#xD83D;", "&#x0dfff;", "&#55296;", "&#057343;"])
def test_half_a_surrogate_pair_spoils_nothing(reader: Reader, half: str) -> None:
    broken = FEED.replace("zh-TW", half).format(f"<guid>{half}</guid><title>Acme {half} & &#128293;&#xD7FF;</title>")
    assert read(reader, broken.encode()).entries[0].text == "Acme \N{REPLACEMENT CHARACTER} & \N{FIRE}\ud7ff"


def test_what_takes_too_long_is_given_up_and_the_next_one_read(impatient: Reader) -> None:
    with pytest.raises(UnreadableError, match="longer than 0 s to read"):
        read(impatient, SLOW)
    impatient._patience = 10.0
    assert len(read(impatient, ONE).entries) == 1


def test_what_needs_too_much_memory_is_given_up() -> None:
    asked, answers = io.BytesIO(), io.BytesIO()
    send(asked, Asked(ONE, "", AT))
    asked.seek(0)

    def hungry(*_: object) -> Document:
        raise MemoryError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeds_process, "read_document", hungry)
        serve(asked, answers)
    assert b"too much memory" in answers.getvalue()


def test_a_process_that_has_grown_makes_room_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds_process, "_BLOATED", 1)
    asked, answers = io.BytesIO(), io.BytesIO()
    send(asked, Asked(ONE, "", AT))
    send(asked, Asked(ONE, "", AT))
    asked.seek(0)
    serve(asked, answers)
    answers.seek(0)
    assert [bool(receive(answers)) for _ in range(3)] == [True, True, False]


def test_an_answer_that_is_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = io.BytesIO(), io.BytesIO()
    send(asked, Asked(FEED.format(f"<title>{'x' * 9_000}</title>").encode(), "", AT))
    asked.seek(0)
    read = feeds_process.receive
    monkeypatch.setattr(feeds_process, "LARGEST", 1_000)
    monkeypatch.setattr(feeds_process, "receive", lambda from_: from_.read(int.from_bytes(from_.read(4), "big")))
    serve(asked, answers)
    answers.seek(0)
    read(answers)
    assert b"takes more than" in read(answers)


def test_a_process_that_somebody_ended_is_replaced(reader: Reader) -> None:
    read(reader, ONE)
    assert reader._process is not None
    reader._process.kill()
    reader._process.wait()
    assert len(read(reader, ONE).entries) == 1


def test_our_settings_are_not_given_to_it(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXMINUTE_X_BEARER_TOKEN", "secret")
    reader._end()
    read(reader, ONE)
    assert reader._process is not None
    with open(f"/proc/{reader._process.pid}/environ", "rb") as environment:  # noqa: PTH123
        assert b"secret" not in environment.read()


def test_it_knows_no_model(reader: Reader) -> None:
    read(reader, ONE)
    assert reader._process is not None
    with open(f"/proc/{reader._process.pid}/maps") as maps:  # noqa: PTH123
        assert "torch" not in maps.read()


def test_a_reader_that_is_closed_gives_up_what_it_is_at() -> None:
    reader = Reader()
    read(reader, ONE)
    process = reader._process
    told: list[str] = []

    def look() -> None:
        try:
            read(reader, SLOW)
        except UnreadableError as error:
            told.append(str(error))

    looking = threading.Thread(target=look)
    looking.start()
    looking.join(0.2)
    reader.close()
    looking.join(10)
    assert len(told) == 1
    assert process is not None
    assert process.returncode is not None
    with pytest.raises(UnreadableError):
        read(reader, ONE)
    assert reader._process is None


def test_other_threads_go_on_meanwhile(impatient: Reader) -> None:
    impatient._start()
    turns = 0

    def look() -> None:
        with pytest.raises(UnreadableError):
            read(impatient, SLOW)

    looking = threading.Thread(target=look)
    looking.start()
    while looking.is_alive():
        os.sched_yield()
        turns += 1
    assert turns > 100


def test_it_is_kept_however_much_we_hold_ourselves(reader: Reader) -> None:
    """The system begins to count a process's peak with that of its parent, which may hold a model."""
    ours = bytearray(os.urandom(1 << 20)) * 400
    reader._end()
    read(reader, ONE)
    assert reader._process is not None
    del ours
