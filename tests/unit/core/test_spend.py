"""What a month costs, where it leads, and when a budget has to narrow what is read."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.language import LANGUAGES
from core.spend import (
    BILLED,
    Budgets,
    Count,
    Noted,
    Prices,
    Spend,
    State,
    XPrices,
    day_of,
    month_of,
    needed_since,
    said_of,
    spend_of,
    spends,
)

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
"""A month of 30 days."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PRICES = {"post": 0.5, "user": 1.0}


def count(day: datetime, number: int, resource: str = "post", network: str = "x") -> Count:
    return Count(network=network, resource=resource, day=day, number=number)


def every_day(first: datetime, days: int, number: int) -> list[Count]:
    return [count(first + n * DAY, number) for n in range(days)]


def spend(counts: list[Count], now: datetime, budget: float | None = None, noted: Noted | None = None) -> Spend:
    return spend_of("x", counts, PRICES, budget, now, noted=noted)


def noted(state: State, since: datetime = JUNE) -> Noted:
    return Noted(network="x", state=state, since=since)


def test_every_resource_of_this_month_and_network_costs_its_price() -> None:
    counts = [
        count(JUNE - DAY, 1000),
        count(JUNE, 4),
        count(JUNE + DAY, 2, "user"),
        count(JUNE, 7, "like"),
        count(JUNE, 9, network="y"),
    ]
    found = spend(counts, JUNE + 2 * DAY)
    assert (found.spent, found.month, found.budget, found.state) == (4.0, JUNE, None, State.OK)


def test_a_month_that_goes_on_as_it_went_is_foreseen() -> None:
    # 10 dollars a day: 150 in half of the month.
    found = spend(every_day(JUNE, 15, 20), JUNE + 15 * DAY)
    assert found.spent == pytest.approx(150)
    # The week is six whole days and the seventh that begins now, so it tells of 60 dollars in six days.
    assert found.forecast == pytest.approx(300)


def test_the_first_hours_promise_no_more_than_a_day_does() -> None:
    found = spend([count(JUNE, 20)], JUNE + HOUR)
    assert found.forecast == pytest.approx(10 + 10 * (30 - 1 / 24))
    # What the days before cost is known on the first day too.
    assert spend(every_day(JUNE - 6 * DAY, 6, 40), JUNE + HOUR).forecast == pytest.approx(
        120 / (6 + 1 / 24) * 29.958, 1e-3
    )


def test_the_dearer_of_month_and_week_is_foreseen() -> None:
    now = JUNE + 20 * DAY
    rising = spend([*every_day(JUNE, 14, 2), *every_day(JUNE + 14 * DAY, 6, 20)], now)
    assert rising.spent == pytest.approx(74)
    assert rising.forecast == pytest.approx(74 + 10 * 10)
    falling = spend([*every_day(JUNE, 14, 20), *every_day(JUNE + 14 * DAY, 6, 2)], now)
    assert falling.forecast == pytest.approx(146 * 30 / 20)


def test_where_counting_began_later_only_the_days_since_tell() -> None:
    found = spend(every_day(JUNE + 18 * DAY, 2, 20), JUNE + 20 * DAY)
    assert found.forecast == pytest.approx(20 + 10 * 10)


def test_nothing_spent_is_nothing_foreseen() -> None:
    assert spend([], JUNE + HOUR).forecast == 0
    assert spend([], JUNE + HOUR, budget=1).state is State.OK


def test_on_the_last_moment_the_forecast_is_what_was_spent() -> None:
    found = spend(every_day(JUNE, 30, 20), JUNE + 30 * DAY - timedelta(microseconds=1))
    assert found.forecast == pytest.approx(found.spent)


@pytest.mark.parametrize(
    ("spent", "days", "budget", "state"),
    [
        (79, 29, 100, State.OK),
        (80, 29, 100, State.WARNED),
        (94.5, 29, 100, State.WARNED),
        (95, 29, 100, State.NARROWED),
        (500, 29, 100, State.NARROWED),
        (500, 29, None, State.OK),
        (50, 16, 100, State.OK),
        (50, 14, 100, State.WARNED),
    ],
)
def test_states_follow_what_is_spent_and_foreseen(spent: float, days: int, budget: float | None, state: State) -> None:
    # On the first day, so that the last week says nothing.
    assert spend([count(JUNE, int(spent * 2))], JUNE + days * DAY, budget).state is state


