"""What holds of paging whatever happens, in whatever order."""

from collections import Counter
from datetime import datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.escalation import Passed, advance
from alerting.policies import Rotation, Step
from core.alert import AlertEvent, Level
from core.paging import ASKING, PageKind
from tests.unit.alerting.escalating import INCIDENT, Timeline, ladder, person

NAMES = ("A", "B", "C", "X")
PEOPLE = (
    person("A", "sms", "email", quiet_from=time(22), quiet_to=time(7)),
    person("B", "email", role="manager", zone="Europe/Berlin"),
    person("C", "sms", quiet_from=time(12), quiet_to=time(13), quiet_until="red"),
    person("X", "call", "sms", role="executive"),
)
TURNS = Rotation(name="all", people=("A", "C"), starts=datetime.fromisoformat("2026-03-02 09:00"), every="5 hours")
POLICY = ladder(
    ["rotation:all"], Step(to=("B", "A"), after_minutes=3), Step(to=("role:executive",), from_level="orange"), repeat=2
)

_deeds = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 300)),
    st.tuples(st.just("alert"), st.sampled_from(Level)),
    st.tuples(st.just("close"), st.none()),
    st.tuples(st.sampled_from(["acknowledge", "resolve", "promise"]), st.sampled_from(NAMES)),
    st.tuples(st.just("delegate"), st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))),
    st.tuples(st.sampled_from(["fail", "refuse", "mend", "hang"]), st.sampled_from(["sms", "email", "call"])),
)


def do(house: Timeline, deed: str, what: object) -> None:
    house.at(f"{house.now + timedelta(seconds=1):%Y-%m-%d %H:%M:%S.%f}")
    match deed, what:
        case "wait", int(minutes):
            house.at(f"{house.now + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S.%f}")
        case "alert", Level() as level:
            house.alert(level)
        case "close", _:
            house.closes()
        case "acknowledge", str(name):
            house.acknowledges(name)
        case "resolve", str(name):
            house.resolves(name)
        case "promise", str(name):
            house.promises(name, f"{house.now + timedelta(minutes=40):%Y-%m-%d %H:%M:%S.%f}")
        case "delegate", (str(by), str(to)):
            house.delegates(by, to)
        case (("fail" | "refuse"), str(channel)):
            house.fails(channel, permanent=deed == "refuse")
        case "mend", str(channel):
            house.works(channel)
        case "hang", str(channel):
            house.hangs(channel)


@given(st.lists(_deeds, max_size=25))
@settings(max_examples=100)
def test_whatever_happens(deeds: list[tuple[str, object]]) -> None:
    house = Timeline(*PEOPLE, policy=POLICY, rotations=(TURNS,))
    for deed, what in (("alert", Level.YELLOW), *deeds):
        sent = len(house.pages)
        before = house.states[INCIDENT].acknowledged_by if INCIDENT in house.states else ""
        do(house, deed, what)
        state = house.state
        # Nothing that is due is left undone, so that nobody looks again and again.
        later, actions = advance(state, Passed(), house.now, house.directory)
        assert not actions or state.due == house.now
        assert later.due is None or later.due > house.now or later.passing
        if state.ended:
            assert not state.asked()
            assert state.step_due is state.passing is state.handover_at is None
        if not state.ended and not state.acknowledged_by:
            # Nobody has it: the ladder goes on, or it was reported that it came to its end.
            ends = {"escalation_unanswered", "policy_reaches_nobody"}
            assert state.step_due or ends & {report[0] for report in house.reports}
        if state.acknowledged_by and not state.passing:
            assert not state.asked()
        if (
            state.acknowledged_by
            and deed in {"acknowledge", "promise", "fail", "mend"}
            and before == state.acknowledged_by
        ):
            asked = {page.ask.kind for page in house.pages[sent:]} & ASKING
            assert asked <= {PageKind.DELEGATED, PageKind.HANDOVER}, "whoever has it is left in peace"
    at_once = Counter((page.ask.page, page.channel, page.ask.sent_at) for page in house.pages)
    assert max(at_once.values(), default=0) <= 1
    once = {
        (page.ask.person, page.ask.level, page.ask.page)
        for page in house.pages
        if page.ask.kind in {PageKind.OPENED, PageKind.RAISED}
    }
    opened = sum(event is AlertEvent.OPENED for event in house.events)
    assert all(number <= opened for number in Counter((name, level) for name, level, _ in once).values())
    assert INCIDENT in house.states
