"""Who would be paged if nobody ever answered: what is foreseen is what paging does."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.directory import Directory
from alerting.foresight import LONGEST, MOST_PAGES, foresee
from alerting.policies import Person, Policy, Rotation, Step
from core.alert import Incident, Level
from tests.unit.alerting.escalating import ORANGE, RED, Timeline, ladder, person

NIGHT = {"quiet_from": time(22), "quiet_to": time(7), "zone": "Asia/Taipei"}
EVENING = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
"""Half past ten in Taipei."""


def told(directory: Directory, level: Level = ORANGE, at: datetime = EVENING) -> list[tuple[float, str, str]]:
    return [(one.minutes, one.person, one.channel) for one in foresee(directory, "Nimbus", level, at).pages]


def house(*people: Person, policy: Policy | None = None, **fields: object) -> Directory:
    return Timeline(*people, policy=policy, **fields).directory


def test_steps_and_channels_come_in_their_order_with_minutes():
    known = house(person("Mei", "chat", "sms"), person("Bo"), policy=ladder(["Mei"], ["Bo"]))
    assert told(known) == [(0, "Mei", "chat"), (2, "Mei", "sms"), (5, "Bo", "sms")]
    foreseen = foresee(known, "Nimbus", ORANGE, EVENING)
    assert (foreseen.policy, foreseen.ends_at, foreseen.more) == ("ladder", EVENING + timedelta(minutes=10), False)


def test_every_round_is_listed_with_its_number():
    known = house(person("Mei"), policy=ladder(["Mei"], repeat=3))
    foreseen = foresee(known, "Nimbus", ORANGE, EVENING)
    assert [(one.minutes, one.round) for one in foreseen.pages] == [(0, 1), (5, 2), (10, 3)]


def test_whoever_sleeps_is_told_in_the_morning_unless_it_is_grave():
    known = house(person("Mei", **NIGHT), person("Bo"), policy=ladder(["Mei"], ["Bo"]))
    foreseen = foresee(known, "Nimbus", Level.YELLOW, EVENING)
    found = [(one.minutes, one.person, one.held) for one in foreseen.pages]
    assert found[:2] == [(5, "Bo", False), (510, "Mei", True)]
    (asleep,) = foreseen.asleep
    assert (asleep.name, asleep.asleep_until) == ("Mei", datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
    assert told(known)[0] == (0, "Mei", "sms")
    assert foresee(known, "Nimbus", ORANGE, EVENING).asleep == ()


def test_a_step_from_a_higher_level_is_left_out_below_it():
    known = house(person("Mei"), person("Chief"), policy=ladder(["Mei"], Step(to=("Chief",), from_level="red")))
    assert {who for _, who, _ in told(known)} == {"Mei"}
    assert {who for _, who, _ in told(known, RED)} == {"Mei", "Chief"}


def test_a_hand_over_on_the_way_is_seen():
    turns = Rotation(
        name="desk", people=("Mei", "Bo"), starts=datetime.fromisoformat("2026-03-02 09:00"), every="1 day"
    )
    known = house(person("Mei"), person("Bo"), policy=ladder(["rotation:desk"], repeat=2), rotations=(turns,))
    just_before = datetime(2026, 3, 3, 8, 58, tzinfo=UTC)
    assert told(known, at=just_before) == [(0, "Mei", "sms"), (5, "Bo", "sms")]


def test_a_policy_that_reaches_nobody_pages_everybody_and_says_so():
    known = house(person("Mei"), person("Bo"), policy=ladder(["Gone"]))
    foreseen = foresee(known, "Nimbus", ORANGE, EVENING)
    assert foreseen.everybody
    assert {one.person for one in foreseen.pages} == {"Mei", "Bo"}


def test_a_silence_keeps_it_back_until_it_ends():
    known = house(person("Mei"), policy=ladder(["Mei"]))
    ends = EVENING + timedelta(hours=1)

    def silenced(incident: Incident, now: datetime) -> datetime | None:
        return ends if incident.brand == "Nimbus" and now < ends else None

    foreseen = foresee(known, "Nimbus", ORANGE, EVENING, silenced)
    assert foreseen.quiet_until == ends
    assert [one.at for one in foreseen.pages] == [ends]
    assert foresee(known, "Other", ORANGE, EVENING, silenced).quiet_until is None


def test_an_invented_brand_pages_nobody_where_people_are_configured():
    known = house(person("Mei"), policy=ladder(["Mei"]), invented=frozenset({"Nimbus"}))
    foreseen = foresee(known, "Nimbus", ORANGE, EVENING)
    assert (foreseen.invented, foreseen.pages) == (True, ())
    assert foresee(Directory(invented=frozenset({"Nimbus"})), "Nimbus", ORANGE, EVENING).pages


def test_without_people_whoever_reads_the_log_is_told():
    foreseen = foresee(Directory(), "", ORANGE, EVENING)
    assert [(one.person, one.channel) for one in foreseen.pages] == [("everybody", "log")]
    assert foreseen.ends_at is None


def test_what_goes_on_for_very_long_is_cut_off():
    often = house(person("Mei"), policy=ladder(["Mei"], repeat=100, minutes_per_channel=1), invented=frozenset())
    slow = house(person("Mei"), policy=ladder(Step(to=("Mei",), after_minutes=10_000), repeat=100))
    many = house(*(person(f"P{n}", "a", "b", "c") for n in range(9)), policy=ladder(["role:staff"], repeat=100))
    assert len(foresee(often, "Nimbus", ORANGE, EVENING).pages) == 100
    for known in (slow, many):
        foreseen = foresee(known, "Nimbus", ORANGE, EVENING)
        assert foreseen.more
        assert len(foreseen.pages) <= MOST_PAGES
        assert foreseen.pages[-1].at - EVENING <= LONGEST


people_of = st.lists(
    st.builds(
        lambda name, channels, quiet, role: person(name, *channels, role=role, **(NIGHT if quiet else {})),
        st.sampled_from(["Mei", "Bo", "Ada", "Chief"]),
        st.lists(st.sampled_from(["sms", "chat", "log"]), min_size=1, max_size=3, unique=True),
        st.booleans(),
        st.sampled_from(["staff", "manager", "executive"]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one.name,
)
steps_of = st.lists(
    st.builds(
        lambda to, after, level: Step(to=tuple(to), after_minutes=after, from_level=level),
        st.lists(st.sampled_from(["Mei", "Bo", "Ada", "role:manager", "role:executive"]), min_size=1, max_size=3),
        st.sampled_from([1.0, 3.0, 7.5]),
        st.sampled_from(["blue", "orange", "red"]),
    ),
    min_size=1,
    max_size=4,
)


@given(people_of, steps_of, st.integers(1, 3), st.sampled_from(Level), st.integers(0, 23))
def test_what_is_foreseen_is_what_happens(
    people: list[Person], steps: list[Step], rounds: int, level: Level, hour: int
) -> None:
    """The same pages at the same minutes as on the timeline, on which time passes and nobody answers."""
    line = Timeline(*people, policy=Policy(name="drawn", steps=tuple(steps), repeat=rounds))
    at = datetime(2026, 3, 2, hour, 10, tzinfo=UTC)
    line.at(f"{at:%Y-%m-%d %H:%M}").alert(level).at("2026-03-05 00:00")
    happened = [(when, who, channel) for when, who, channel, *_ in line.unexpected]
    foreseen = foresee(line.directory, "Nimbus", level, at)
    assert [(line._said(one.at), one.person, one.channel) for one in foreseen.pages] == happened
    assert foreseen.ends_at is not None
    assert foreseen.pages


@pytest.mark.parametrize("level", Level)
def test_an_incident_is_never_without_an_owner(level: Level) -> None:
    known = house(person("Mei", role="executive"))
    assert foresee(known, "Nimbus", level, EVENING).pages
