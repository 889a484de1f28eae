"""What somebody who was paged answers: that they take an incident in hand."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from core.alert import Incident
from core.ports.store import Store

State = Literal["open", "mine", "others", "over", "unknown"]


class Standing(Struct, frozen=True):
    """How an incident stands for a person.

    ``open``: nobody has it in hand yet; ``mine``: this person has; ``others``: somebody else has; ``over``: it has
    ended; ``unknown``: no incident is kept under that name, as with a test. `incident` is None there.
    """

    state: State
    incident: Incident | None = None


def standing(store: Store, incident: str, person: str) -> Standing:
    """How it stands now."""
    found = store.incident(incident)
    if found is None:
        return Standing("unknown")
    if found.closed_at is not None:
        return Standing("over", found)
    if not found.acknowledged_by:
        return Standing("open", found)
    return Standing("mine" if found.acknowledged_by == person else "others", found)


def take_in_hand(store: Store, incident: str, person: str, now: datetime) -> None:
    """Note that a person has it in hand, where nobody else has and it hasn't ended. Saying so again changes nothing."""
    if standing(store, incident, person).state == "open":
        with store.unit() as unit:
            unit.acknowledge(incident, person, now)
