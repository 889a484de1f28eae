"""Pages sent against pages needed, in a month of made-up brands with crises of which the beginning is known.

Usage: synthetic_paging.py [--brands 50] [--crises 20] [--seed 5]

Brands have from 0.5 to 500 mentions an hour, a rhythm of the day and of the week, a fifth of their mentions negative,
and each label is wrong with probability 0.3. After two weeks, in which nobody is paged, comes a month with crises: for
two to eight hours one to three times as many mentions more as the brand has otherwise, at least 40 to 120 an hour, nine
in ten of them negative. Every brand is watched by the real `Watch`, and what it says goes through the real rules of
paging, on event time. Three are of the staff, in Taipei, Berlin and New York, with quiet hours at night, one manager
and one executive in Taipei who is only woken from red on. Whoever is told answers after one to ten minutes, and of ten
times not at all in three.

Paging is run twice: with the policy that holds where none is configured, and with one of a shift of eight hours for
each of the staff, then the manager, then the executive.
"""

import argparse
import heapq
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from statistics import median
from typing import Any

from alerting.asking import Action, Send, unsurpassed
from alerting.backtest import new_watch
from alerting.directory import Directory
from alerting.escalation import Accepted, Event, Fired, Passed, advance
from alerting.policies import Person, Policy, Rotation, Step
from alerting.series import Counts
from alerting.settings import AlertingSettings
from core.alert import Alert, AlertEvent, Level
from core.escalation import Deed, Escalation, handling_of
from core.paging import ASKING, PageKind

START = datetime(2026, 3, 2, tzinfo=UTC)
LEARNED = START + timedelta(weeks=2)
END = LEARNED + timedelta(days=30)
NOISE, SHARE, ANGRY, NEVER = 0.3, 0.2, 0.9, 0.3
AFTERWARDS = timedelta(hours=1)
"""An incident that opens so soon after a crisis is still about it: the window that is looked at is an hour long."""


def person(name: str, zone: str, **fields: Any) -> Person:
    """Somebody with quiet hours at night."""
    return Person(name=name, zone=zone, channels=("push",), quiet_from=time(22), quiet_to=time(7), **fields)


PEOPLE = (
    person("Mei-Ling", "Asia/Taipei"),
    person("Bo", "Europe/Berlin"),
    person("Sam", "America/New_York"),
    person("Ada", "Asia/Taipei", role="manager"),
    person("Chief", "Asia/Taipei", role="executive", quiet_until="red"),
)
DESK = Rotation(name="desk", people=("Mei-Ling", "Bo", "Sam"), starts=datetime(2026, 3, 2, 1), every="8 hours")  # noqa: DTZ001 - by the rotation's clock
SHIFTS = Policy(
    name="shifts",
    steps=(Step(to=("rotation:desk",)), Step(to=("role:manager",)), Step(to=("role:executive",), from_level="orange")),
)
HOUSES = {
    "default policy": Directory(people=PEOPLE, channels=frozenset({"push"})),
    "shifts": Directory(people=PEOPLE, channels=frozenset({"push"}), rotations=(DESK,), policies=(SHIFTS,)),
}


@dataclass(frozen=True)
class Crisis:
    """So many mentions an hour more, from `begin` to `end`."""

    brand: str
    rate: float
    begin: datetime
    end: datetime


@dataclass
class Told:
    """What came of paging in one house."""

    sends: list[tuple[datetime, str, str, PageKind]] = field(default_factory=list)
    first: dict[str, datetime] = field(default_factory=dict)
    taken: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    fulfilled: set[tuple[str, Level]] = field(default_factory=set)


def rhythm(at: datetime) -> float:
    """How busy an hour is: three times as many in the afternoon as at night, and fewer at the weekend."""
    return (1 - 0.5 * math.cos(2 * math.pi * (at.hour - 3) / 24)) * (0.6 if at.weekday() > 4 else 1.0)


def arrivals(dice: random.Random, rate: float, at: datetime, end: datetime, *, steady: bool) -> Iterator[datetime]:
    """Moments of a Poisson process."""
    highest = 1.0 if steady else 1.5
    while (at := at + timedelta(hours=dice.expovariate(highest * rate))) < end:
        if steady or dice.random() < rhythm(at) / highest:
            yield at


