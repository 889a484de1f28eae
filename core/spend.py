"""What networks bill for what is read there: the spend of a month, where it leads, and how it stands to a budget.

Pure: the moment is a parameter, everything is UTC, money is in US dollars, a month is one of the calendar.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct

from core.language import Words

_DAY = timedelta(days=1)
_WEEK = 7
_WARNED_FROM, _NARROWED_FROM = 0.80, 0.95
_CALM_BELOW = 0.90
"""A forecast sways with every hour of the day: one that warned has to fall below so much of the budget to be well."""


class XPrices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What X takes for each post, each user and each post that mentions an account of one's own (November 2026)."""

    post: float = 0.005
    user: float = 0.010
    mention: float = 0.001


class Prices(Struct, frozen=True, kw_only=True):
    """The price of a resource by network: the `[prices.…]` tables."""

    x: XPrices = XPrices()


class Budgets(Struct, frozen=True, kw_only=True):
    """What may be spent in a month by network: the `[budgets]` table. None: nothing is held back."""

    x: float | None = None


BILLED: tuple[str, ...] = Prices.__struct_fields__
"""The networks that bill for reading."""


class Count(Struct, frozen=True, kw_only=True):
    """How many resources of a kind a network billed on a day, each of them once; `day` is when that day began."""

    network: str
    resource: str
    day: datetime
    number: int


class State(StrEnum):
    """How a month stands to its budget.

    ``warned``: 80 % are spent, or more than the budget is to be expected. ``narrowed``: 95 % are spent, so only what
    matters most is read from now on.
    """

    OK = "ok"
    WARNED = "warned"
    NARROWED = "narrowed"


class Noted(Struct, frozen=True, kw_only=True):
    """The state of a network's budget that was told last, and when it began."""

    network: str
    state: State
    since: datetime


class Spend(Struct, frozen=True, kw_only=True):
    """A month of a network so far; `month` is when it began, `forecast` what it will have cost at its end."""

    network: str
    month: datetime
    spent: float
    forecast: float
    budget: float | None
    state: State


def needed_since(now: datetime) -> datetime:
    """From which day on counts must be known: the month's first, or that a week ago."""
    return min(month_of(now), _week_of(now))


def month_of(now: datetime) -> datetime:
    """When the month began."""
    return day_of(now).replace(day=1)


def day_of(now: datetime) -> datetime:
    """When the day began."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def spend_of(
    network: str,
    counts: Iterable[Count],
    prices: Mapping[str, float],
    budget: float | None,
    now: datetime,
    *,
    noted: Noted | None = None,
) -> Spend:
    """How a month stands.

    The forecast is the dearer of two: the month goes on as it went so far, or as the last seven days did. Both take at
    least a day to have passed, so that the first hours promise nothing wild.

    Args:
        network: whose.
        counts: those since `needed_since`; of other networks too.
        prices: of its resources; what has none costs nothing.
        budget: for the month, if there is one.
        now: the moment.
        noted: the state told last: a warning of this month stays until the forecast is well below the budget.
    """
    costs = [
        (count.day, count.number * prices.get(count.resource, 0.0)) for count in counts if count.network == network
    ]
    month = month_of(now)
    spent = sum(cost for day, cost in costs if day >= month)
    forecast = max(_by_month(spent, now), spent + _rate(costs, now) * ((_month_after(month) - now) / _DAY))
    warned = noted is not None and noted.state is State.WARNED and noted.since >= month
    state = _state(spent, forecast, budget, warned=warned)
    return Spend(network=network, month=month, spent=spent, forecast=forecast, budget=budget, state=state)


def spends(
    counts: Sequence[Count], prices: Prices, budgets: Budgets, now: datetime, noted: Sequence[Noted] = ()
) -> list[Spend]:
    """How the month stands of every network that has billed something in it or has a budget, as `spend_of`."""
    of_prices: Mapping[str, Mapping[str, float]] = msgspec.to_builtins(prices)
    last = {each.network: each for each in noted}
    seen = {count.network for count in counts if count.day >= month_of(now)}
    return [
        spend_of(network, counts, of_prices[network], getattr(budgets, network), now, noted=last.get(network))
        for network in BILLED
        if network in seen or getattr(budgets, network) is not None
    ]


def said_of(spend: Spend) -> Words:
    """How a month stands, in a sentence of each language."""
    network, spent, forecast = spend.network, f"${spend.spent:,.2f}", f"${spend.forecast:,.2f}"
    if spend.budget is None:
        return {
            "en": f"{network}: {spent} spent this month, about {forecast} by its end; there is no budget.",
            "zh-Hant": f"{network}：本月已花 {spent}，預計月底約 {forecast}；未設預算。",
            "zh-Hans": f"{network}：本月已花 {spent}，预计月底约 {forecast}；未设预算。",
        }
    budget, narrowed_from = f"${spend.budget:,.2f}", f"{_NARROWED_FROM:.0%}"
    if spend.state is State.NARROWED:
        return {
            "en": f"{network}: {spent} of {budget} are spent. Until the month ends or the budget is raised, only posts "
            "with crisis words or by your VIPs are asked for.",
            "zh-Hant": f"{network}：本月預算 {budget} 已花 {spent}。在月底或調高預算前，只抓含危機字詞或 VIP 的貼文。",
            "zh-Hans": f"{network}：本月预算 {budget} 已花 {spent}。在月底或调高预算前，只抓含危机词语或 VIP 的帖子。",
        }
    said: Words = {
        "en": f"{network}: {spent} of {budget} are spent, and about {forecast} will be by the end of the month.",
        "zh-Hant": f"{network}：本月預算 {budget} 已花 {spent}，預計月底約 {forecast}。",
        "zh-Hans": f"{network}：本月预算 {budget} 已花 {spent}，预计月底约 {forecast}。",
    }
    if spend.state is State.WARNED:
        said["en"] += f" From {narrowed_from} on only posts with crisis words or by your VIPs are asked for."
        said["zh-Hant"] += f"花到 {narrowed_from} 起只抓含危機字詞或 VIP 的貼文。"
        said["zh-Hans"] += f"花到 {narrowed_from} 起只抓含危机词语或 VIP 的帖子。"
    return said


def _state(spent: float, forecast: float, budget: float | None, *, warned: bool) -> State:
    if budget is None:
        return State.OK
    if spent >= _NARROWED_FROM * budget:
        return State.NARROWED
    most = _CALM_BELOW * budget if warned else budget
    return State.WARNED if spent >= _WARNED_FROM * budget or forecast > most else State.OK


def _by_month(spent: float, now: datetime) -> float:
    month = month_of(now)
    return spent * ((_month_after(month) - month) / max(now - month, _DAY))


def _rate(costs: Sequence[tuple[datetime, float]], now: datetime) -> float:
    """Dollars a day of the last seven, today included; of fewer where counting began later."""
    recent = [(day, cost) for day, cost in costs if day >= _week_of(now)]
    if not recent:
        return 0.0
    began = min(day for day, _ in recent)
    return sum(cost for _, cost in recent) / (max(now - began, _DAY) / _DAY)


def _week_of(now: datetime) -> datetime:
    return day_of(now) - (_WEEK - 1) * _DAY


def _month_after(month: datetime) -> datetime:
    return (month + 31 * _DAY).replace(day=1)
