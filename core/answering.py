"""How an incident, or a test, stands for somebody who was paged: what they can still answer."""

from typing import Literal

from msgspec import Struct

from core.alert import Incident
from core.escalation import Escalation
from core.ports.store import Store

State = Literal["open", "passed", "mine", "others", "over", "test", "unknown"]
ANSWERABLE: frozenset[State] = frozenset({"open", "passed", "test"})
"""Where an answer is waited for."""


class Standing(Struct, frozen=True):
    """How an incident stands for a person.

    ``open``: nobody has it in hand yet, or this person has and is asked again; ``passed``: whoever has it passes it on
    to this person; ``mine``: this person has it; ``others``: somebody else has; ``over``: it has ended; ``test``: it is
    a test that waits for an answer; ``unknown``: nothing is kept under that name any more, or a test is over.
    `incident` is None in the last two.
    """

    state: State
    incident: Incident | None = None


def standing(store: Store, incident: str, person: str) -> Standing:
    """How it stands now."""
    found, paged = store.incident(incident), store.escalation(incident)
    if found is None:
        return Standing("test" if paged and person in paged.asked() else "unknown")
    if found.closed_at is not None or (paged and paged.resolved_by):
        return Standing("over", found)
    return Standing(_of_open(found, paged, person), found)


def _of_open(incident: Incident, paged: Escalation | None, person: str) -> State:
    if not incident.acknowledged_by:
        return "open"
    if paged and paged.passing and paged.passing.to == person:
        return "passed"
    if incident.acknowledged_by != person:
        return "others"
    return "open" if paged and person in paged.asked() else "mine"
