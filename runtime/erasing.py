"""Removing what is kept about a brand or a mention, everywhere it is kept."""

import json

from core.errors import ConflictError, InputError, NotFoundError
from core.events import CONSUMERS, TOPICS, DeadLetter, decode
from core.ports.bus import Received
from runtime.wiring.house import House

_PATIENCE_SECONDS = 15.0
_LETTERS = 10_000


def erase_brand(house: House, brand: str, patience: float = _PATIENCE_SECONDS) -> int:
    """Remove everything kept about a brand, dead letters that name it included; say how many mentions it had.

    What stages have done already leaves the bus with its retention.

    Raises:
        ConflictError: stages still work on what is on the bus; it would come back.
    """
    _let_stages_finish(house, patience)
    removed = house.store.erase_brand(brand)
    _drop_letters(house, brand)
    return removed


def erase_mention(house: House, mention: str, patience: float = _PATIENCE_SECONDS) -> None:
    """Remove one mention with its case, drafts and dead letters; the counts go down by it.

    Raises:
        NotFoundError: there is no such mention.
        ConflictError: stages still work on what is on the bus, or counted at the same moment.
    """
    stored = house.store.mention(mention)
    if stored is None:
        raise NotFoundError(f"There is no mention {mention}.")
    _let_stages_finish(house, patience)
    brand = stored.mention.brand
    version, _ = house.store.series(brand, house.clock.now())
    with house.store.unit() as unit:
        unit.erase_mentions([mention])
        unit.tally(brand, (), gone=[mention])
        if not unit.claim_series(brand, version):
            raise ConflictError("The counts changed at the same moment: try again.")
    _drop_letters(house, mention)


def _let_stages_finish(house: House, patience: float) -> None:
    ends = house.clock.monotonic() + patience
    while waiting := sum(house.bus.lag(group, topic) for topic, groups in CONSUMERS.items() for group in groups):
        if house.clock.monotonic() >= ends:
            raise ConflictError(
                f"{waiting} messages still wait for a stage, and what is erased now could come back with them: "
                "let sixminute up, or the workers, finish them, then try again."
            )
        house.clock.sleep(0.1)


def _drop_letters(house: House, named: str) -> None:
    """Remove dead letters in which a brand or a mention is named as a JSON string."""
    sign = json.dumps(named, ensure_ascii=False)
    for topic in TOPICS:
        letters = house.bus.browse(f"{topic}.dead", limit=_LETTERS)
        house.bus.remove(f"{topic}.dead", [each for each in letters if sign in _original(each)])


def _original(letter: Received) -> str:
    try:
        return decode(letter.value, DeadLetter).value
    except InputError:
        # Another program's: whatever it is, the name may stand in it.
        return letter.value.decode("utf-8", "replace")
