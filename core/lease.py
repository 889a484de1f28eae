"""Leases: who does what may be done by one at a time, and who is alive."""

from datetime import datetime

from msgspec import Struct


class Lease(Struct, frozen=True, kw_only=True):
    """A name that a `holder` has until a moment (UTC), unless it is renewed; `note` is theirs to say what they do."""

    name: str
    holder: str
    until: datetime
    note: str = ""
