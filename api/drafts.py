"""What a person does to the drafts of a case: save an edited one, or have them made anew."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from api.parts import Parts
from core.case import Case, CaseState, Draft
from core.casework import flush_later
from core.errors import ConflictError, NotFoundError
from core.events import DRAFTS, DraftsReady
from core.identity import identity
from core.mention import StoredMention


def save(parts: Parts, *, case_id: str, version: int, text: str, approach: str, by: str, now: datetime) -> Case:
    """Keep an edited draft with the faults it has now, in the place of the one of the same approach.

    Raises:
        NotFoundError: there is no such case, or its mention has been deleted.
        ConflictError: the case has changed since `version`, is answered, or somebody else has it.
    """
    case, stored = _workable(parts, case_id, version, by)
    findings = tuple(parts.advisor.lint(case.channel, text, stored.mention.text))
    edited = Draft(text=text, approach=approach, language=case.language, findings=findings)
    drafts = list(parts.store.drafts(case_id))
    place = next((at for at, draft in enumerate(drafts) if draft.approach == approach), len(drafts))
    drafts[place : place + 1] = [edited]
    return _put(parts, case, drafts, now)


def make_anew(parts: Parts, *, case_id: str, version: int, by: str, now: datetime) -> Case:
    """Replace the drafts of a case by new ones.

    Raises:
        NotFoundError: there is no such case, or its mention has been deleted.
        ConflictError: the case has changed since `version`, is answered, or somebody else has it.
    """
    case, stored = _workable(parts, case_id, version, by)
    mention = stored.mention
    return _put(
        parts, case, parts.advisor.suggest(case.channel, mention.text, mention.created_at, case.brand).drafts, now
    )


def _workable(parts: Parts, case_id: str, version: int, by: str) -> tuple[Case, StoredMention]:
    case = parts.store.case(case_id)
    stored = parts.store.mention(case.mention) if case else None
    if case is None or stored is None:
        raise NotFoundError(f"There is no case {case_id}: it never existed, or its mention has been deleted.")
    if case.version != version:
        raise ConflictError(f"Case {case_id} has changed since you opened it: look at it again.")
    if case.state not in {CaseState.OPEN, CaseState.CLAIMED}:
        raise ConflictError(f"Case {case_id} is {case.state} already: reopen it to work on it again.")
    if case.claimed_by not in {"", by}:
        raise ConflictError(f"Case {case_id} is with {case.claimed_by}: ask them, or wait until it is free.")
    return case, stored


def _put(parts: Parts, case: Case, drafts: Sequence[Draft], now: datetime) -> Case:
    with parts.store.unit() as unit:
        if not unit.change_case(msgspec.structs.replace(case, updated_at=now)):
            raise ConflictError(f"Case {case.id} has changed since you opened it: look at it again.")
        unit.put_drafts(case.id, drafts)
        event = DraftsReady(
            id=identity("drafts", case.id, str(case.version)),
            case=case.id,
            mention_id=case.mention,
            drafts=tuple(drafts),
        )
        unit.emit(DRAFTS, case.id, event)
    flush_later(parts.relay)
    return msgspec.structs.replace(case, updated_at=now, version=case.version + 1)
