"""What follows from an event about which people are paged, by the rules and by what the store says now."""

from datetime import datetime, timedelta

import msgspec

from alerting.asking import Action
from alerting.directory import Directory
from alerting.escalation import Event, Quieted, advance
from alerting.quiet import Concern
from alerting.quieting import Silenced
from alerting.urgent import SILENCED_FROM, Urgent
from alerting.urgent_now import urgent_now
from core.alert import Alert, AlertEvent, Incident
from core.escalation import Escalation, EscalationKind
from core.ports.store import Store

_ASKED_AGAIN = timedelta(minutes=1)


class Decider:
    """Asks the store for all that may hold a page back, before anybody is paged.

    Args:
        store: where incidents, silences and cases are.
        silenced: says until when nobody is paged over an incident, None where people are.
    """

    def __init__(self, store: Store, silenced: Silenced | None = None) -> None:
        self._store = store
        self._silenced = silenced

    def decide(
        self, before: Escalation, event: Event, now: datetime, directory: Directory
    ) -> tuple[Escalation, tuple[Action, ...]]:
        """The state after an event, and what is to be done, by the people, rotations and policies that there are now.

        What silences say is asked again within a minute, for they can be taken back; how urgent cases stand before
        every page, for they may be answered.
        """
        known: list[Event] = []
        concern = self._concern(before) if self._silenced else None
        if concern is not None and self._silenced is not None:
            until = self._silenced(concern, now)
            known.append(Quieted(None if until is None else min(until, now + _ASKED_AGAIN)))
        if before.kind is EscalationKind.URGENT and not isinstance(event, Urgent):
            known.append(urgent_now(self._store, before))
        return advance(before, event, now, directory, known=known)

    def _concern(self, state: Escalation) -> Incident | Concern | None:
        """What a silence may hold back."""
        if state.kind is EscalationKind.URGENT:
            return Concern(id=state.incident, brand=state.brand, level=SILENCED_FROM)
        return self._store.incident(state.incident)


def alert_paged_over(store: Store, incident: str) -> Alert | None:
    """The newest alert that people were paged over, else the newest of all."""
    alerts = store.alerts(incident)
    paged = [one for one in alerts if one.event in {AlertEvent.OPENED, AlertEvent.RAISED}]
    return next(reversed(paged or list(alerts)), None)


def put_off(store: Store, state: Escalation, now: datetime) -> None:
    """Leave what can't be decided for a minute."""
    with store.unit() as unit:
        unit.keep_escalation(msgspec.structs.replace(state, due=now + _ASKED_AGAIN))
