"""Which brand a text is about: a table of hard cases, and what must hold for all texts."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.brand import Brand
from core.errors import ConfigurationError
from ingest.match import Matcher

ACME = Brand(
    name="AcmeCo",
    aliases=("Acme Tools", "艾克米", "爱克米", "Café Acme", "Acme's", "7-Acme"),
    handles=("@AcmeCo", "acme.example.social", "AskAcme"),
    exclude=("acmeco street", "艾克米路"),
)
FAMILY = Brand(name="全家", aliases=("一家",))
STORE = Brand(name="一家便利店", aliases=("全家福",))
KOREAN = Brand(name="아크메")
MATCHER = Matcher([ACME, FAMILY, STORE, KOREAN])


@pytest.mark.parametrize(
    ("text", "brands"),
    [
        ("I love acmeco", "AcmeCo"),
        ("ACMECO!!!", "AcmeCo"),
        ("#AcmeCo fails", "AcmeCo"),
        ("AcmeCo's lids", "AcmeCo"),
        ("AcmeCo’s lids", "AcmeCo"),
        ("(AcmeCo)", "AcmeCo"),
        ("ＡｃｍｅＣｏ is full width", "AcmeCo"),
        ("acmecorp is another one", ""),
        ("macmeco", ""),
        ("acmeco2 too", ""),
        ("acme alone is not configured", ""),
        ("acme  tools, two blanks", "AcmeCo"),
        ("acme\ntools", "AcmeCo"),
        ("#AcmeTools", "AcmeCo"),
        ("acmetools without the hash", ""),
        ("CAFE ACME without the accent", "AcmeCo"),
        ("cafe\u0301 acme, decomposed", "AcmeCo"),
        ("Acme’s with the curly apostrophe", "AcmeCo"),
        ("at 7-acme today", "AcmeCo"),
        ("17-acme", ""),
        ("昨天買了AcmeCo的壺", "AcmeCo"),
        ("我的艾克米壞了", "AcmeCo"),
        ("我的爱克米坏了", "AcmeCo"),
        ("@AcmeCo help", "AcmeCo"),
        (".@acmeco", "AcmeCo"),
        ("請問@AcmeCo", "AcmeCo"),
        ("@acmeco_fan writes", ""),
        ("ask askacme please", "AcmeCo"),
        ("@acme.example.social hello", "AcmeCo"),
        ("mail me@askacmes.example", ""),
        ("I live in AcmeCo Street", ""),
        ("I live in AcmeCo Street, @acmeco", "AcmeCo"),
        ("住在艾克米路上的AcmeCo", ""),
        ("去全家買咖啡", "全家"),
        ("拍全家福", "一家便利店"),
        ("一家便利店關了", "一家便利店"),
        ("一家都好", "全家"),
        ("全家和一家便利店", "全家 一家便利店"),
        ("아크메는 좋아요", "아크메"),
        ("AcmeCo or 全家?", "AcmeCo 全家"),
        ("", ""),
    ],
)
def test_hard_cases(text: str, brands: str) -> None:
    assert MATCHER.brands_of(text) == tuple(brands.split())


def test_a_brands_own_account_does_not_mention_it() -> None:
    assert MATCHER.brands_of("AcmeCo and 全家", author="@acmeCO") == ("全家",)
    assert MATCHER.brands_of("AcmeCo and 全家", author="someone") == ("AcmeCo", "全家")
    assert not MATCHER.counts("AcmeCo", "askacme")
    assert MATCHER.counts("全家", "askacme")
    assert MATCHER.counts("AcmeCo", "")


def test_a_name_of_two_brands_is_about_both() -> None:
    matcher = Matcher([Brand(name="North", aliases=("Fold",)), Brand(name="South", aliases=("fold",))])
    assert matcher.brands_of("a fold") == ("North", "South")


def test_without_brands_nothing_matches() -> None:
    assert Matcher([]).brands_of("anything @at all #ever") == ()


@pytest.mark.parametrize(
    ("brands", "words"),
    [
        ([Brand(name="A"), Brand(name="A")], "same name"),
        ([Brand(name="")], "without a name"),
        ([Brand(name="A", aliases=(" ",))], "1 to 100"),
        ([Brand(name="A", handles=("@",))], "1 to 100"),
        ([Brand(name="A", exclude=("x" * 101,))], "1 to 100"),
    ],
)
def test_wrong_brands_are_refused(brands: list[Brand], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Matcher(brands)


@given(st.text(), st.text(max_size=30))
def test_any_text_and_author_can_be_asked_about(text: str, author: str) -> None:
    assert set(MATCHER.brands_of(text, author)) <= {"AcmeCo", "全家", "一家便利店", "아크메"}


# “_” belongs to account names; “@” and “#” lead to one; an apostrophe and a hyphen can be part of a name.
PUNCTUATION = st.text('.,;:!?()[]{}"“”«»…/\\*&%+=<>|~。，！？、；：（）「」『』《》【】—·', min_size=1, max_size=4)


@given(
    st.sampled_from(["AcmeCo", "acme tools", "艾克米", "全家", "一家便利店", "@askacme", "#AcmeTools"]),
    PUNCTUATION,
    PUNCTUATION,
)
def test_punctuation_around_a_name_changes_nothing(name: str, before: str, after: str) -> None:
    assert MATCHER.brands_of(f"{before}{name}{after}") == MATCHER.brands_of(name) != ()


@given(st.from_regex(r"[a-z]{3,9}", fullmatch=True), st.from_regex(r"[a-z0-9]{1,3}", fullmatch=True))
def test_a_latin_name_is_found_alone_and_not_inside_a_longer_word(name: str, more: str) -> None:
    matcher = Matcher([Brand(name=name)])
    assert matcher.brands_of(f"so {name} it is") == (name,)
    assume(name not in more)
    assert matcher.brands_of(f"{name}{more}") == ()
