"""What a person does with silences: make one, extend it, end it. Times are UTC."""

from datetime import datetime

from core.alert import Level
from core.errors import ConflictError, InputError, NotFoundError
from core.identity import identity
from core.ports.store import Store
from core.quiet import LONGEST, Silence

LONGEST_REASON = 500


def silence(
    store: Store,
    *,
    by: str,
    reason: str,
    until: datetime,
    now: datetime,
    since: datetime | None = None,
    brand: str = "",
    source: str = "",
    level: Level = Level.ORANGE,
) -> Silence:
    """Silence incidents of a brand or of a source up to a level, from `since` (now, if not given) to `until`.

    Raises:
        InputError: what is given can't be; the message says what.
    """
    since = since or now
    reason = " ".join(reason.split())
    if not by.strip():
        raise InputError("Say who you are: a silence has an owner.")
    if not reason:
        raise InputError("Say why: whoever comes next must understand why nobody was told.")
    if len(reason) > LONGEST_REASON:
        raise InputError(f"The reason has {len(reason)} characters; {LONGEST_REASON} are kept: shorten it.")
    if not (brand or source):
        raise InputError("Name a brand or a source: everything at once can't be silenced.")
    if until <= max(since, now):
        raise InputError("The end must lie ahead, and after the beginning.")
    if until - since > LONGEST or until - now > 2 * LONGEST:
        raise InputError(f"A silence lasts {LONGEST.days} days at most: choose an earlier end.")
    made = Silence(
        id=identity("silence", by, brand, source, str(int(level)), since.isoformat(), now.isoformat()),
        owner=by,
        reason=reason,
        since=since,
        until=until,
        brand=brand,
        source=source,
        level=level,
        made_at=now,
    )
    with store.unit() as unit:
        unit.put_silence(made)
    return made


def extend(store: Store, silence_id: str, until: datetime, by: str, now: datetime) -> Silence:
    """Give a silence another end, which may be nearer too.

    Raises:
        NotFoundError: there is no such silence.
        ConflictError: it has ended.
        InputError: the end is past, or more than 30 days ahead.
    """
    found = _found(store, silence_id)
    if until <= max(found.since, now):
        raise InputError("The end must lie ahead, and after the beginning.")
    if until - max(found.since, now) > LONGEST:
        raise InputError(f"A silence lasts {LONGEST.days} days at most from now on: choose an earlier end.")
    with store.unit() as unit:
        if not unit.extend_silence(silence_id, until, by, now):
            raise _ended(_found(store, silence_id))
    return _found(store, silence_id)


def end(store: Store, silence_id: str, by: str, now: datetime) -> Silence:
    """Take a silence back. Ending it again changes nothing.

    Raises:
        NotFoundError: there is no such silence.
    """
    _found(store, silence_id)
    with store.unit() as unit:
        unit.end_silence(silence_id, by, now)
    return _found(store, silence_id)


def _found(store: Store, silence_id: str) -> Silence:
    found = store.silence(silence_id)
    if found is None:
        raise NotFoundError(f"There is no silence {silence_id}.")
    return found


def _ended(found: Silence) -> ConflictError:
    by = f" by {found.ended_by}" if found.ended_by else ""
    return ConflictError(f"The silence ended{by} meanwhile: make a new one.")