def alerts_of(brand: str, rate: float, crises: Sequence[Crisis], seed: int) -> list[Alert]:
    """All that the alarm of one brand says in the month."""
    dice = random.Random(f"{seed} {brand}")
    usual = ((at, SHARE) for at in arrivals(dice, rate, START, END, steady=False))
    storms = [((at, ANGRY) for at in arrivals(dice, one.rate, one.begin, one.end, steady=True)) for one in crises]
    watch, told = new_watch(brand, AlertingSettings()), list[Alert]()
    for at, share in heapq.merge(usual, *storms):
        negative = (dice.random() < share) != (dice.random() < NOISE)
        told += watch.observe(at, Counts(1, int(negative), 0))
        watch.take_points()
        watch.take_peaks()
    told += watch.tick(END)
    return [alert for alert in told if alert.at >= LEARNED]


class House:
    """The rules of paging at work, with people who answer or don't."""

    def __init__(self, directory: Directory, seed: int) -> None:
        self.told = Told()
        self._directory = directory
        self._dice = random.Random(seed)
        self._states: dict[str, Escalation] = {}
        self._waiting: list[tuple[datetime, int, str, Event]] = []
        self._number = 0

    def wait(self, at: datetime, incident: str, event: Event) -> None:
        """Something that happens at a moment."""
        self._number += 1
        heapq.heappush(self._waiting, (at, self._number, incident, event))

    def run(self) -> Told:
        """Let time pass; what happens in the same moment is told together, as a worker does it."""
        while self._waiting and self._waiting[0][0] < END:
            now, decided = self._waiting[0][0], list[tuple[Escalation, Action]]()
            while self._waiting and self._waiting[0][0] == now:
                _, _, incident, event = heapq.heappop(self._waiting)
                decided += self._do(incident, event, now)
            for state, action in unsurpassed(decided):
                if isinstance(action, Send):
                    self._send(state.incident, action, now)
        return self.told

    def _do(self, incident: str, event: Event, now: datetime) -> list[tuple[Escalation, Action]]:
        before = self._states.get(incident) or Escalation(incident=incident)
        after, actions = advance(before, event, now, self._directory)
        self._states[incident] = after
        if after.acknowledged_by and after.acknowledged_by != before.acknowledged_by:
            self.told.taken.setdefault(incident, (now, after.acknowledged_by))
            self.told.fulfilled.add((incident, after.highest))
        if after.due is not None and after.due != before.due:
            self.wait(after.due, incident, Passed())
        return [(after, action) for action in actions]

    def _send(self, incident: str, action: Send, now: datetime) -> None:
        ask = action.ask
        self.told.sends.append((now, incident, ask.person, ask.kind))
        if ask.kind in ASKING:
            self.told.first.setdefault(incident, now)
            if self._dice.random() >= NEVER:
                at = now + timedelta(minutes=self._dice.uniform(1, 10))
                self.wait(at, incident, handling_of(incident, Deed.ACKNOWLEDGED, ask.person, at))
        self._do(incident, Accepted(ask.page, action.channel), now)


def page(alerts: Sequence[Alert], directory: Directory, seed: int) -> Told:
    """What becomes of the alerts in a house."""
    house = House(directory, seed)
    for alert in alerts:
        house.wait(alert.at, alert.incident, Fired(alert))
    return house.run()


def crises_of(dice: random.Random, rates: dict[str, float], count: int) -> list[Crisis]:
    """Crises at random times of the month, of no brand twice within two days."""
    made: list[Crisis] = []
    while len(made) < count:
        brand = dice.choice(list(rates))
        begin = LEARNED + timedelta(hours=dice.uniform(1, 29 * 24))
        if any(one.brand == brand and abs(one.begin - begin) < timedelta(days=2) for one in made):
            continue
        rate = max(rates[brand], 40.0) * dice.uniform(1, 3)
        made.append(Crisis(brand, rate, begin, min(begin + timedelta(hours=dice.uniform(2, 8)), END)))
    return made


def causes(alerts: Sequence[Alert], crises: Sequence[Crisis]) -> dict[str, Crisis | None]:
    """Of each incident the crisis that it is about; None: it is about nothing."""
    ends = {alert.incident: alert.at for alert in alerts if alert.event is AlertEvent.CLOSED}
    opened: dict[str, Alert] = {}
    for alert in alerts:
        opened.setdefault(alert.incident, alert)
    return {
        incident: next(
            (
                one
                for one in crises
                if one.brand == alert.brand
                and alert.at <= one.end + AFTERWARDS
                and ends.get(incident, END) >= one.begin
            ),
            None,
        )
        for incident, alert in opened.items()
    }


