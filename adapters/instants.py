"""Moments as whole numbers, so that every database orders and compares them exactly and without time zones."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Microseconds from 1970-01-01 UTC to an aware moment; exact, unlike `datetime.timestamp`."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The moment in UTC, so many microseconds after 1970-01-01."""
    return _EPOCH + timedelta(microseconds=microseconds)
