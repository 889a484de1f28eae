"""What every store must do with mentions."""

import base64
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.case import DeliveryState
from core.errors import InputError
from core.events import DRAFTS, DraftsReady
from core.mention import Label, Reading, Score, ScoredMention
from core.ports.queries import MentionQuery
from core.ports.store import Store
from tests.contract.things import HOSTILE, case, delivery, draft, outbox, scored
from tests.fakes import MONDAY


def put(store: Store, *mentions: ScoredMention) -> None:
    for _ in range(2):
        with store.unit() as unit:
            unit.put_mentions(mentions)


def ids(store: Store, query: MentionQuery | None = None) -> list[str]:
    """All pages, one after the other."""
    query = query or MentionQuery()
    page = store.mentions(query)
    found = [item.mention.id for item in page.items]
    while page.next:
        page = store.mentions(msgspec.structs.replace(query, cursor=page.next))
        assert page.items
        found += [item.mention.id for item in page.items]
    return found


def test_a_mention_comes_back_as_it_was_put(store: Store) -> None:
    one, other = scored(1, sensitive=("safety",)), scored(2, followers=None)
    put(store, one, other)
    found = store.mention(one.mention.id)
    assert found is not None
    assert (found.mention, found.score) == (one.mention, one.score)
    assert found.budget.posted == one.mention.created_at
    assert found.budget.ingested == one.mention.ingested_at
    assert found.budget.scored == one.score.scored_at
    assert found.budget.alerted is None
    many = store.mentions_by_id([one.mention.id, other.mention.id, "m-none"])
    assert {id_: item.mention for id_, item in many.items()} == {
        one.mention.id: one.mention,
        other.mention.id: other.mention,
    }
    assert store.mention("m-none") is None


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.booleans())
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_the_highest_revision_stays_in_whatever_order_they_come(
    store: Store, revisions: list[int], in_one_unit: bool
) -> None:
    store.erase_brand("Kettle")
    edits = [scored(1, revision=revision, text=f"revision {revision}") for revision in revisions]
    if in_one_unit:
        put(store, *edits)
    else:
        for edit in edits:
            put(store, edit)
    found = store.mention("m-0001")
    assert found is not None
    assert found.mention.text == f"revision {max(revisions)}"


def test_of_equal_revisions_the_first_stays(store: Store) -> None:
    put(store, scored(1, text="first"))
    put(store, scored(1, text="second"))
    put(store, scored(2, text="first"), scored(2, text="second"))
    assert [item.mention.text for item in store.mentions(MentionQuery()).items] == ["first", "first"]


def test_an_edit_keeps_the_stages_that_were_marked(store: Store) -> None:
    put(store, scored(1))
    for at in (MONDAY, MONDAY + timedelta(hours=1)):
        with store.unit() as unit:
            unit.mark(["m-0001", "m-none"], "alerted", at)
    with store.unit() as unit:
        unit.mark(["m-0001"], "seen", MONDAY + timedelta(hours=2))
        unit.mark(["m-0001"], "approved", MONDAY + timedelta(hours=3))
        unit.mark(["m-0001"], "sent", MONDAY + timedelta(hours=4))
    put(store, scored(1, revision=1))
    found = store.mention("m-0001")
    assert found is not None
    assert found.mention.revision == 1
    budget = found.budget
    assert [budget.alerted, budget.seen, budget.approved, budget.sent] == [
        MONDAY + timedelta(hours=hours) for hours in (0, 2, 3, 4)
    ]


def test_erasing_removes_a_mention_and_all_made_from_it_for_good(store: Store) -> None:
    put(store, scored(1), scored(2))
    with store.unit() as unit:
        for number in (1, 2):
            unit.put_case(case(number), [draft()])
            unit.put_delivery(delivery(number))
            unit.emit(DRAFTS, f"c-{number:04}", DraftsReady(id="e", case="c", mention_id="m", drafts=(draft(),)))
    for _ in range(2):
        with store.unit() as unit:
            unit.erase_mentions(["m-0001", "m-never-seen"])
    put(store, scored(1, revision=9), scored(3, id="m-never-seen"))
    with store.unit() as unit:
        assert not unit.put_case(case(1), [draft()])
        assert not unit.put_delivery(delivery(1))
        unit.put_drafts("c-0001", [draft()])
    assert ids(store) == ["m-0002"]
    assert store.case("c-0001") is None
    assert list(store.drafts("c-0001")) == []
    assert [item.id for item in store.deliveries(states=[DeliveryState.WAITING])] == ["d-0002"]
    assert [message.key for message in outbox(store)] == ["c-0002"]
    assert store.case("c-0002") is not None


