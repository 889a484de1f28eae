"""How an incident, urgent cases, or a test stand for somebody who was paged: what they can still answer."""

from typing import Literal

from msgspec import Struct

from core.alert import Incident
from core.escalation import Escalation, EscalationKind
from core.ports.store import Store

State = Literal["open", "passed", "mine", "others", "over", "test", "unknown"]
ANSWERABLE: frozenset[State] = frozenset({"open", "passed", "test"})
"""Where an answer is waited for."""


class Standing(Struct, frozen=True):
    """How an incident stands for a person.

    ``open``: nobody has it in hand yet, or this person has and is asked again; ``passed``: whoever has it passes it on
    to this person; ``mine``: this person has it; ``others``: somebody else has; ``over``: it has ended; ``test``: it is
    a test that waits for an answer; ``unknown``: nothing is kept under that name any more, or a test is over.
    `incident` is None in the last two, and where it is about urgent cases: then `urgent` is where paging stands.
    """

    state: State
    incident: Incident | None = None
    urgent: Escalation | None = None

    @property
    def holder(self) -> str:
        """Who has it in hand; empty where nobody has."""
        found = self.incident or self.urgent
        return found.acknowledged_by if found else ""


def standing(store: Store, incident: str, person: str) -> Standing:
    """How it stands now."""
    found, paged = store.incident(incident), store.escalation(incident)
    if found is None and paged is not None and paged.kind is EscalationKind.URGENT:
        return Standing("over" if paged.ended else _of_open(paged, paged, person), urgent=paged)
    if found is None:
        return Standing("test" if paged and person in paged.asked() else "unknown")
    if found.closed_at is not None or (paged and paged.resolved_by):
        return Standing("over", found)
    return Standing(_of_open(found, paged, person), found)


def _of_open(incident: Incident | Escalation, paged: Escalation | None, person: str) -> State:
    if not incident.acknowledged_by:
        return "open"
    if paged and paged.passing and paged.passing.to == person:
        return "passed"
    if incident.acknowledged_by != person:
        return "others"
    return "open" if paged and person in paged.asked() else "mine"