def minutes(moments: Sequence[timedelta]) -> str:
    """Median and nine in ten."""
    found = sorted(each / timedelta(minutes=1) for each in moments)
    return f"{median(found):.0f}, {found[round(0.9 * (len(found) - 1))]:.0f}" if found else "none"


def told_of(told: Told, alerts: Sequence[Alert], crises: Sequence[Crisis]) -> dict[str, str]:
    """The figures, by what they are."""
    about = causes(alerts, crises)
    kinds = Counter(kind.value for *_, kind in told.sends)
    real = {incident for incident, crisis in about.items() if crisis}
    asked = [(incident, person) for _, incident, person, kind in told.sends if kind in ASKING]
    levels = {
        (crisis, alert.level)
        for alert in alerts
        if alert.event in {AlertEvent.OPENED, AlertEvent.RAISED} and (crisis := about[alert.incident])
    }
    answered = {(about[incident], level) for incident, level in told.fulfilled}
    done = {
        (crisis, level) for crisis, level in levels if any((crisis, top) in answered for top in Level if top >= level)
    }
    first: dict[Crisis, datetime] = {}
    taken: dict[Crisis, datetime] = {}
    for at, incident, _, kind in told.sends:
        crisis = about[incident]
        if crisis and kind in ASKING and at >= crisis.begin:
            first[crisis] = min(at, first.get(crisis, at))
    for incident, (at, _) in told.taken.items():
        crisis = about[incident]
        if crisis and at >= crisis.begin:
            taken[crisis] = min(at, taken.get(crisis, at))
    weeks = (END - LEARNED) / timedelta(weeks=1)
    each = Counter(person for _, _, person, _ in told.sends)
    by = Counter(person for _, person in told.taken.values())
    return {
        "pages sent": f"{len(told.sends)}: " + ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())),
        "of them asking for an answer": str(len(asked)),
        "pages needed (a crisis and a level reached)": f"{len(levels)}, of them answered: {len(done)}",
        "asking over incidents without a crisis": f"{sum(one not in real for one, _ in asked)} over "
        f"{sum(one not in real and one in told.first for one in about)} incidents",
        "pages a week for each": ", ".join(f"{person.name} {each[person.name] / weeks:.1f}" for person in PEOPLE),
        "crises without any page": str(len([one for one in crises if one not in first])),
        "onset to first page (median, 9 in 10; minutes)": minutes([at - one.begin for one, at in first.items()]),
        "onset to acknowledgement (the same)": minutes([at - one.begin for one, at in taken.items()]),
        "crises acknowledged": f"{len(taken)} of {len(crises)}",
        "incidents first acknowledged by": ", ".join(f"{name} {n}" for name, n in by.most_common()),
        "incidents that nobody acknowledged": str(len(set(told.first) - set(told.taken))),
    }


def main() -> None:
    """Print what happened, and a Markdown table with a column for each policy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brands", type=int, default=50)
    parser.add_argument("--crises", type=int, default=20)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    dice, last = random.Random(options.seed), max(options.brands - 1, 1)
    rates = {f"brand {rank}": 0.5 * 1000 ** (rank / last) for rank in range(options.brands)}
    crises = crises_of(dice, rates, options.crises)
    alerts: list[Alert] = []
    for brand, rate in rates.items():
        alerts += alerts_of(brand, rate, [one for one in crises if one.brand == brand], options.seed)
    alerts.sort(key=lambda alert: alert.at)
    about = causes(alerts, crises)
    highest = Counter[str]()
    for crisis in crises:
        levels = [alert.level for alert in alerts if about[alert.incident] == crisis]
        highest[max(levels).name.lower() if levels else "unseen"] += 1
    print(
        f"{options.brands} brands, {options.crises} crises ({', '.join(f'{n} {name}' for name, n in highest.items())});"
    )
    print(f"{len(about)} incidents, {sum(each is None for each in about.values())} of them about no crisis.\n")
    columns = {name: told_of(page(alerts, house, options.seed), alerts, crises) for name, house in HOUSES.items()}
    print(f"| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for row in next(iter(columns.values())):
        print(f"| {row} | {' | '.join(column[row] for column in columns.values())} |")


if __name__ == "__main__":
    main()
