"""Who is paged over an incident: where it stands, and what people did about it. The rules stand in `alerting`."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from core.alert import Level
from core.identity import identity
from core.language import Words
from core.paging import ASKING, PageKind


class EscalationKind(StrEnum):
    """What people are paged over: an incident, the urgent cases of a brand, a test, or a channel that fails."""

    INCIDENT = "incident"
    URGENT = "urgent"
    TEST = "test"
    NOTICE = "notice"


class Ask(Struct, frozen=True, kw_only=True):
    """One page to one person, for as long as something is to be done about it.

    - `page`: the id of the page, the same over every channel and however often it is told.
    - `at`: when it was decided; `due`: when something happens next, None while only an answer is waited for.
    - `round`: the round of the ladder in which the person was asked last.
    - `channel`: over which it is on its way now, and `sent_at` since when; empty while it isn't.
    - `tried`, `accepted`: channels of this pass that were tried, and those that took it.
    - `broken`: channels that can't tell this person, whatever is tried; `lost`: all of them are.
    - `passes`: how often all channels were gone through in vain.
    - `resting`: channels that take no more for now, and until when.
    - `held`: it waits for the end of quiet hours.
    - `about`: who or what it is about, where the incident doesn't say so: who has it, a channel, a person.
    - `without`: channels that must not be used.
    - `reason`: why the channel that it is about failed, as that said itself.
    - `hushes`: it only makes a channel stop ringing, so that no quiet hours hold it back.
    """

    page: str
    person: str
    kind: PageKind
    level: Level
    at: datetime
    due: datetime | None
    round: int = 0
    channel: str = ""
    sent_at: datetime | None = None
    tried: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    passes: int = 0
    resting: dict[str, datetime] = {}
    held: bool = False
    lost: bool = False
    about: str = ""
    without: tuple[str, ...] = ()
    reason: str = ""
    hushes: bool = False


class Passing(Struct, frozen=True, kw_only=True):
    """An incident on its way from `by`, who has it, to another person, who must acknowledge before `due`."""

    to: str
    by: str
    kind: PageKind
    due: datetime


class UrgentCases(Struct, frozen=True, kw_only=True):
    """The urgent cases of a brand that nobody has answered yet, as of a look at them.

    - `count`: how many there are; `case`: the one whose first answer is due next, at `answer_by` (UTC).
    - `why`: why that one is urgent, in words that tell nothing of what was written, nor by whom.
    - `since`: when the earliest of them was opened.
    - `claimed_by`: who took the last one in hand, where all of them are; else empty.
    """

    count: int
    case: str
    answer_by: datetime
    why: Words
    since: datetime
    claimed_by: str = ""


class Escalation(Struct, frozen=True, kw_only=True):
    """Where paging stands over one incident, the urgent cases of a brand, a test or a failing channel.

    `incident` names it: see `id_of_urgent` and `id_of_test` for what isn't an incident.

    - `version`: raised by one with every change that is kept; 0 before the first.
    - `level`: as it is now; `highest`: up to which people were paged since it opened; `risen`: it rose
      since; `urgent`: a case of that grade.
    - `episode`: how often it opened; `alerts`: ids of those that were taken, so that none counts twice.
    - `alerted_at`: the event time of the alert that people are paged over; `reached_at`: when a channel took the first
      page of it.
    - `step`, `round`, `last_round`: the next step of the policy's ladder; `step_due`: when it is taken, None while the
      ladder rests.
    - `asks`: pages on which something is still to be done; `told`: people who got one since it opened.
    - `rung`: the person that each channel rang for last which rings until it is told to stop.
    - `acknowledged_by`: who has it in hand; `passing`: it is on its way to another; `handover_at`: when the shift ends
      in which it was acknowledged.
    - `promised_by`, `promised_until`: who promised the next update until when; `reminded`: how many reminders were
      told.
    - `resolved_by`: a person said that it is over; `ended`: it is, for whatever reason.
    - `quiet_until`: until when nobody is paged over it, because it was silenced; None where it isn't.
    - `cases`: the urgent cases, where it is about some; `look_due`: when it is looked whether they are answered.
    - `joined_at`, `joined_due`: when whoever has them was told last that more joined, and when that is told next.
    - `due`: the earliest moment at which time alone changes something; None where nothing does.

    All times are UTC.
    """

    incident: str
    kind: EscalationKind = EscalationKind.INCIDENT
    version: int = 0
    brand: str = ""
    source: str = ""
    level: Level = Level.BLUE
    highest: Level = Level.BLUE
    risen: bool = False
    urgent: bool = False
    episode: int = 0
    alerts: tuple[str, ...] = ()
    alerted_at: datetime | None = None
    reached_at: datetime | None = None
    step: int = 0
    round: int = 0
    last_round: int = 0
    step_due: datetime | None = None
    asks: tuple[Ask, ...] = ()
    told: tuple[str, ...] = ()
    rung: dict[str, str] = {}
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    passing: Passing | None = None
    handover_at: datetime | None = None
    promised_by: str = ""
    promised_until: datetime | None = None
    reminded: int = 0
    resolved_by: str = ""
    resolved_at: datetime | None = None
    quiet_until: datetime | None = None
    cases: UrgentCases | None = None
    look_due: datetime | None = None
    joined_at: datetime | None = None
    joined_due: datetime | None = None
    ended: bool = True
    due: datetime | None = None

    def asked(self) -> tuple[str, ...]:
        """The people whose acknowledgement is waited for."""
        return tuple(dict.fromkeys(ask.person for ask in self.asks if ask.kind in ASKING))


class Deed(StrEnum):
    """What a person can do about an incident; ``urgent``: a case became so, which nobody did."""

    ACKNOWLEDGED = "acknowledged"
    DELEGATED = "delegated"
    RESOLVED = "resolved"
    PROMISED = "promised"
    TAKEN_OVER = "taken_over"
    TESTED = "tested"
    URGENT = "urgent"


class Handling(Struct, frozen=True, kw_only=True):
    """Something that a person did about an incident, the wish for a test page, or word that a case is urgent.

    `incident` is the case where that is urgent. `to` is to whom it was delegated, or whom a test goes to; `until` is
    the promised time of the next update. `id` makes it count once, however often it is sent.
    """

    id: str
    incident: str
    deed: Deed
    by: str
    at: datetime
    to: str = ""
    until: datetime | None = None


def id_of_test(wish: str, person: str) -> str:
    """The id under which paging stands of the test page to one person that a wish leads to."""
    return identity("test", wish, person)


def id_of_urgent(brand: str) -> str:
    """The id under which paging stands over the urgent cases of a brand."""
    return identity("urgent", brand)


def urgent_handling(case: str, revision: int, at: datetime) -> Handling:
    """Word for paging that a case is urgent, since a revision of its mention; it counts once for each revision."""
    return Handling(id=identity("urgent", case, str(revision)), incident=case, deed=Deed.URGENT, by="", at=at)


def handling_of(  # noqa: PLR0917 - what it is
    incident: str, deed: Deed, by: str, at: datetime, to: str = "", until: datetime | None = None
) -> Handling:
    """What somebody does now; the same person does the same thing in one moment only once."""
    id_ = identity("handling", incident, deed, by, at.isoformat())
    return Handling(id=id_, incident=incident, deed=deed, by=by, at=at, to=to, until=until)
