from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.batching import form_batches, share_of, without_middle
from sentiment.padding import padded

LENGTHS = st.lists(st.integers(0, 200), max_size=200)
BUDGETS = st.integers(1, 2_000)


@given(LENGTHS, BUDGETS, st.integers(1, 64))
def test_every_item_is_in_exactly_one_batch(lengths: list[int], budget: int, most: int) -> None:
    placed = [position for batch in form_batches(lengths, budget, most) for position in batch]
    assert sorted(placed) == list(range(len(lengths)))


@given(LENGTHS, BUDGETS, st.integers(1, 64))
def test_no_batch_costs_more_than_the_budget_unless_it_is_one_item(lengths: list[int], budget: int, most: int) -> None:
    for batch in form_batches(lengths, budget, most):
        assert 0 < len(batch) <= most
        assert len(batch) == 1 or max(lengths[position] for position in batch) * len(batch) <= budget


@given(LENGTHS, BUDGETS, st.integers(1, 64))
def test_a_batch_ends_only_where_the_next_item_would_not_fit(lengths: list[int], budget: int, most: int) -> None:
    batches = form_batches(lengths, budget, most)
    for batch, _ in pairwise(batches):
        assert len(batch) == most or lengths[batch[0]] * (len(batch) + 1) > budget


@given(LENGTHS, BUDGETS)
def test_similar_lengths_stand_together(lengths: list[int], budget: int) -> None:
    placed = [lengths[position] for batch in form_batches(lengths, budget) for position in batch]
    assert placed == sorted(lengths, reverse=True)


def test_one_long_text_does_not_make_the_short_ones_dear() -> None:
    assert form_batches([5, 100, 5, 5], 100) == [[1], [0, 2, 3]]


@given(st.lists(st.integers(1, 256), min_size=1, max_size=300), BUDGETS, st.integers(1, 8))
def test_a_share_keeps_all_busy_within_the_budget(lengths: list[int], budget: int, at_once: int) -> None:
    share = share_of(lengths, budget, at_once)
    assert share <= budget
    assert share * at_once >= min(sum(lengths), budget)


@pytest.mark.parametrize(
    ("texts", "budget", "at_once", "share"),
    [(1, 768, 2, 128), (20, 768, 2, 300), (20, 768, 1, 600), (1_000, 768, 2, 768), (10, 100, 4, 100)],
)
def test_few_texts_are_shared_out_but_not_into_crumbs(texts: int, budget: int, at_once: int, share: int) -> None:
    assert share_of([30] * texts, budget, at_once) == share


@pytest.mark.parametrize(
    ("count", "limit", "kept"),
    [(5, 5, [0, 1, 2, 3, 4]), (9, 4, [0, 1, 7, 8]), (9, 5, [0, 1, 6, 7, 8]), (3, 2, [0, 2])],
)
def test_a_text_that_is_too_long_loses_its_middle(count: int, limit: int, kept: list[int]) -> None:
    assert without_middle(list(range(count)), limit) == kept


def test_texts_are_padded_to_the_longest() -> None:
    numbers, mask = padded([[5, 6, 7], [8], []], 1)
    assert numbers.tolist() == [[5, 6, 7], [8, 1, 1], [1, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0], [1, 0, 0]]


def test_padding_can_stand_in_front() -> None:
    numbers, mask = padded([[5, 6], [8], []], 1, in_front=True)
    assert numbers.tolist() == [[5, 6], [1, 8], [1, 1]]
    assert mask.tolist() == [[1, 1], [0, 1], [0, 1]]
