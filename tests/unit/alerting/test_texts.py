"""What is compared of texts: words, characters, near-copies."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.texts import Names, likeness, size, units

LEFT_OUT = Names(("Acme", "Acme Coffee", "艾可咖啡", "全家", "@acmecoffee")).left_out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The battery can't last 3 days", ["the", "battery", "can't", "last", "days"]),
        ("電池 爆炸了", ["電", "池", "爆", "炸", "了"]),
        ("café 4chan iphone15", ["café", "chan", "iphone15"]),
        ("a\u202eb\x00cd \u2066ef", ["cd", "ef"]),
        ("see https://acme.example/a?b=c now www.x.example", ["see", "now"]),
        ("@someone and mail@host.example", ["and", "mail", "host", "example"]),
        ("RT @someone: it burns", ["it", "burns"]),
        ("Acme Coffee, acme! Acmes #acme 艾可咖啡好 我去全家", ["acmes", "好", "我", "去"]),
    ],
    ids=["words", "chinese", "letters", "hidden", "links", "accounts", "forwarded", "brand"],
)
def test_units_are_words_and_characters_without_links_names_and_figures(text: str, expected: list[str]) -> None:
    assert units(LEFT_OUT(text)) == expected


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("It BURNED my hand!!! https://a.example/1", "RT @me: it burned my hand 2", True),
        ("電池爆炸，小心！退款 ＡＢ", "電池爆炸小心退款ab", True),
        ("It burned my hand", "It burned his hand", False),
        ("so bad", "so bad", False),
    ],
    ids=["punctuation", "chinese", "other words", "too short"],
)
def test_near_copies_are_alike(one: str, other: str, *, alike: bool) -> None:
    first, second = (likeness(LEFT_OUT(text)) for text in (one, other))
    assert bool(first and first == second) is alike


@given(st.text(max_size=200))
def test_no_text_brings_control_characters_or_figures_into_a_unit(text: str) -> None:
    for unit in units(LEFT_OUT(text)):
        assert not {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"} & {category(letter) for letter in unit}
        assert not unit.isdecimal()


@pytest.mark.parametrize(("phrase", "expected"), [("電池爆炸", 4), ("battery", 1), ("battery exploded again", 3)])
def test_the_size_of_a_phrase_is_in_words_or_characters(phrase: str, expected: int) -> None:
    assert size(phrase) == expected
