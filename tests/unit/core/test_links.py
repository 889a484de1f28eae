"""Links hold for one incident, one person and one day, and nobody can make one."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links import LASTS, Link, Links
from tests.fakes import MONDAY

KEY = b"k" * 32
LINKS = Links(lambda: KEY, "https://watch.example/")
LINK = Link(incident="i-1", person="Mei-Ling", until=MONDAY)


def test_a_link_is_read_as_it_was_made() -> None:
    address = LINKS.acknowledge("i-1", "Mei-Ling", MONDAY)
    assert address.startswith("https://watch.example/a/")
    assert LINKS.read(address.rpartition("/")[2]) == Link(incident="i-1", person="Mei-Ling", until=MONDAY + LASTS)
    assert LINKS.incident("i-1") == "https://watch.example/alarm/i-1"


def test_without_a_public_address_there_are_none_and_no_key_is_asked_for() -> None:
    def key() -> bytes:
        raise AssertionError("nobody needs one")

    assert Links(key).acknowledge("i-1", "Mei-Ling", MONDAY) == Links(key).incident("i-1") == ""


def test_the_key_is_asked_for_once() -> None:
    asked: list[int] = []

    def key() -> bytes:
        asked.append(1)
        return KEY

    links = Links(key, "https://a")
    assert links.read(links.token(LINK)) == links.read(links.token(LINK)) == LINK
    assert len(asked) == 1


@given(
    st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=100),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=100),
    st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  the bounds have the zone of the strategy
)
def test_whatever_names_there_are(incident: str, person: str, until: datetime) -> None:
    link = Link(incident=incident, person=person, until=until.replace(microsecond=0))
    token = LINKS.token(link)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    if len(token) <= 1_000:
        assert LINKS.read(token) == link


def test_a_token_in_which_anything_is_changed_is_none() -> None:
    whole = base64.urlsafe_b64decode(LINKS.token(LINK) + "==")
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        assert LINKS.read(base64.urlsafe_b64encode(bytes(changed)).rstrip(b"=").decode()) is None
    for length in range(len(whole)):
        assert LINKS.read(base64.urlsafe_b64encode(whole[:length]).rstrip(b"=").decode()) is None


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("A", id="one"),
        pytest.param("€", id="not-ascii"),
        pytest.param("a b!", id="not-base64"),
        pytest.param("A" * 1_001, id="long"),
        pytest.param("A" * 80, id="zeros"),
    ],
)
def test_what_is_no_token(token: str) -> None:
    assert LINKS.read(token) is None


def test_a_token_of_another_key_is_none() -> None:
    assert Links(lambda: b"x" * 32).read(LINKS.token(LINK)) is None


def test_names_can_not_slip_into_one_another() -> None:
    first = LINKS.token(Link(incident="i-1", person="a\x1fb", until=MONDAY))
    read = LINKS.read(first)
    assert read
    assert (read.incident, read.person) == ("i-1", "a\x1fb")
    assert timedelta(hours=1) < LASTS
