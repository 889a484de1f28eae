"""What a person does with a case: claim, take over, approve, withdraw, resolve, reopen.

The api and the services need the same rules, so they stand here, over the ports. Every change is made on the version
of the case that the person saw; whoever comes second gets a ConflictError that says who was first. Times are UTC.
"""

from datetime import datetime, timedelta

import msgspec

from core.case import UNANSWERED, Case, CaseState, Delivery, DeliveryState
from core.errors import ConflictError, InputError, NotFoundError, SixminuteError
from core.events import REPLIES_APPROVED, ReplyApproved
from core.identity import identity
from core.mention import StoredMention
from core.ports.advisor import ReplyAdvisor
from core.ports.store import Store
from core.ports.unit import Unit
from core.relay import Relay

_UNDER_WAY = (DeliveryState.WAITING, DeliveryState.CLAIMED)


def claim(store: Store, case_id: str, by: str, now: datetime) -> Case:
    """Take a case in hand; claiming one's own case again changes nothing.

    Raises:
        NotFoundError: there is no such case.
        InputError: no name was given.
        ConflictError: somebody else has it, or it is answered already.
    """
    case = _case(store, case_id)
    _named(by)
    _not_with_another(case, by)
    if case.state not in UNANSWERED:
        raise _answered(case)
    if case.state is CaseState.CLAIMED:
        return case
    return _changed(store, msgspec.structs.replace(case, state=CaseState.CLAIMED, claimed_by=by, updated_at=now))


def take_over(store: Store, case_id: str, by: str, now: datetime) -> Case:
    """Take a case in hand that another person has, who is away or asked for it; else like `claim`.

    What the other one does with it afterwards is a conflict that names `by`.

    Raises:
        NotFoundError: there is no such case.
        InputError: no name was given.
        ConflictError: it is answered already, or has changed at this moment.
    """
    case = _case(store, case_id)
    _named(by)
    if case.state is CaseState.CLAIMED and case.claimed_by != by:
        return _changed(store, msgspec.structs.replace(case, claimed_by=by, updated_at=now))
    return claim(store, case_id, by, now)


def approve(
    store: Store,
    relay: Relay,
    advisor: ReplyAdvisor,
    *,
    case_id: str,
    version: int,
    text: str,
    approach: str,
    by: str,
    now: datetime,
    undo_seconds: float,
) -> Delivery:
    """Approve the text of a reply: record who and when, and hand it to the publisher after `undo_seconds`.

    The delivery, the case's new state, the mark in the time budget and the event are one transaction, so nothing is
    sent that isn't recorded. Approving the same text on the same `version` again gives the same delivery.

    Raises:
        NotFoundError: there is no such case, or its mention has been deleted.
        InputError: no name was given, or the text has a fault that must not be sent; the message names it.
        ConflictError: the case has changed since `version`, or somebody else has it.
    """
    _case(store, case_id)
    _named(by)
    delivery_id = identity("delivery", case_id, str(version))
    for earlier in store.deliveries(case=case_id):
        same = (earlier.id, earlier.text, earlier.approved_by) == (delivery_id, text, by)
        if same and earlier.state is not DeliveryState.WITHDRAWN:
            return earlier
    case, stored = workable(store, case_id, version, by)
    for finding in advisor.lint(case.channel, text, stored.mention.text):
        if finding.severity == "fail":
            raise InputError(f"The reply can't be sent ({finding.rule}): {finding.message['en']} {finding.fix['en']}")
    delivery = Delivery(
        id=delivery_id,
        case=case_id,
        mention=case.mention,
        brand=case.brand,
        channel=case.channel,
        text=text,
        approach=approach,
        approved_by=by,
        approved_at=now,
        not_before=now + timedelta(seconds=undo_seconds),
    )
    with store.unit() as unit:
        change(unit, msgspec.structs.replace(case, state=CaseState.APPROVED, claimed_by=by, updated_at=now))
        unit.put_delivery(delivery)
        unit.mark([case.mention], "approved", now)
        event = ReplyApproved(id=identity("approved", delivery_id), case=case_id, delivery=delivery)
        unit.emit(REPLIES_APPROVED, case_id, event)
    flush_later(relay)
    return delivery


def workable(store: Store, case_id: str, version: int, by: str) -> tuple[Case, StoredMention]:
    """A case that `by` may work on as it was at `version`, with its mention.

    Raises:
        NotFoundError: there is no such case, or its mention has been deleted.
        ConflictError: the case has changed since `version`, is answered, or somebody else has it.
    """
    case = _case(store, case_id)
    if case.version != version:
        raise _moved_on(case)
    if case.state not in UNANSWERED:
        raise _answered(case)
    _not_with_another(case, by)
    stored = store.mention(case.mention)
    if stored is None:
        raise NotFoundError(f"The mention of case {case_id} has been deleted: there is nobody to answer.")
    return case, stored


