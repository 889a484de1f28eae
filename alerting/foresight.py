"""Who would be paged over an incident if nobody ever answered: paging's own rules, on time that only seems to pass.

Nothing is worked out here that `alerting.escalation` doesn't decide: it is told that an incident opens, that each
channel takes each page at once, and that time passes, until nothing is due any more.
"""

from datetime import datetime, timedelta

from alerting.asking import Send
from alerting.directory import Directory
from alerting.duty import quiet_ends
from alerting.escalation import Accepted, Event, Fired, Passed, Quieted, advance
from alerting.ladder import Turn
from alerting.policies import Person
from alerting.quieting import Silenced
from core.alert import Alert, AlertEvent, Incident, IncidentState, Level
from core.escalation import Escalation
from core.language import Words
from core.policies import Foresight, PageForeseen, Reached

MOST_PAGES = 200
LONGEST = timedelta(days=7)
"""What lies beyond these isn't listed."""

_INCIDENT = "foreseen"
_WORDS: Words = {"en": "", "zh-Hant": "", "zh-Hans": ""}


def foresee(
    directory: Directory, brand: str, level: Level, at: datetime, silenced: Silenced | None = None
) -> Foresight:
    """Who would be paged, when, and over what, over an incident that opens at a moment (pure).

    Args:
        directory: people, rotations and policies.
        brand: of the incident; empty: a source is blind.
        level: at which it opens; it stays there.
        at: when it opens (UTC).
        silenced: says until when nobody is paged over an incident.
    """
    policy = directory.policy(brand, level)
    name = policy.name if policy in directory.policies else ""
    if directory.people and brand in directory.invented:
        return Foresight(brand=brand, level=level, at=at, policy=name, invented=True)
    return _Rehearsal(directory, brand, level, at, silenced).foresight(name)


def reached(person: Person, level: Level, at: datetime, directory: Directory) -> Reached:
    """How a person can be reached at a moment over something of a level."""
    return Reached(
        name=person.name,
        channels=directory.channels_of(person),
        asleep_until=quiet_ends(person, level, at),
        wakes_from=person.quiet_until,
    )


class _Rehearsal:
    def __init__(self, directory: Directory, brand: str, level: Level, at: datetime, silenced: Silenced | None) -> None:
        self._directory = directory
        self._at = self._now = at
        self._incident = _incident(brand, level, at)
        self._silenced = silenced
        self._state = Escalation(incident=_INCIDENT)
        self._pages: list[PageForeseen] = []
        self._waiting: list[Send] = []
        self._held: dict[str, datetime] = {}
        self._everybody = False
        self._ends_at: datetime | None = None

    def foresight(self, policy: str) -> Foresight:
        quiet_until = self._quiet()
        self._do(Fired(_alert(self._incident)))
        while (due := self._state.due) is not None and not self._is_enough(due):
            self._now = max(self._now, due)
            self._do(Passed())
        held = [person for name in self._held if (person := self._directory.person(name))]
        asleep = [reached(person, self._incident.level, self._at, self._directory) for person in held]
        return Foresight(
            brand=self._incident.brand,
            level=self._incident.level,
            at=self._at,
            policy=policy,
            pages=tuple(self._pages[:MOST_PAGES]),
            asleep=tuple(each for each in asleep if each.asleep_until),
            quiet_until=quiet_until,
            everybody=self._everybody,
            ends_at=self._ends_at,
            more=self._state.due is not None,
        )

    def _is_enough(self, due: datetime) -> bool:
        return len(self._pages) >= MOST_PAGES or due - self._at > LONGEST

    def _do(self, event: Event) -> None:
        if self._silenced is not None:
            self._take(advance(self._state, Quieted(self._quiet()), self._now, self._directory))
        self._take(advance(self._state, event, self._now, self._directory))
        while self._waiting:
            send = self._waiting.pop(0)
            self._take(advance(self._state, Accepted(send.ask.page, send.channel), self._now, self._directory))

    def _quiet(self) -> datetime | None:
        return self._silenced(self._incident, self._now) if self._silenced else None

    def _take(self, turn: Turn) -> None:
        self._state, actions = turn
        for ask in self._state.asks:
            if ask.held and ask.due:
                self._held.setdefault(ask.person, ask.due)
        for action in actions:
            if isinstance(action, Send):
                self._waiting.append(action)
                self._pages.append(self._page(action))
                continue
            self._everybody = self._everybody or action.what == "policy_reaches_nobody"
            if action.what == "escalation_unanswered":
                self._ends_at = self._now

    def _page(self, send: Send) -> PageForeseen:
        return PageForeseen(
            at=self._now,
            minutes=(self._now - self._at) / timedelta(minutes=1),
            person=send.ask.person,
            channel=send.channel,
            round=send.ask.round,
            held=self._held.get(send.ask.person) == self._now,
        )


def _incident(brand: str, level: Level, at: datetime) -> Incident:
    return Incident(
        id=_INCIDENT,
        brand=brand,
        state=IncidentState.OPEN,
        level=level,
        peak=level,
        rule="",
        reason=_WORDS,
        observed=0,
        expected_low=0,
        expected_high=0,
        opened_at=at,
        updated_at=at,
    )


def _alert(incident: Incident) -> Alert:
    return Alert(
        id=_INCIDENT,
        brand=incident.brand,
        incident=incident.id,
        at=incident.opened_at,
        event=AlertEvent.OPENED,
        level=incident.level,
        rule="",
        reason=_WORDS,
        observed=0,
        expected_low=0,
        expected_high=0,
    )
