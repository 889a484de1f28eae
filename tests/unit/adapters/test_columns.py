"""Text and JSON on their way into a database."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from adapters.columns import as_json, safe

_texts = st.text(st.characters(codec=None))
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


def storable(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" not in value and value.encode("utf-8").decode("utf-8") == value
    if isinstance(value, list):
        return all(map(storable, value))
    if isinstance(value, dict):
        return all(storable(key) and storable(inner) for key, inner in value.items())
    return True


@given(_texts)
def test_safe_text_is_storable_as_long_and_stays_as_it_is(text: str) -> None:
    made = safe(text)
    assert storable(made)
    assert len(made) == len(text)
    assert safe(made) == made
    assert all(new in (old, "\ufffd") for old, new in zip(text, made, strict=True))


@given(_values)
def test_json_holds_only_storable_text_and_changes_nothing_else(value: Any) -> None:
    found = msgspec.json.decode(as_json(value))
    assert storable(found)
    try:
        unchanged = storable(value)
    except UnicodeEncodeError:
        unchanged = False
    assert (found == value) == unchanged
