"""The page of who is paged after whom: see it, ask it, change it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.parts import Parts
from api.routes.common import brand_names
from api.web.forms import SEE_OTHER, problem_of
from api.web.policy_form import LEVELS, PolicyForm, choices
from api.web.queries import address
from api.web.site import Site
from core.alert import Level, level_of
from core.bounds import is_near
from core.errors import ConflictError, SixminuteError
from core.policies import Fault, Foresight, Ladder, PageForeseen, PolicyChange

PAGE, EDIT = "/policies", "/policies/edit"
_SHOWN_CHANGES = 10

Text = Annotated[str, Form()]
Number = Annotated[int, Form()]


@dataclass(frozen=True)
class Question:
    """Who would be paged: for which brand, at which level, and when, as it was asked; `at` is empty for now."""

    brand: str
    level: str
    at: str
    wrong_time: bool
    foresight: Foresight

    @property
    def rounds(self) -> list[tuple[int, list[PageForeseen]]]:
        """The pages by the round of the ladder."""
        return [(number, list(pages)) for number, pages in groupby(self.foresight.pages, key=lambda one: one.round)]


@dataclass(frozen=True)
class Kept:
    """A policy on the page, and its last changes, the latest first."""

    ladder: Ladder
    changes: Sequence[PolicyChange]

    @property
    def before(self) -> int | None:
        """The version to which the last change is undone; None where nothing was changed."""
        return self.ladder.version - 1 if self.ladder.version else None

    @property
    def idle(self) -> frozenset[int]:
        """The steps, from 0, that page nobody whom those before them don't page already, as it stands now."""
        found, told = set(), list[tuple[Level, frozenset[str]]]()
        for number, (step, meant) in enumerate(zip(self.ladder.policy.steps, self.ladder.steps, strict=True)):
            level, people = level_of(step.from_level), frozenset(one.name for each in meant for one in each.people)
            if people and people <= {name for below, names in told if below <= level for name in names}:
                found.add(number)
            told.append((level, people))
        return frozenset(found)


def add_policy_pages(router: APIRouter, parts: Parts, site: Site) -> None:
    """The page, its form, and what its buttons do."""
    room, desk, clock = _Room(parts, site), parts.policies, parts.clock

    @router.get(PAGE)
    def policies_page(request: Request, brand: str | None = None, level: str = "", at: str = "") -> Response:
        return room.page(request, brand, level, at)

    @router.get(EDIT)
    def edit_page(request: Request, name: str = "") -> Response:
        ladder = room.ladder(name)
        if name and ladder is None:
            return site.missing(request)
        return room.form(request, PolicyForm.of(ladder.policy, ladder.version) if ladder else PolicyForm())

    @router.post(EDIT)
    async def edit(request: Request) -> Response:
        form = await request.form()
        order = form.get("do", "")
        return await run_in_threadpool(room.edited, request, PolicyForm.read(form), str(order))

    @router.post(PAGE)
    def change(request: Request, do: Text, name: Text, version: Number, to: Number = 0) -> Response:
        by, now = site.reader(request).user, clock.now()
        if do == "remove":
            return room.changed(request, name, lambda: desk.remove(name, version, by, now))
        return room.changed(request, name, lambda: desk.restore(name, to, version, by, now))


