"""Cases, drafts and approved replies in the store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Row, and_, delete, func, select, tuple_, update

from adapters.database import cursor_place, cursor_text, insert
from adapters.instants import microseconds
from adapters.store_parts import Reads, Writes, columns, thing
from adapters.tables_brands import cases, deliveries, drafts, erased, mentions
from core.case import UNANSWERED, Case, Delivery, DeliveryState, Draft, Grade
from core.ports.queries import CasePage, CaseQuery

_FINISHED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNCLEAR, DeliveryState.WITHDRAWN)
_RANKS = {grade: rank for rank, grade in enumerate(Grade)}


class CaseReads(Reads):
    """The reading side."""

    def case(self, id: str) -> Case | None:  # noqa: A002 - the port's name
        """One case."""
        with self._database.reading() as connection:
            row = connection.execute(select(cases).where(cases.c.id == id)).first()
        return thing(row, Case) if row else None

    def cases(self, query: CaseQuery) -> CasePage:
        """A page of cases: gravest grade first, then the nearer golden target, then the nearer limit; or newest first.

        Raises:
            InputError: the cursor can't be read.
        """
        wanted = select(cases).where(cases.c.state.in_(query.states or UNANSWERED)).limit(query.limit + 1)
        if query.brand:
            wanted = wanted.where(cases.c.brand == query.brand)
        if query.grade:
            wanted = wanted.where(cases.c.rank == _RANKS[query.grade])
        if query.opened_since:
            wanted = wanted.where(cases.c.opened_at >= query.opened_since)
        if query.limit_since:
            wanted = wanted.where(cases.c.limit_at >= query.limit_since)
        if query.limit_until:
            wanted = wanted.where(cases.c.limit_at < query.limit_until)
        place: list[Column[Any]]
        kind = "newest" if query.order == "newest" else "deadline"
        if kind == "newest":
            place = [cases.c.opened_at, cases.c.id]
            wanted = wanted.order_by(*(column.desc() for column in place))
            if query.cursor:
                wanted = wanted.where(tuple_(*place) < tuple_(*cursor_place(query.cursor, kind, (int, str))))
        else:
            place = [cases.c.rank, cases.c.golden_at, cases.c.limit_at, cases.c.id]
            wanted = wanted.order_by(*place)
            if query.cursor:
                after = cursor_place(query.cursor, kind, (int, int, int, str))
                wanted = wanted.where(tuple_(*place) > tuple_(*after))
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        following = ""
        if len(rows) > query.limit:
            rows = rows[: query.limit]
            following = cursor_text(kind, *(_plain(rows[-1], column.name) for column in place))
        return CasePage(tuple(thing(row, Case) for row in rows), following)

    def case_counts(self, brand: str, now: datetime, soon: datetime) -> Mapping[str, int]:
        """Numbers of cases that need an answer; ``soon`` are those that aren't overdue yet."""
        overdue = cases.c.limit_at < now
        wanted = select(
            func.count(),
            func.count().filter(overdue),
            func.count().filter(and_(~overdue, cases.c.limit_at < soon)),
            func.count().filter(cases.c.grade == Grade.URGENT),
        ).where(cases.c.state.in_(UNANSWERED))
        if brand:
            wanted = wanted.where(cases.c.brand == brand)
        with self._database.reading() as connection:
            numbers = connection.execute(wanted).one()
        return dict(zip(("open", "overdue", "soon", "urgent"), numbers, strict=True))

    def first_responses(self, since: datetime) -> Mapping[str, int]:
        """How the first replies to cases opened since a moment stood to the clocks, in numbers."""
        sent, golden_at, limit_at = mentions.c.sent, cases.c.golden_at, cases.c.limit_at
        wanted = (
            select(
                func.count().filter(and_(sent <= golden_at, sent <= limit_at)),
                func.count().filter(and_(sent > golden_at, sent <= limit_at)),
                func.count().filter(sent > limit_at),
            )
            .select_from(cases.join(mentions, mentions.c.id == cases.c.mention))
            .where(cases.c.opened_at >= since, sent.is_not(None))
        )
        with self._database.reading() as connection:
            numbers = connection.execute(wanted).one()
        return dict(zip(("golden", "limit", "late"), numbers, strict=True))

    def drafts(self, case: str) -> Sequence[Draft]:
        """The drafts of a case, best first."""
        wanted = select(drafts).where(drafts.c.case_id == case).order_by(drafts.c.position)
        with self._database.reading() as connection:
            return [thing(row, Draft) for row in connection.execute(wanted)]

    def deliveries(self, case: str = "", states: Sequence[DeliveryState] = (), limit: int = 50) -> Sequence[Delivery]:
        """Approved replies, newest first."""
        wanted = select(deliveries).order_by(deliveries.c.approved_at.desc(), deliveries.c.id.desc()).limit(limit)
        if case:
            wanted = wanted.where(deliveries.c.case_id == case)
        if states:
            wanted = wanted.where(deliveries.c.state.in_(states))
        with self._database.reading() as connection:
            return [thing(row, Delivery, case=row.case_id) for row in connection.execute(wanted)]