def withdraw(store: Store, case_id: str, by: str, now: datetime) -> Case:
    """Take back an approved reply that has not gone out; the case is again in the hands of `by`.

    Raises:
        NotFoundError: there is no such case.
        InputError: no name was given.
        ConflictError: no reply waits any more: it is on its way, or was never approved.
    """
    case = _case(store, case_id)
    _named(by)
    waiting = store.deliveries(case=case_id, states=(DeliveryState.WAITING,))
    if not waiting or case.state is not CaseState.APPROVED:
        raise ConflictError(f"No reply of case {case_id} is waiting: it has gone out, or none was approved.")
    with store.unit() as unit:
        for delivery in waiting:
            if not unit.move_delivery(
                delivery.id, DeliveryState.WAITING, DeliveryState.WITHDRAWN, now, f"withdrawn by {by}"
            ):
                raise ConflictError(f"The reply of case {case_id} is already on its way and can't be withdrawn.")
        change(unit, msgspec.structs.replace(case, state=CaseState.CLAIMED, claimed_by=by, updated_at=now))
    return _case(store, case_id)


def resolve(store: Store, case_id: str, by: str, now: datetime) -> Case:
    """Close a case; resolving a resolved one changes nothing.

    A reply with an unclear outcome doesn't keep a case open: whoever resolves it has looked.

    Raises:
        NotFoundError: there is no such case.
        InputError: no name was given.
        ConflictError: a reply is under way, or somebody else has the case.
    """
    case = _case(store, case_id)
    _named(by)
    if case.state is CaseState.RESOLVED:
        return case
    if case.state is CaseState.CLAIMED:
        _not_with_another(case, by)
    _nothing_under_way(store, case_id)
    changed = msgspec.structs.replace(
        case, state=CaseState.RESOLVED, claimed_by=case.claimed_by or by, resolved_at=now, updated_at=now
    )
    return _changed(store, changed)


def reopen(store: Store, case_id: str, by: str, now: datetime) -> Case:
    """Put an answered, resolved or stuck case back into the queue; an unanswered one stays as it is.

    The times of earlier answers stay in the deliveries; `answered_at` and `resolved_at` begin anew.

    Raises:
        NotFoundError: there is no such case.
        InputError: no name was given.
        ConflictError: a reply is under way.
    """
    case = _case(store, case_id)
    _named(by)
    if case.state in UNANSWERED:
        return case
    _nothing_under_way(store, case_id)
    changed = msgspec.structs.replace(
        case, state=CaseState.OPEN, claimed_by="", answered_at=None, resolved_at=None, updated_at=now
    )
    return _changed(store, changed)


def flush_later(relay: Relay) -> None:
    """Bring events to the bus now if it has room; a bus that can't take them gets them with the next flush."""
    try:
        relay.flush()
    except SixminuteError:
        # The change is committed and its event waits in the outbox: telling the person of a failure would be wrong.
        return


def _case(store: Store, case_id: str) -> Case:
    case = store.case(case_id)
    if case is None:
        raise NotFoundError(f"There is no case {case_id}: it never existed, or its mention has been deleted.")
    return case


def _named(by: str) -> None:
    if not by.strip():
        raise InputError("Say who you are: every change of a case records a name.")


def _not_with_another(case: Case, by: str) -> None:
    if case.claimed_by and case.claimed_by != by and case.state in UNANSWERED:
        raise ConflictError(f"Case {case.id} is with {case.claimed_by}: ask them, or take it over.")


def _nothing_under_way(store: Store, case_id: str) -> None:
    if store.deliveries(case=case_id, states=_UNDER_WAY):
        raise ConflictError(f"A reply of case {case_id} is under way: withdraw it first, or wait until it is sent.")


def change(unit: Unit, case: Case) -> None:
    """Replace a case whose stored version is `case.version`, raising it by one.

    Raises:
        ConflictError: it has moved on.
    """
    if not unit.change_case(case):
        raise _moved_on(case)


def _moved_on(case: Case) -> ConflictError:
    return ConflictError(f"Case {case.id} has changed since you opened it: look at it again.")


def _answered(case: Case) -> ConflictError:
    return ConflictError(f"Case {case.id} is {case.state} already: reopen it to work on it again.")


def _changed(store: Store, case: Case) -> Case:
    with store.unit() as unit:
        change(unit, case)
    return _case(store, case.id)
