"""What X is asked for: rules and queries out of brands, read back by the loopback X."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.brand import Brand
from core.errors import ConfigurationError
from ingest.match import Matcher
from ingest.names import fold
from ingest.sources.x_rules import (
    CRISIS_WORDS,
    LONGEST_QUERY,
    LONGEST_RULE,
    MOST_RULES,
    TAG,
    Rule,
    accounts_of,
    difference,
    queries_of,
    rules_of,
)
from tests.networks.x_posts import Post
from tests.networks.x_rules import parse

ACME = Brand(
    name="Acme",
    aliases=("艾可美", "Café Acme", "acme.example", "Rock 'n' \"Acme\""),
    handles=("@AcmeCo", "not on x.example"),
    exclude=("acme band",),
    exclude_accounts=("bot_1",),
)
GAP = Brand(
    name="Gap",
    aliases=("Gap Inc",),
    ambiguous=("Gap", "gapco"),
    context=("jeans", "tienda café"),
    handles=("gapco",),
)


def wanted(text: str, *brands: Brand, author: str = "ana", narrow: bool = False, **more: object) -> bool:
    post = Post("1", text, author, "7", **more)  # type: ignore[arg-type]
    return any(parse(rule.value)(post) for rule in rules_of(brands, "x", narrow))


@pytest.mark.parametrize(
    ("text", "is_wanted"),
    [
        ("ACME is down", True),
        ("#acme is down", True),
        ("艾可美的客服不理人", True),
        ("at the café acme", True),
        ("at the cafe acme", True),
        ("#CaféAcme", True),
        ("hello @AcmeCo", True),
        ("rock 'n' acme", True),
        ("see acme.example", True),
        ("acmeist", False),
        ("the acme band plays", False),
        ("the acme band plays @acmeco", True),
        ("nothing", False),
    ],
)
def test_a_post_about_a_brand_is_wanted(text: str, is_wanted: bool) -> None:
    assert wanted(text, ACME) == is_wanted


@pytest.mark.parametrize(
    ("text", "is_wanted"),
    [
        ("mind the gap", False),
        ("Gap jeans tore", True),
        ("gap #jeans", True),
        ("tienda café gap", True),
        ("#gap", True),
        ("@gapco", True),
        ("gapco jeans", True),
        ("gapco", False),
        ("Gap Inc", True),
    ],
)
def test_an_ambiguous_name_is_wanted_beside_its_context(text: str, is_wanted: bool) -> None:
    assert wanted(text, GAP) == is_wanted


def test_own_posts_and_reposts_are_not_paid_for() -> None:
    assert wanted("Acme", ACME, author="ana")
    assert not wanted("Acme", ACME, author="acmeco")
    assert not wanted("hello @acmeco", ACME, author="bot_1")
    assert not wanted("Acme", ACME, referenced={"retweeted": "5"})


@pytest.mark.parametrize(
    ("text", "is_wanted"),
    [
        ("Acme is down", False),
        ("my Acme caught fire", True),
        ("艾可美 起火", True),
        ("@acmeco recall", True),
        ("gap jeans recall", False),
        ("#gap recall", False),
        ("gap inc recall", True),
    ],
)
def test_little_money_is_spent_on_crises_only(text: str, is_wanted: bool) -> None:
    assert wanted(text, ACME, GAP, narrow=True) == is_wanted


def test_vips_are_read_when_little_may_be_spent() -> None:
    brand = Brand(name="Acme", vips=("@Reporter_1", "not on x.example"))
    assert wanted("Acme is down", brand, author="reporter_1", narrow=True)
    assert not wanted("nothing about anybody", brand, author="reporter_1", narrow=True)
    assert not wanted("Acme is down", brand, narrow=True)
    assert not any("not on" in rule.value for rule in rules_of([brand], "x", narrow=True))


def test_a_brand_has_rules_of_its_own_with_its_tag() -> None:
    assert {rule.tag for rule in rules_of([ACME, GAP], "x")} == {f"{TAG}Acme", f"{TAG}Gap"}
    alone = rules_of([GAP], "x")
    assert set(alone) < set(rules_of([ACME, GAP], "x"))


def test_a_brand_that_takes_no_mentions_from_here_has_none() -> None:
    elsewhere = Brand(name="Bolt", sources=("feeds",))
    assert rules_of([elsewhere], "x") == ()
    assert len(rules_of([elsewhere], "feeds")) == 1


def test_two_brands_of_the_same_names_want_the_same_once() -> None:
    rules = rules_of([Brand(name="Acme"), Brand(name="acme")], "x")
    assert len(rules) == 1


def test_terms_are_packed_into_few_rules_of_the_length_that_x_takes() -> None:
    many = Brand(name="Acme", aliases=tuple(f"acme number {number}" for number in range(300)))
    rules = rules_of([many], "x")
    assert len(rules) < 20
    assert max(len(rule.value) for rule in rules) > LONGEST_RULE - 60
    tests = [parse(rule.value) for rule in rules]
    posts = [Post("1", f"see acme number {number}!", "ana", "7") for number in range(0, 300, 13)]
    assert all(any(test(post) for test in tests) for post in posts)
    assert all(len(query) <= LONGEST_QUERY for query in queries_of([many], "x"))


def test_what_is_unwanted_leaves_room_for_what_is_wanted() -> None:
    picky = Brand(name="Acme", exclude=tuple(f"band number {number}" for number in range(100)))
    (rule,) = rules_of([picky], "x")
    assert len(rule.value) < 400
    assert wanted("Acme is down", picky)
    assert not wanted("Acme and band number 0", picky)


def test_more_rules_than_x_takes_are_refused() -> None:
    brands = [Brand(name=f"brand {number}") for number in range(MOST_RULES + 1)]
    with pytest.raises(ConfigurationError, match="your brands need 1001 rules, and X takes 1000"):
        rules_of(brands, "x")


def test_only_what_changed_is_changed() -> None:
    old = rules_of([ACME, GAP], "x")
    there = {str(number): rule for number, rule in enumerate(old)}
    assert difference(there, old) == ([], [])
    new = rules_of([ACME, Brand(name="Bolt")], "x")
    more, superfluous = difference(there, new)
    assert [rule.tag for rule in more] == [f"{TAG}Bolt"]
    assert {there[id_].tag for id_ in superfluous} == {f"{TAG}Gap"}


def test_rules_of_others_are_let_be() -> None:
    foreign = {"1": Rule("cats", ""), "2": Rule("dogs", "mine"), "3": Rule("old", f"{TAG}Old")}
    assert difference(foreign, [Rule("cats", f"{TAG}Cats")]) == ([], ["3"])


def test_accounts_are_the_handles_that_can_be_on_x() -> None:
    brands = [ACME, GAP, Brand(name="Bolt", handles=("AcmeCo", "a" * 16))]
    assert accounts_of(brands) == ("acmeco", "gapco")


NAMES = st.text(st.sampled_from("ab é'\"\\()-:&#@好or"), min_size=1, max_size=100).filter(
    lambda name: any(map(str.isalnum, name))
)
WORDS = st.lists(NAMES, max_size=5).map(tuple)


@given(
    name=NAMES, aliases=WORDS, handles=WORDS, exclude=WORDS, narrow=st.booleans(), longest=st.sampled_from([512, 1024])
)
def test_whatever_brands_are_called_x_can_read_the_rules(
    name: str, aliases: tuple[str, ...], handles: tuple[str, ...], exclude: tuple[str, ...], narrow: bool, longest: int
) -> None:
    brand = Brand(name=name, aliases=aliases, handles=handles, exclude=exclude)
    for rule in rules_of([brand], "x", narrow, longest=longest):
        assert len(rule.value) <= longest
        parse(rule.value)


@given(
    name=st.from_regex(r"[a-cé]{1,3}( [a-c好]{1,3})?|[好壞]{2}", fullmatch=True),
    handle=st.from_regex(r"[xyz]{2,3}", fullmatch=True),
    data=st.data(),
)
def test_what_the_rules_leave_out_is_no_mention(name: str, handle: str, data: st.DataObject) -> None:
    brand = Brand(name=name, handles=(handle,))
    called = [name, name.upper(), fold(name), f"#{name.replace(' ', '')}", f"@{handle}", f"{name}!", f"({handle})"]
    pieces = data.draw(st.lists(st.sampled_from([*called, "a", "word", "b,", "c é"]), max_size=4))
    text = " ".join(pieces)
    assert not Matcher([brand]).brands_of(text) or wanted(text, brand)


def test_crisis_words_are_there_once() -> None:
    assert len(set(CRISIS_WORDS)) == len(CRISIS_WORDS)