def test_pages_run_from_the_newest_to_the_oldest_without_gaps(store: Store) -> None:
    same_moment = [scored(number, created_at=MONDAY) for number in range(20)]
    put(store, *same_moment, *[scored(number) for number in range(20, 33)])
    everything = [f"m-{number:04}" for number in reversed(range(33))]
    for limit in (1, 7, 33, 50):
        assert ids(store, MentionQuery(limit=limit)) == everything


def test_new_mentions_between_two_pages_neither_repeat_nor_hide_others(store: Store) -> None:
    put(store, *[scored(number) for number in range(10)])
    first = store.mentions(MentionQuery(limit=4))
    put(store, *[scored(number) for number in range(10, 20)])
    rest = ids(store, MentionQuery(limit=4, cursor=first.next))
    assert rest == [f"m-{number:04}" for number in (5, 4, 3, 2, 1, 0)]


def test_mentions_are_found_by_every_field_of_a_query(store: Store) -> None:
    put(
        store,
        scored(1),
        scored(2, brand="Other"),
        scored(3, source="ptt"),
        scored(4, label=Label.POSITIVE),
        scored(5, sensitive=("legal",)),
    )
    assert ids(store, MentionQuery(brand="Other")) == ["m-0002"]
    assert ids(store, MentionQuery(source="ptt")) == ["m-0003"]
    assert ids(store, MentionQuery(label="positive")) == ["m-0004"]
    assert ids(store, MentionQuery(sensitive=True)) == ["m-0005"]
    at = MONDAY + timedelta(seconds=3)
    assert ids(store, MentionQuery(since=at)) == ["m-0005", "m-0004", "m-0003"]
    assert ids(store, MentionQuery(until=at)) == ["m-0002", "m-0001"]
    assert ids(store, MentionQuery(brand="Kettle", until=at, search="1")) == ["m-0001"]
    assert list(store.brands()) == ["Kettle", "Other"]


def test_mentions_are_found_by_author_and_by_the_whole_name_of_a_theme(store: Store) -> None:
    about = [("quality",), ("price", "quality"), ('qual"ity', "質"), ()]
    put(
        store,
        *(
            msgspec.structs.replace(
                one, score=msgspec.structs.replace(one.score, reading=Reading(language="en", themes=themes))
            )
            for number, themes in enumerate(about)
            for one in [scored(number, author=("ada", "Ada", "bob", "ada\x00")[number])]
        ),
    )
    assert ids(store, MentionQuery(theme="quality")) == ["m-0001", "m-0000"]
    assert ids(store, MentionQuery(theme="qual")) == []
    assert ids(store, MentionQuery(theme='qual"ity')) == ids(store, MentionQuery(theme="質")) == ["m-0002"]
    assert ids(store, MentionQuery(theme="qual%")) == []
    assert ids(store, MentionQuery(author="ada")) == ["m-0000"]
    assert ids(store, MentionQuery(author="ada\x00", theme="")) == ["m-0003"]