class _Room:
    """The page and its form, made anew for each request."""

    def __init__(self, parts: Parts, site: Site) -> None:
        self._parts, self._desk, self._clock, self._site = parts, parts.policies, parts.clock, site

    def page(
        self,
        request: Request,
        brand: str | None = None,
        level: str = "",
        at: str = "",
        refused: tuple[str, Sequence[Fault]] | None = None,
    ) -> Response:
        """Everything; `refused`: what spoke against changing the policy of a name; nothing: somebody was faster."""
        now = self._clock.now()
        found = self._desk.ladders(now)
        brands = brand_names(self._parts)
        of = next(iter(brands), "") if brand is None or (brand and brand not in brands) else brand
        when, wrong = _moment(at, self._site.reader(request).format.zone)
        asked = level if level in LEVELS else "orange"
        foresight = self._desk.foresee(of, level_of(asked), when or now)
        return self._site.page(
            request,
            "policies.html",
            found=found,
            brands_asked=brands,
            question=Question(of, asked, "" if wrong else at, wrong, foresight),
            kept=[Kept(each, self._desk.history(each.policy.name)[:_SHOWN_CHANGES]) for each in found.ladders],
            levels=LEVELS,
            saved=request.query_params.get("saved", ""),
            refused=refused,
        )

    def form(self, request: Request, form: PolicyForm, faults: Sequence[Fault] = (), **context: Any) -> Response:
        """The form as it was written, with what is wrong beside each field."""
        found = self._desk.ladders(self._clock.now())
        known = (
            *(f"rotation:{name}" for name in found.rotations),
            *(f"role:{name}" for name in found.roles),
            *found.people,
        )
        changes = self._desk.history(form.name) if form.name and not form.new else ()
        return self._site.page(
            request,
            "policy_edit.html",
            form=form,
            faults=_by_field(faults, len(form.steps)),
            fault_count=len(faults),
            brand_choices=choices(found.brands, form.brands),
            to_choices=[choices(known, step.to) for step in form.steps],
            theirs=changes[0] if changes else None,
            levels=LEVELS,
            **{"checked": False, "outrun": False, **context},
        )

    def edited(self, request: Request, form: PolicyForm, order: str) -> Response:
        """What becomes of the form by one of its buttons."""
        if order not in {"save", "check"}:
            return self.form(request, form.after(order))
        policy, now = form.policy(), self._clock.now()
        # The name of one that was removed is free, and what becomes of it is its next version.
        version = self._version(form.name) if form.new else form.version
        if form.new and self.ladder(form.name) is not None:
            faults: Sequence[Fault] = [Fault(field="name", kind="name_taken", message="", values={"name": form.name})]
        elif order == "check":
            faults = self._desk.faults(policy, now)
        else:
            try:
                faults = self._desk.save(policy, version, self._site.reader(request).user, now)
            except ConflictError:
                # On top of what somebody else saved meanwhile: saving it once more replaces that.
                again = replace(form, new=False, version=self._version(form.name))
                return self.form(request, again, outrun=True)
            except SixminuteError:
                return self.form(request, form, problem="other")
        if faults or order == "check":
            return self.form(request, form, faults, checked=not faults)
        return _done()

    def changed(self, request: Request, name: str, action: Callable[[], Sequence[Fault]]) -> Response:
        """Do what a button asked for; what speaks against it is said on the page."""
        try:
            faults = action()
        except ConflictError:
            return self.page(request, refused=(name, ()))
        except SixminuteError as error:
            return RedirectResponse(address(PAGE, problem=problem_of(error)), SEE_OTHER)
        return self.page(request, refused=(name, faults)) if faults else _done()

    def _version(self, name: str) -> int:
        """That of the last change of a name; 0 without any."""
        return next((change.version for change in self._desk.history(name)), 0)

    def ladder(self, name: str) -> Ladder | None:
        """The policy of a name, if it holds."""
        ladders = self._desk.ladders(self._clock.now()).ladders
        return next((each for each in ladders if each.policy.name == name and each.origin != "usual"), None)


def _done() -> Response:
    return RedirectResponse(address(PAGE, saved="1"), SEE_OTHER)


def _by_field(faults: Sequence[Fault], steps: int) -> Mapping[str, list[Fault]]:
    """Faults by the field beside which they are told."""
    fields = ("", "name", "brands", "levels", "steps", "repeat", "minutes_per_channel")
    found: dict[str, list[Fault]] = {name: [] for name in fields}
    for number in range(steps):
        found |= {f"steps.{number}.to": [], f"steps.{number}.after_minutes": []}
    for fault in faults:
        found[fault.field].append(fault)
    return found


def _moment(text: str, zone: tzinfo) -> tuple[datetime | None, bool]:
    """A time on the clock of the reader's zone as a moment (UTC), and whether it can't be read; empty is none."""
    if not text:
        return None, False
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None, True
    return (at.replace(tzinfo=zone).astimezone(UTC), False) if is_near(at) else (None, True)