@pytest.mark.parametrize(
    ("before", "state"),
    [
        (None, State.OK),
        (noted(State.OK), State.OK),
        (noted(State.WARNED), State.WARNED),
        (noted(State.NARROWED), State.OK),
        (noted(State.WARNED, JUNE - HOUR), State.OK),
    ],
)
def test_a_warning_of_this_month_stays_until_the_forecast_is_well_below(before: Noted | None, state: State) -> None:
    def at(budget: float) -> State:
        return spend([count(JUNE, 100)], JUNE + 15 * DAY, budget, before).state

    # 50 spent, 100 to be expected.
    assert at(110) is state
    assert at(112) is State.OK


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(0, 29.9), st.floats(0.01, 1e6))
def test_more_spent_is_never_a_better_state(less: int, more: int, days: float, budget: float) -> None:
    order = list(State)
    now = JUNE + days * DAY
    before, after = (spend([count(JUNE, number)], now, budget) for number in (less, less + more))
    assert before.spent <= before.forecast * (1 + 1e-9)
    assert order.index(before.state) <= order.index(after.state)


def test_counts_are_needed_from_the_month_or_the_week_on() -> None:
    assert needed_since(JUNE + 20 * DAY) == JUNE
    assert needed_since(JUNE + 2 * DAY + HOUR) == JUNE - 4 * DAY
    assert month_of(JUNE - timedelta(microseconds=1)) == datetime(2026, 5, 1, tzinfo=UTC)
    assert day_of(JUNE + 5 * HOUR) == JUNE


def test_networks_that_billed_something_this_month_or_have_a_budget_are_told() -> None:
    now = JUNE + 2 * DAY
    assert spends([], Prices(), Budgets(), now) == []
    assert spends([count(JUNE - DAY, 9)], Prices(), Budgets(), now) == []
    (billed,) = spends([count(JUNE, 1000)], Prices(), Budgets(), now)
    assert (billed.network, billed.spent, billed.budget) == ("x", 5.0, None)
    (cheaper,) = spends([count(JUNE, 1000)], Prices(x=XPrices(post=0.001)), Budgets(x=40), now)
    assert (cheaper.spent, cheaper.budget, cheaper.state) == (1.0, 40, State.OK)
    (planned,) = spends([], Prices(), Budgets(x=10), now)
    assert (planned.spent, planned.state) == (0, State.OK)


def test_what_was_noted_of_a_network_counts_for_it() -> None:
    counts, now = [count(JUNE, 10_000)], JUNE + 15 * DAY
    for before, state in (((), State.OK), ((noted(State.WARNED),), State.WARNED)):
        (found,) = spends(counts, Prices(), Budgets(x=110), now, before)
        assert found.state is state


def test_a_network_that_bills_has_prices_and_a_budget() -> None:
    assert Budgets.__struct_fields__ == BILLED
    assert msgspec.to_builtins(Prices()) == {"x": {"post": 0.005, "user": 0.01, "mention": 0.001}}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("budget", [None, 2_000.0])
def test_every_language_has_the_amounts(state: State, budget: float | None) -> None:
    one = Spend(network="x", month=JUNE, spent=1234.5, forecast=2345.678, budget=budget, state=state)
    said = said_of(one)
    assert set(said) == set(LANGUAGES)
    for sentence in said.values():
        assert sentence.startswith("x")
        assert "$1,234.50" in sentence
        assert ("$2,000.00" in sentence) == (budget is not None)
        assert ("$2,345.68" in sentence) == (budget is None or state is not State.NARROWED)


def test_each_state_has_words_of_its_own() -> None:
    one = Spend(network="x", month=JUNE, spent=1, forecast=2, budget=3, state=State.OK)
    said = [said_of(msgspec.structs.replace(one, state=state)) for state in State]
    for language in LANGUAGES:
        assert len({words[language] for words in said}) == 3
    assert "95%" in said[1]["en"]
    assert "crisis words" in said[2]["en"]
