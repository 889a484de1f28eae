"""What is wrong with a brand is one line that says what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.clock import SystemClock
from core.brand import Brand
from core.errors import ConfigurationError
from ingest.brands import check_sources, keys_of


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": " "}, r"\(without a name\), name: “” must have 1 to 100 characters; shorten or remove it"),
        ({"name": "x" * 101}, "x{40}…, name: “x{40}…” must have 1 to 100 characters"),
        ({"aliases": ("a" * 101,)}, "aliases: “a{40}…” must have 1 to 100"),
        ({"products": ("",)}, "products: “” must have 1 to 100"),
        ({"handles": ("@",)}, "handles: “@” must have 1 to 100"),
        ({"handles": ("@ ",)}, "handles: “@” must have 1 to 100"),
        ({"competitors": ("\n",)}, "competitors: “” must have 1 to 100"),
        ({"exclude": ("",)}, "exclude: “” must have 1 to 100"),
        ({"exclude_accounts": ("@",)}, "exclude_accounts: “@” must have 1 to 100"),
        ({"ambiguous": ("Gap",), "context": ("jeans", "")}, "context: “” must have 1 to 100"),
        ({"ambiguous": ("",), "context": ("jeans",)}, "ambiguous: “” must have 1 to 100"),
        ({"ambiguous": ("Gpa",), "context": ("jeans",)}, "ambiguous: “gpa” is none of its names, .*; add it to these"),
        ({"ambiguous": ("Gap",)}, "ambiguous: nothing tells these names .*; add words beside them as `context`"),
        ({"context": ("jeans",)}, "context: no name needs these words; name those that do as `ambiguous`"),
        ({"ambiguous": ("Gap",), "context": ("GAP",)}, "context: “gap” stands in the ambiguous name “gap” itself"),
        (
            {"aliases": ("全家",), "ambiguous": ("Gap", "全家"), "context": ("jeans", "家")},
            "“家” stands in the ambiguous name “全家” itself and tells nothing; remove it",
        ),
        ({"name": "-"}, r"name: “-” has no letter or digit, and would be found wherever this sign stands; write more"),
        ({"aliases": ("¡…!",)}, "aliases: “¡…!” has no letter or digit"),
        ({"aliases": ("+",)}, r"aliases: “\+” has no letter or digit"),
        ({"products": ("\u200b",)}, "products: “\\\\u200b” has no letter or digit"),
        ({"handles": ("@\u2060-",)}, "handles: “@\\\\u2060-” has no letter or digit"),
        ({"handles": ("@@",)}, "handles: “@@” has no letter or digit"),
        ({"competitors": ("#",)}, "competitors: “#” has no letter or digit"),
        ({"exclude": ("\ufe0f\u200d",)}, "exclude: “.*” has no letter or digit"),
        ({"competitors": ("GAP",)}, "competitors: “gap” is a name of the brand itself"),
        ({"products": ("Gap Kids",), "competitors": ("gap kids",)}, "“gap kids” is a name of the brand itself"),
        ({"handles": ("gapinc",), "competitors": ("GapInc",)}, "“gapinc” is a name of the brand itself"),
    ],
)
def test_a_wrong_brand_is_refused(fields: dict[str, tuple[str, ...]], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        keys_of(Brand(**({"name": "Gap"} | fields)))
    assert "\n" not in str(caught.value)


def test_signs_may_stand_beside_names_and_pictures_be_names() -> None:
    brand = Brand(name="O!", aliases=("🍊", "ⓐ", "全"), ambiguous=("O!",), context=("$",), exclude=("?", "-"))
    keys = keys_of(brand)
    assert {"🍊", "全"} <= keys.sure
    assert (keys.context, keys.exclude) == ({"$"}, {"?", "-"})


def test_a_brand_with_many_names_and_words_is_read_at_once() -> None:
    names = tuple(f"name{number} of {number % 7}" for number in range(3_000))
    words = tuple(f"word{number}" for number in range(3_000))
    clock = SystemClock()
    began = clock.monotonic()
    keys_of(Brand(name="Gap", aliases=names, ambiguous=names, context=words))
    assert clock.monotonic() - began < 4


def test_context_may_hold_the_name_and_handles_may_be_ambiguous() -> None:
    keys = keys_of(Brand(name="Gap Inc", handles=("@Gap",), ambiguous=("gap",), context=("gap jeans", "gaps")))
    assert keys.unsure == {"gap", "@gap"}
    assert keys.sure == {"gap inc", "#gapinc"}
    assert keys.silent == {"gap"}


@pytest.mark.parametrize(
    ("sources", "says"),
    [
        ((), r"no \[\[sources\]\] table is named 'forums': add it or leave it out \(there are none yet\)"),
        (("forum", "feed"), r"Gap, sources: no \[\[sources\]\] table is named 'forums': did you mean 'forum'\?"),
        (("feed",), r"named 'forums': add it or leave it out \(known are: feed\)"),
    ],
)
def test_a_source_that_is_not_there_is_refused(sources: tuple[str, ...], says: str) -> None:
    brand = Brand(name="Gap", sources=("forums",))
    with pytest.raises(ConfigurationError, match=says):
        check_sources([brand], sources)
    check_sources([brand, Brand(name="Dove")], (*sources, "forums"))


WORDS = st.lists(st.text(max_size=3) | st.sampled_from(["Gap", "全家", "@Gap", "x" * 101]), max_size=3).map(tuple)


@given(
    st.fixed_dictionaries(
        {"name": st.text(max_size=3)},
        optional=dict.fromkeys(
            (
                "aliases",
                "products",
                "handles",
                "ambiguous",
                "context",
                "competitors",
                "exclude",
                "vips",
                "exclude_accounts",
            ),
            WORDS,
        ),
    )
)
def test_any_brand_is_understood_or_refused_in_one_line(fields: dict[str, tuple[str, ...]]) -> None:
    complaint = ""
    try:
        keys = keys_of(Brand(**fields))
    except ConfigurationError as error:
        complaint = str(error)
    assert "\n" not in complaint
    assert len(complaint) < 300
    if not complaint:
        assert keys.sure | keys.unsure
        assert not keys.sure & keys.unsure
        assert bool(keys.unsure) == bool(keys.context)
