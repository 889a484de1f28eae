"""What a person does about the label of a mention: say what is right, or take that back.

The mention shows the new label from then on, and the counts of the alarm follow, because an event tells of it as of an
edit (see docs/decisions/0011-corrections.md). Times are UTC.
"""

from datetime import datetime

import msgspec

from core.casework import flush_later
from core.errors import ConflictError, InputError, NotFoundError
from core.events import MENTIONS_SCORED, corrected_event
from core.mention import LABELS, Correction, Label, StoredMention
from core.ports.store import Store
from core.ports.unit import Unit
from core.relay import Relay


def correct(
    store: Store,
    relay: Relay,
    *,
    mention_id: str,
    label: Label,
    by: str,
    now: datetime,
    revision: int | None = None,
) -> StoredMention:
    """Say what the label of a mention is; to confirm it counts too. Saying the same again changes nothing.

    `revision` is that of the text that the person saw, where it is known.

    Raises:
        NotFoundError: there is no such mention.
        InputError: no name was given, or the label is none that a person can give.
        ConflictError: the text has been edited meanwhile.
    """
    stored = _stored(store, mention_id)
    if not by.strip():
        raise InputError("Say who you are: every correction records a name.")
    if label not in LABELS:
        raise InputError(f"A mention can't be called {label}: say negative, neutral or positive.")
    mention, score, before = stored.mention, stored.score, stored.correction
    if revision is not None and revision != mention.revision:
        raise _edited(mention_id)
    if before is not None and (before.label, before.corrected_by) == (label, by):
        return stored
    correction = before or Correction(
        mention=mention.id,
        brand=mention.brand,
        language=score.reading.language,
        label=label,
        given=score.label,
        p_negative=score.p_negative,
        p_neutral=score.p_neutral,
        p_positive=score.p_positive,
        model=score.model,
        corrected_by=by,
        corrected_at=now,
    )
    correction = msgspec.structs.replace(correction, label=label, corrected_by=by, corrected_at=now)
    with store.unit() as unit:
        if not unit.correct(correction, mention.revision):
            raise _edited(mention_id)
        _tell(unit, stored, label, now)
    flush_later(relay)
    return _stored(store, mention_id)


def uncorrect(store: Store, relay: Relay, *, mention_id: str, now: datetime) -> StoredMention:
    """Take back what was said of a mention's text: it has the model's label again. Else nothing changes.

    What was said of a text that has been edited since stays, for the error rates.

    Raises:
        NotFoundError: there is no such mention.
    """
    stored = _stored(store, mention_id)
    with store.unit() as unit:
        if unit.uncorrect(mention_id):
            _tell(unit, stored, stored.correction.given if stored.correction else stored.score.label, now)
    flush_later(relay)
    return _stored(store, mention_id)


def _tell(unit: Unit, stored: StoredMention, label: Label, now: datetime) -> None:
    unit.emit(MENTIONS_SCORED, stored.mention.brand, corrected_event(stored, label, now))


def _stored(store: Store, mention_id: str) -> StoredMention:
    stored = store.mention(mention_id)
    if stored is None:
        raise NotFoundError(f"There is no mention {mention_id}: it never existed, or it was erased.")
    return stored


def _edited(mention_id: str) -> ConflictError:
    return ConflictError(f"Mention {mention_id} has been edited since you opened it: look at it again.")
