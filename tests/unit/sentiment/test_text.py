import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text import MAX_CHARACTERS, prepare


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("see https://a.example/b?c=1 now", "see http now"),
        ("@acme hi a@b.example", "@user hi a@b.example"),
        ("Fish &amp; chips", "Fish & chips"),
        ("sooooooo bad!!!!!!", "sooo bad!!!"),
        ("a\u200bb\ud800c\x00", "abc"),
        ("  a \n\t b  ", "a b"),
        ("", ""),
    ],
)
def test_what_the_model_sees(text: str, prepared: str) -> None:
    assert prepare(text) == prepared


def test_of_a_long_text_the_beginning_and_the_end_are_read() -> None:
    prepared = prepare("begin " + "word and " * 5_000 + "finish")
    assert len(prepared) == MAX_CHARACTERS
    assert prepared.startswith("begin ")
    assert prepared.endswith(" finish")


@given(st.text(max_size=5_000))
def test_nothing_gets_longer_than_the_limit(text: str) -> None:
    assert len(prepare(text)) <= MAX_CHARACTERS
