"""What a person does to the drafts of a case: save an edited one, or have them made anew."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from api.parts import Parts
from core.case import Case, Draft
from core.casework import change, flush_later, workable
from core.drafted import drafted, note_drafted
from core.events import DRAFTS, drafts_event


def save(parts: Parts, *, case_id: str, version: int, text: str, approach: str, by: str, now: datetime) -> Case:
    """Keep an edited draft with the faults it has now, in the place of the one of the same approach.

    Raises:
        NotFoundError: there is no such case, or its mention has been deleted.
        ConflictError: the case has changed since `version`, is answered, or somebody else has it.
    """
    case, stored = workable(parts.store, case_id, version, by)
    findings = tuple(parts.advisor.lint(case.channel, text, stored.mention.text))
    edited = Draft(text=text, approach=approach, language=case.language, findings=findings)
    drafts = list(parts.store.drafts(case_id))
    place = next((at for at, draft in enumerate(drafts) if draft.approach == approach), len(drafts))
    drafts[place : place + 1] = [edited]
    return _put(parts, case, drafts, now, own=True)


def make_anew(parts: Parts, *, case_id: str, version: int, by: str, now: datetime) -> Case:
    """Replace the drafts of a case by new ones, in other words.

    Raises:
        NotFoundError: there is no such case, or its mention has been deleted.
        ConflictError: the case has changed since `version`, is answered, or somebody else has it.
    """
    case, stored = workable(parts.store, case_id, version, by)
    return _put(parts, case, parts.advisor.redraft(stored, version + 1), now, own=False)


def _put(parts: Parts, case: Case, drafts: Sequence[Draft], now: datetime, *, own: bool) -> Case:
    changed = msgspec.structs.replace(case, updated_at=now, version=case.version + 1)
    with parts.store.unit() as unit:
        change(unit, msgspec.structs.replace(case, updated_at=now))
        unit.put_drafts(case.id, drafts)
        note_drafted(unit, case.id, msgspec.structs.replace(drafted(parts.store, case.id), own=own))
        unit.emit(DRAFTS, case.id, drafts_event(changed, drafts))
    flush_later(parts.relay)
    return changed
