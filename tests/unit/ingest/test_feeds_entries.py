"""What is read out of feeds, also out of badly made ones."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.mention import MAX_TEXT
from ingest.sources.feeds import LONGEST, SHORTEST, next_interval, pause_after
from ingest.sources.feeds_entries import MOST, Document, read_document

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures/feeds"
AT = "https://news.example/feed"


def read(document: bytes | str, media_type: str = "application/xml") -> Document:
    return read_document(document.encode() if isinstance(document, str) else document, media_type, AT)


def rss(*items: str, around: str = "") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>News</title>{around}{inside}</channel></rss>'


def test_rss_as_websites_write_it() -> None:
    document = read((FIXTURES / "news.rss").read_bytes())
    assert (document.language, document.ttl_seconds) == ("en-gb", 900)
    entries = {entry.id: entry for entry in document.entries}
    kettles = entries["https://news.example/2026/11/acme-kettles"]
    assert kettles.text == "Acme’s kettles recalled & refunded\n\nNobody was hurt.\nBuyers get their money."
    assert (kettles.author, kettles.url) == ("A. Writer", "https://news.example/2026/11/acme-kettles")
    assert kettles.published == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    weather = entries["4711"]
    assert weather.text == "Weather\n\nRain; 3 < 5 degrees, says Zenith"
    assert (weather.author, weather.url, weather.published) == ("Invented News", "", None)
    assert len(entries) == 3


def test_atom_as_websites_write_it() -> None:
    document = read((FIXTURES / "forum.atom").read_bytes())
    first, second = document.entries
    assert first.text == "艾可美 <客服>\n\n沒有人 回覆"
    assert (first.author, first.url, first.id) == ("某人", "https://forum.example/t/1", "tag:forum.example,2026:post-1")
    assert first.published == datetime(2026, 11, 22, 1, 59, tzinfo=UTC)
    assert second.text == "Only updated\n\n1 < 2 & so on"
    assert second.published == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_entries_without_an_id_are_known_by_their_link_or_their_title() -> None:
    linked, titled, again, longer = read(
        rss(
            "<title>a</title><link>https://news.example/1</link>",
            "<title>b</title><description>one</description>",
            "<title>c</title>",
            f"<guid>{'x' * 300}</guid><title>d</title>",
        )
    ).entries
    assert linked.id == "https://news.example/1"
    assert len({titled.id, again.id, longer.id}) == 3
    (changed,) = read(rss("<title>b</title><description>two</description>")).entries
    assert (changed.id, changed.text) == (titled.id, "b\n\ntwo")
    assert len(longer.id) < 100


def test_an_id_that_several_entries_have_is_not_trusted() -> None:
    same, other = (
        "<guid isPermaLink='false'>1</guid><title>a</title>",
        "<guid isPermaLink='false'>1</guid><title>b</title>",
    )
    assert [entry.id for entry in read(rss(same, same)).entries] == ["1"]
    first, second = read(rss(same, other, same)).entries
    assert {entry.text for entry in (first, second)} == {"a", "b"}
    assert len({first.id, second.id, "1"}) == 3
    # In whatever order, and whatever is added.
    more = read(rss("<guid isPermaLink='false'>1</guid><title>c</title>", other, same)).entries
    assert {first.id, second.id} < {entry.id for entry in more}


@pytest.mark.parametrize(
    "written", ["never", "Mon, 1 Jan 1700 00:00:00 GMT", "9" * 400, "Thu, 01 Jan 1970 00:00:00 GMT"]
)
def test_a_date_that_cant_be_is_none(written: str) -> None:
    (entry,) = read(rss(f"<title>a</title><pubDate>{written}</pubDate>")).entries
    assert entry.published is None


@pytest.mark.parametrize(("written", "seconds"), [("60", 3600), ("-1", 0), ("soon", 0), ("9" * 50, 600_000)])
def test_a_ttl_is_minutes(written: str, seconds: float) -> None:
    assert read(rss(around=f"<ttl>{written}</ttl>")).ttl_seconds == seconds


def test_what_is_too_much_is_cut() -> None:
    (entry,) = read(rss(f"<title>Acme</title><description>{'long ' * MAX_TEXT}</description>")).entries
    assert len(entry.text) <= MAX_TEXT
    dated = (f"<title>{n}</title><pubDate>{n % 28 + 1} Nov 2026 00:00:00 GMT</pubDate>" for n in range(MOST + 100))
    entries = read(rss(*dated)).entries
    assert len(entries) == MOST
    assert min(entry.published.day for entry in entries if entry.published) > 1
    with pytest.raises(ValueError, match="too many tags"):
        read(rss("<a>" * 300_000))


def test_no_file_is_opened_and_nothing_is_expanded() -> None:
    with pytest.raises(ValueError, match="no feed"):
        read(str(FIXTURES / "news.rss"))
    (entry,) = read(
        f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{FIXTURES}/news.rss">]>' + rss("<title>a &x;</title>")
    ).entries
    assert entry.text == "a &x;"
    doubling = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    (entry,) = read(f'<!DOCTYPE r [<!ENTITY a "{"a" * 10}">{doubling}]>' + rss("<title>&j;</title>")).entries
    assert len(entry.text) < 100


@pytest.mark.parametrize("document", ["", "<html><body>Sorry</body></html>", "{}", "\0" * 100, "<" * 1000])
def test_what_is_no_feed_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match="no feed"):
        read(document)


def test_a_feed_that_breaks_off_gives_what_came() -> None:
    whole = rss("<title>a</title>", "<title>b</title>")
    assert [entry.text for entry in read(whole[:-20]).entries] == ["a", "b"]


@pytest.mark.parametrize(
    ("interval", "changed", "least", "following"),
    [
        (300, True, 0, 150),
        (300, False, 0, 450),
        (SHORTEST, True, 0, SHORTEST),
        (LONGEST, False, 0, LONGEST),
        (300, True, 600, 600),
        (300, False, 100_000, LONGEST),
    ],
)
def test_a_feed_is_looked_at_as_often_as_it_changes(
    interval: float, changed: bool, least: float, following: float
) -> None:
    assert next_interval(interval, changed=changed, least=least) == following


def test_a_feed_that_fails_is_asked_less_and_less() -> None:
    assert [pause_after(failures) for failures in (1, 2, 3, 4, 5, 6, 5000)] == [60, 120, 240, 480, 960, 1800, 1800]
