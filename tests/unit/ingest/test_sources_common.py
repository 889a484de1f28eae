"""What sources of several networks do alike."""

from core.brand import Brand
from ingest.match import Matcher
from ingest.sources.common import SHOWN, Recent, put_aside


def test_the_last_things_are_remembered_and_a_repeat_makes_one_the_newest() -> None:
    recent: Recent[str, int] = Recent(2)
    recent["a"] = 1
    recent["b"] = 1
    recent["a"] = 2
    recent["c"] = 1
    assert dict(recent) == {"a": 2, "c": 1}
    assert "b" not in recent
    recent.clear()
    assert not recent


def test_what_cant_be_read_is_dead_where_it_names_a_brand_and_else_counted() -> None:
    dead: list[tuple[str, str]] = []
    matcher = Matcher([Brand(name="AT&T")])
    assert put_aside("half a line", "why", matcher, dead) == 1
    assert put_aside(b"\xff AT&amp;T" + b"!" * 1_000, "why", matcher, dead) == 0
    assert dead == [("\ufffd AT&amp;T".ljust(SHOWN, "!"), "why")]