class CaseWrites(Writes):
    """The side of a unit."""

    def put_case(self, case: Case, drafts: Sequence[Draft]) -> bool:
        """Open a case with its drafts; false (and no change) where it exists, or where its mention was erased."""
        if self._is_erased(case.mention):
            return False
        statement = insert(self._connection, cases).on_conflict_do_nothing(index_elements=["id"])
        if self._connection.execute(statement, columns(case, rank=_RANKS[case.grade])).rowcount != 1:
            return False
        self._write_drafts(case.id, drafts)
        self.changed("cases")
        return True

    def change_case(self, case: Case) -> bool:
        """Replace a case whose stored version is `case.version`, raising it by one; false where it has moved on."""
        row = columns(case, rank=_RANKS[case.grade]) | {"version": case.version + 1}
        changed = update(cases).where(cases.c.id == case.id, cases.c.version == case.version).values(row)
        if self._connection.execute(changed).rowcount != 1:
            return False
        self.changed("cases")
        return True

    def put_drafts(self, case: str, drafts: Sequence[Draft]) -> None:
        """Replace a case's drafts. A case that is gone (its mention was erased) gets none."""
        if self._connection.execute(select(cases.c.id).where(cases.c.id == case).with_for_update()).first() is None:
            return
        self._connection.execute(_without_drafts(case))
        self._write_drafts(case, drafts)
        self.changed("cases")

    def put_delivery(self, delivery: Delivery) -> bool:
        """Keep an approved reply; false where it was there already, or where its mention was erased."""
        if self._is_erased(delivery.mention):
            return False
        row = columns(delivery, case_id=delivery.case)
        del row["case"]
        statement = insert(self._connection, deliveries).on_conflict_do_nothing(index_elements=["id"])
        if self._connection.execute(statement, row).rowcount != 1:
            return False
        self.changed("deliveries")
        return True

    def move_delivery(
        self,
        delivery: str,
        before: DeliveryState,
        after: DeliveryState,
        at: datetime,
        detail: str = "",
        *,
        would_be_sent: bool = False,
    ) -> bool:
        """Change a delivery's state if it is `before`; false where it isn't.

        A claim notes the time, and so does a state that ends it.
        """
        moved = update(deliveries).where(deliveries.c.id == delivery, deliveries.c.state == before)
        finished_at = at if after in _FINISHED else None
        moved = moved.values(state=after, finished_at=finished_at, detail=detail, would_be_sent=would_be_sent)
        if after is DeliveryState.CLAIMED:
            moved = moved.values(claimed_at=at)
        if self._connection.execute(moved).rowcount != 1:
            return False
        self.changed("deliveries")
        return True

    def _write_drafts(self, case: str, drafts: Sequence[Draft]) -> None:
        rows = [columns(draft, case_id=case, position=position) for position, draft in enumerate(drafts)]
        if rows:
            self._connection.execute(_one_draft(), rows)

    def _is_erased(self, mention: str) -> bool:
        return self._connection.execute(select(erased.c.mention).where(erased.c.mention == mention)).first() is not None


def _without_drafts(case: str) -> Any:
    return delete(drafts).where(drafts.c.case_id == case)


def _one_draft() -> Any:
    return drafts.insert()


def _plain(row: Row[Any], name: str) -> int | str:
    value = row._asdict()[name]
    return microseconds(value) if isinstance(value, datetime) else value
