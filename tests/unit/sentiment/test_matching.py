from hypothesis import given
from hypothesis import strategies as st

from core.mention import MAX_TEXT
from sentiment.matching import Hit, Spans, normal

Places = st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda pair: Hit("", pair[0], pair[0] + pair[1]))


@given(st.lists(Places, max_size=12), Places)
def test_a_hit_is_compared_with_all_spans_at_once(found: list[Hit], hit: Hit) -> None:
    spans = Spans(sorted(found, key=lambda each: each.start))
    assert spans.hold(hit) == any(each.start <= hit.start and hit.end <= each.end for each in found)
    assert (spans.reach(hit.start) > hit.start) == any(each.start <= hit.start < each.end for each in found)


def test_no_text_grows_beyond_the_limit() -> None:
    """The one letter stands for a sentence of eighteen."""
    assert len(normal("\ufdfa" * MAX_TEXT)) == MAX_TEXT
