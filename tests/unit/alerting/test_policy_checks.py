"""What is refused of people, rotations and policies, each in one line that says where and what to do."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from alerting.directory import Directory
from alerting.policies import Override, PagingSettings, Person, Policy, Rotation, Step
from alerting.policy_checks import check
from core.errors import ConfigurationError

START = datetime.fromisoformat("2026-03-02 09:00")
BO, ADA = Person(name="Bo"), Person(name="Ada", role="manager")
TURNS = Rotation(name="all", people=("Bo", "Ada"), starts=START, zone="Asia/Taipei")
STEP = Step(to=("rotation:all", "role:manager", "Bo"))
POLICY = Policy(name="usual", steps=(STEP,), brands=("Acme",))


def policy(step: Step = STEP, **fields: Any) -> Policy:
    return Policy(**{"name": "usual", "steps": (step,), **fields})


def turns(**fields: Any) -> Rotation:
    return Rotation(**{"name": "all", "people": ("Bo",), "starts": START, **fields})


def stand_in(since: str, until: str, person: str = "Ada") -> Override:
    return Override(person=person, since=datetime.fromisoformat(since), until=datetime.fromisoformat(until))


def checked(**fields: Any) -> None:
    given: dict[str, Any] = {
        "people": (BO, ADA),
        "rotations": (TURNS,),
        "policies": (POLICY,),
        "paging": PagingSettings(),
        "channels": ("log", "sms"),
        "brands": ("Acme",),
    }
    check(**{**given, **fields})


def test_what_can_page_somebody_passes():
    checked()
    checked(people=(), rotations=(), policies=())
    checked(people=(BO, ADA, Person(name="王\u3000小明 👩\u200d🚒")))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"people": (BO, BO)}, "[[people]] 'Bo': it is there twice"),
        ({"people": (BO, Person(name="bO"))}, "[[people]] 'Bo': only capitals tell it from 'bO'"),
        ({"people": (Person(name="Cy", zone="x" * 10_000),)}, f"there is no time zone '{'x' * 39}…'"),
        ({"people": (Person(name=" "),)}, "every entry needs a name"),
        ({"people": (Person(name="role:x"),)}, "without colons"),
        ({"people": (Person(name="Bo\nAda"), ADA)}, "'Bo\\nAda': a name is one line"),
        ({"people": (Person(name="Bo\x00"), ADA)}, "'Bo\\x00': a name is one line"),
        ({"people": (Person(name="\u202eoB"), ADA)}, "'\\u202eoB': a name is one line"),
        ({"people": (Person(name="\u200d"), ADA)}, "a name is one line"),
        ({"people": (Person(name="Bo "), BO, ADA)}, "'Bo ': a name is one line"),
        ({"people": (Person(name="B" * 101), ADA)}, "at most 100 characters"),
        ({"rotations": (turns(name="night\u2028"),)}, "[[rotations]] 'night\\u2028': a name is one line"),
        ({"policies": (policy(name="all\x1b[31m"),)}, "[[policies]] 'all\\x1b[31m': a name is one line"),
        (
            {"people": (Person(name="Bo", quiet_from=time(22, tzinfo=UTC), quiet_to=time(7)), ADA)},
            "zone, without an offset",
        ),
        (
            {"paging": PagingSettings(test_day="monday", test_time=time(9, tzinfo=UTC))},
            "each person, without an offset",
        ),
        (
            {"rotations": (turns(starts=datetime.fromisoformat("0001-01-01 00:00")),)},
            "choose times of a year from 1971 to 2999",
        ),
        ({"rotations": (turns(overrides=(stand_in("2026-03-04", "9999-12-31"),)),)}, "a year from 1971 to 2999"),
        ({"people": (Person(name="Bo", zone="Mars/Olympus"), ADA)}, "no time zone 'Mars/Olympus'"),
        ({"people": (Person(name="Bo", zone="../etc"), ADA)}, "no time zone '../etc'"),
        ({"people": (Person(name="Bo", channels=("fax",)), ADA)}, "no channel 'fax': there are log, sms"),
        ({"people": (Person(name="Bo", channels=()), ADA)}, "name at least one channel"),
        ({"people": (Person(name="Bo", quiet_from=time(22)), ADA)}, "need quiet_from and quiet_to"),
        ({"people": (Person(name="Bo", quiet_from=time(1), quiet_to=time(1)), ADA)}, "are the same"),
        ({"rotations": (turns(people=()),)}, "[[rotations]] 'all': nobody is in it"),
        ({"rotations": (turns(people=("Cy",)),)}, "no person 'Cy': there are Ada, Bo"),
        ({"rotations": (turns(), turns())}, "[[rotations]] 'all': it is there twice"),
        ({"rotations": (turns(zone="Nowhere"),)}, "no time zone 'Nowhere'"),
        ({"rotations": (turns(every="fortnight"),)}, "every 'fortnight': write such as"),
        ({"rotations": (turns(every="0 days"),)}, "every '0 days'"),
        ({"rotations": (turns(starts=START.replace(tzinfo=UTC)),)}, "without an offset"),
        (
            {"rotations": (turns(overrides=(stand_in("2026-03-03 09:00", "2026-03-03 09:00"),)),)},
            "until before it begins",
        ),
        ({"rotations": (turns(overrides=(stand_in("2026-03-03", "2026-03-04", "Cy"),)),)}, "no person 'Cy'"),
        (
            {
                "rotations": (
                    turns(overrides=(stand_in("2026-03-04", "2026-03-06", "Bo"), stand_in("2026-03-03", "2026-03-05"))),
                )
            },
            "Ada and Bo stand in at the same time",
        ),
        ({"policies": (policy(), policy())}, "[[policies]] 'usual': it is there twice"),
        ({"policies": (policy(steps=()),)}, "it has no steps"),
        ({"policies": (policy(levels=()),)}, "it has no levels"),
        ({"policies": (policy(repeat=0),)}, "repeat 0"),
        ({"policies": (policy(minutes_per_channel=0.0),)}, "minutes_per_channel 0"),
        ({"policies": (policy(minutes_per_channel=1e-300),)}, "minutes_per_channel 1e-300: choose 0.1 to 10080"),
        ({"policies": (policy(Step(to=("Bo",), after_minutes=1e-7)),)}, "after_minutes 1e-07: choose 0.1 to 10080"),
        ({"policies": (policy(Step(to=())),)}, "step 1 goes to nobody"),
        ({"policies": (policy(Step(to=("Bo",), after_minutes=0)),)}, "step 1, after_minutes 0"),
        ({"policies": (policy(Step(to=("Cy",))),)}, "step 1: there is no person 'Cy'"),
        ({"policies": (policy(Step(to=("rotation:night",))),)}, "no rotation 'night': there are all"),
        ({"policies": (policy(Step(to=("role:boss",))),)}, "no role 'boss'"),
        ({"policies": (policy(Step(to=("role:executive",))),)}, "nobody has the role 'executive'"),
        ({"policies": (policy(brands=("Zeta",)),)}, "'Zeta' is no configured brand"),
        ({"paging": PagingSettings(test_minutes=0)}, "test_minutes 0"),
        ({"paging": PagingSettings(remind_minutes=-1)}, "remind_minutes -1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_not_page_anybody_is_refused_in_one_line(given, said):
    with pytest.raises(ConfigurationError) as refused:
        checked(**given)
    assert str(refused.value).isprintable()
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_brand_of_which_no_policy_says_anything_is_known():
    assert Directory(people=(BO,)).covers("Zeta")
    assert not Directory(people=(BO,), policies=(POLICY,)).covers("Zeta")
    assert Directory(people=(BO,), policies=(POLICY, policy(name="rest"))).covers("Zeta")
