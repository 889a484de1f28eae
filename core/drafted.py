"""What is remembered of how a case got its drafts: an edited mention is followed once, and nobody's work is lost.

It is a note beside the case (see `core.ports.unit.Unit.save_cursor`) and holds nothing of the mention's text.
"""

import msgspec
from msgspec import Struct

from core.ports.store import Store
from core.ports.unit import Unit


class Drafted(Struct, frozen=True, kw_only=True):
    """`revision` is that of the mention that was followed last; `own` is true once a person saved a draft."""

    revision: int = 0
    own: bool = False


def drafted(store: Store, case: str) -> Drafted:
    """How a case got its drafts."""
    return msgspec.json.decode(store.cursor(_name(case)) or "{}", type=Drafted)


def note_drafted(unit: Unit, case: str, how: Drafted) -> None:
    """Remember it, in the transaction that keeps the drafts."""
    unit.save_cursor(_name(case), msgspec.json.encode(how).decode())


def _name(case: str) -> str:
    return f"drafted:{case}"
