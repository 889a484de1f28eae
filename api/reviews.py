"""What is made of labels that people looked at, and of the model's known error, for the API and the pages. UTC."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from api.parts import Parts
from core.alert import Incident
from core.corrected_share import NegativeShare, negative_share
from core.error_rates import ErrorRate, error_rates
from core.segment import WHOLE


def share_of(parts: Parts, brand: str, since: datetime, until: datetime, segment: str = WHOLE) -> NegativeShare:
    """The share of negative among the posts of a range (end exclusive), with its correction."""
    return negative_share(parts.store.label_counts(brand, since, until, segment), parts.known_error)


def behind(incident: Incident, now: datetime, window: timedelta) -> tuple[datetime, datetime]:
    """The range of the posts behind an incident: from a `window` before it opened until it closed, or now."""
    return incident.opened_at - window, incident.closed_at or now


def rates_since(parts: Parts, now: datetime) -> datetime:
    """From when on reviews are counted."""
    return now - timedelta(days=parts.review_days)


def rates_of(parts: Parts, brand: str, now: datetime) -> Sequence[ErrorRate]:
    """How often the model was wrong lately where people looked; `brand` empty: for every brand."""
    return error_rates(parts.store.review_counts(brand, rates_since(parts, now)))
