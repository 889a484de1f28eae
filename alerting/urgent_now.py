"""How the urgent cases of a brand stand, asked of the store."""

from alerting.urgent import Urgent
from core.alert import Level
from core.case import UNFINISHED, Case, Grade
from core.escalation import Escalation, UrgentCases
from core.ports.queries import CaseQuery
from core.ports.store import Store

_MOST = 200
"""What is told of more than that is no different."""
_OPEN_AT_ONCE = 200


def urgent_now(store: Store, state: Escalation, fresh: Case | None = None) -> Urgent:
    """How the cases stand that people are paged over, with one that became urgent just now.

    Those count that were opened since the first of them: what was left lying before that pages nobody.
    """
    brand = fresh.brand if fresh else state.brand
    begun = [state.cases.since] if state.cases and not state.ended else []
    since = min([*begun, *([fresh.opened_at] if fresh else [])], default=None)
    if since is None:
        return Urgent(brand, None)
    query = CaseQuery(brand=brand, states=UNFINISHED, grade=Grade.URGENT, opened_since=since, limit=_MOST)
    found = store.cases(query).items
    if not found:
        return Urgent(brand, None)
    first = min(found, key=lambda case: (case.limit_at, case.id))
    last = max(found, key=lambda case: (case.updated_at, case.id))
    cases = UrgentCases(
        count=len(found),
        case=first.id,
        answer_by=first.limit_at,
        why=first.why_grade,
        since=since,
        claimed_by=last.claimed_by if all(case.claimed_by for case in found) else "",
    )
    # One that was answered before it could be told is no news, though others are open.
    is_open = fresh is not None and any(case.id == fresh.id for case in found)
    return Urgent(brand, cases, fresh.id if fresh and is_open else "", _owner(store, brand))


def _owner(store: Store, brand: str) -> str:
    """Who has the gravest incident of the brand in hand that is open, from orange on."""
    grave = [
        incident
        for incident in store.incidents(brand, open_only=True, limit=_OPEN_AT_ONCE).items
        if incident.level >= Level.ORANGE and incident.acknowledged_by
    ]
    return max(grave, key=lambda one: (one.level, one.id)).acknowledged_by if grave else ""