@pytest.mark.parametrize(
    ("text", "search", "found"),
    [
        ("Burnt ÉCLAIR", "éclair", True),
        ("水壺漏水了", "漏水", True),
        ("水壺漏水了", "漏電", False),
        ("100% sure", "100%", True),
        ("1000 sure", "100%", False),
        ("a_b", "A_B", True),
        ("axb", "a_b", False),
        ("back\\slash", "k\\s", True),
        ("quote ' here", "' h", True),
        ("lone \ud800 surrogate", "\ud800", True),
        ("plain", "\x00", False),
        ("plain", "x" * 100_000, False),
    ],
)
def test_search_is_for_a_plain_piece_of_text_in_capitals_or_not(
    store: Store, text: str, search: str, found: bool
) -> None:
    put(store, scored(1, text=text))
    assert ids(store, MentionQuery(search=search)) == (["m-0001"] if found else [])


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "!",
        "差",
        "\ud800",
        "A" * 10_001,
        *(base64.urlsafe_b64encode(json).decode() for json in (b"[]", b"{}", b"null", b"[1]", b'["mentions"]')),
        *(base64.urlsafe_b64encode(b'["mentions", %s, "a"]' % part).decode() for part in (b'"a"', b"true", b"1.5")),
        *(base64.urlsafe_b64encode(b'["mentions", %s, "a"]' % part).decode() for part in (b"9" * 19, b"9" * 40)),
    ],
)
def test_a_cursor_that_is_none_is_told_to_the_caller(store: Store, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"):
        store.mentions(MentionQuery(cursor=cursor))
    with pytest.raises(InputError, match="cursor"):
        store.incidents(cursor=cursor)


def test_a_cursor_of_one_list_is_refused_by_another(store: Store) -> None:
    put(store, scored(1), scored(2))
    cursor = store.mentions(MentionQuery(limit=1)).next
    with pytest.raises(InputError, match="another list"):
        store.incidents(cursor=cursor)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_with_a_replacement_for_what_no_database_can_hold(store: Store, text: str) -> None:
    kept = text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")
    mention = scored(1, text=text, author=text, network_id=text, url=text, conversation=text)
    put(store, msgspec.structs.replace(mention, score=_reading(mention, text)))
    found = store.mention("m-0001")
    assert found is not None
    assert found.mention.text == found.mention.author == found.mention.url == kept
    assert found.score.reading.themes == (kept,)
    assert store.mention(text) is None
    assert ids(store, MentionQuery(brand=text)) == []


def _reading(mention: ScoredMention, text: str) -> Score:
    return msgspec.structs.replace(mention.score, reading=Reading(language="en", themes=(text,)))


def test_more_mentions_than_a_statement_has_parameters(store: Store) -> None:
    many = [scored(number) for number in range(1_500)]
    put(store, *many)
    assert len(store.mentions_by_id([item.mention.id for item in many])) == 1_500
    with store.unit() as unit:
        unit.erase_mentions([item.mention.id for item in many])
    assert ids(store) == []


def test_numbers_beyond_what_a_database_holds_are_cut_to_what_it_does(store: Store) -> None:
    put(store, scored(1, followers=10**30, revision=10**30), scored(2, followers=-(10**30)))
    one, other = store.mention("m-0001"), store.mention("m-0002")
    assert one is not None
    assert other is not None
    assert one.mention.followers == one.mention.revision == 2**63 - 1
    assert other.mention.followers == 1 - 2**63


def test_the_mentions_in_posts_and_of_authors_are_found_on_their_own_network(store: Store) -> None:
    one, other, third, elsewhere = (scored(number).mention for number in range(1, 5))
    one = msgspec.structs.replace(one, source="bluesky", network_id="at://ann/1", author="ann")
    other = msgspec.structs.replace(other, source="bluesky", network_id="at://ann/2", author="ann")
    third = msgspec.structs.replace(third, source="bluesky", network_id="at://bob/1", author=HOSTILE[0])
    elsewhere = msgspec.structs.replace(elsewhere, source="x", network_id="at://ann/1", author="ann")
    put(store, *(msgspec.structs.replace(scored(1), mention=each) for each in (one, other, third, elsewhere)))

    def found(posts: Sequence[str] = (), authors: Sequence[str] = ()) -> set[str]:
        return {each.id for each in store.mentions_in_posts("bluesky", posts, authors)}

    assert found(["at://ann/1", "at://nobody/1"]) == {one.id}
    assert found(authors=["ann"]) == found(["at://ann/1"], ["ann"]) == {one.id, other.id}
    assert found([f"at://ann/{number}" for number in range(2_000)], [third.author]) == {one.id, other.id, third.id}
    assert found() == set()
    with store.unit() as unit:
        unit.erase_mentions([one.id])
    assert found(authors=["ann"]) == {other.id}


def test_recent_posts_come_page_by_page_each_once_from_live_mentions_of_their_network(store: Store) -> None:
    def at(number: int, network_id: str, **more: object) -> ScoredMention:
        return scored(number, **{"source": "reddit", "network_id": network_id, "origin": "live", **more})

    put(
        store,
        *(at(number, f"t1_{number % 5}", brand=f"brand {number}") for number in range(10)),
        at(10, ""),
        at(11, "t1_replayed", origin="replay"),
        at(12, "t1_elsewhere", source="x"),
        at(13, "t1_old", created_at=MONDAY - timedelta(days=3)),
    )

    def pages(limit: int) -> list[str]:
        found: list[str] = []
        while page := store.recent_posts("reddit", MONDAY - timedelta(days=2), limit, found[-1] if found else ""):
            assert len(page) <= limit
            found += page
        return found

    everything = [f"t1_{number}" for number in range(5)]
    assert pages(100) == pages(2) == everything
    with store.unit() as unit:
        unit.erase_mentions([at(number, "t1_1").mention.id for number in (1, 6)])
    assert list(store.recent_posts("reddit", MONDAY - timedelta(days=2), 2, "t1_1")) == ["t1_2", "t1_3"]
    assert "t1_old" in store.recent_posts("reddit", MONDAY - timedelta(days=4), 100)
