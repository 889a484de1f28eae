"""What may be shown of an address, and which ones become links."""

import pytest

from ingest.addresses import as_link, has_user, shown, shown_in


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://example.org/feed.xml", "https://example.org/feed.xml"),
        ("https://ana:s3cret@example.org:8443/feed?key=s3cret#s3cret", "https://example.org:8443/feed"),
        ("wss://s3cret@[::1]:80", "wss://[::1]:80"),
        ("https://ana:s3@cret@example.org/", "https://example.org/"),
        ("https://x:99999999/y", "https://x:99999999/y"),
        ("http://ana:s3cret@[::1/", "(an address that can't be read)"),
        ("ana:s3cret@example.org", "(an address that can't be read)"),
        ("", "(an address that can't be read)"),
    ],
)
def test_what_is_shown_of_an_address(address: str, says: str) -> None:
    assert shown(address) == says


@pytest.mark.parametrize("address", ["https://ana@x.example", "https://ana:s3@cret@x", "http://ana:s3cret@[::1/"])
def test_who_we_are_stands_in_some_addresses(address: str) -> None:
    assert has_user(address)
    assert not has_user("https://x.example/@acme?a@b")


def test_addresses_in_words_are_shown_without_what_is_secret() -> None:
    said = "ws://me:s3cret@host/x?y isn't a valid URI; see 'https://ana:s3cret@b.example' (or <http://c?s3cret>), a@b.c"
    assert shown_in(said) == "ws://host/x isn't a valid URI; see 'https://b.example' (or <http://c>), a@b.c"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "ftp://x/", "", "//x"])
def test_only_web_addresses_become_links(address: str) -> None:
    assert as_link(address) == ""
    assert as_link("HTTPS://x.example") == "HTTPS://x.example"
