"""The pages over a real store: hostile text, forms, empty rooms, other people's addresses."""

import json
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace

from api.app import create_app
from api.parts import LOADING, STARTING
from api.web import alarms
from core import casework
from core.alert import BandPoint, IncidentState
from core.brand import Brand
from core.case import Case, CaseState, DeliveryState, Grade
from core.mention import mention_id
from core.ports.queries import CaseQuery
from core.relay import Relay
from runtime import stages
from runtime.settings import Settings
from runtime.wiring import house as wired
from tests.backends import open_embedded
from tests.fakes import FakeClock, WordClassifier

sys.path.insert(0, str(Path(__file__).parents[2] / "browser"))

import seed

HOSTILE = (
    "<script>alert(1)</script> \"><img src=x onerror=alert(2)> {{ 7*7 }} ' & </textarea> Lumenbread smoke "
    + "長" * 3000
)


class House:
    """A seeded application and what is behind it."""

    def __init__(self, folder: Path, **changes: object) -> None:
        self.clock = FakeClock()
        self.bus, self.store = open_embedded(folder, self.clock)
        seed.seed(self.store, self.clock.now())
        self.parts = seed.make_parts(self.store, self.bus, self.clock, **changes)
        self.client = TestClient(create_app(self.parts), base_url="http://localhost", follow_redirects=False)

    def close(self) -> None:
        self.client.close()
        self.store.close()
        self.bus.close()

    def first_case(self) -> str:
        return self.store.cases(CaseQuery()).items[0].id

    def text(self, path: str, **headers: str) -> str:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture(scope="module")
def museum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that is only looked at."""
    house = House(tmp_path_factory.mktemp("museum"))
    yield house
    house.close()


ROOMS = (
    *("/", "/?show=soon", "/?show=overdue", "/?show=nonsense"),
    *("/alarm", "/alarm?span=7d", "/mentions", "/sources", "/outbox", "/policies", "/policies/edit"),
)


@pytest.mark.parametrize("language", ["en", "zh-TW", "zh-CN"])
@pytest.mark.parametrize("room", ROOMS)
def test_every_room_opens_in_every_language(museum: House, room: str, language: str) -> None:
    page = museum.text(room, **{"accept-language": language})
    assert f'lang="{ {"en": "en", "zh-TW": "zh-Hant-TW", "zh-CN": "zh-Hans-CN"}[language] }"' in page
    assert seed.BRAND in page


@pytest.mark.parametrize("room", ROOMS)
def test_a_page_has_no_inline_script_and_no_inline_style(museum: House, room: str) -> None:
    page = museum.text(room)
    assert not re.search(r"<[^>]*\sstyle=", page)
    assert not re.search(r"<[^>]*\son[a-z]+=", page)
    assert "<style" not in page
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_hostile_text_is_only_text_on_every_page(house: House) -> None:
    now = house.clock.now()
    item = seed.scored(1, "x", "<b>'\"&</b>", 5, 0.99, HOSTILE, now)
    case = seed.add_case(house.store, item, now)
    for room in ("/", f"/?case={case.id}", "/mentions", "/alarm"):
        page = house.text(room)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>'" not in page
        assert "{{ 7*7 }}" in page or "49" not in page
    assert "&lt;script&gt;alert(1)" in house.text(f"/?case={case.id}")


def test_a_script_link_is_never_a_link(house: House) -> None:
    now = house.clock.now()
    item = seed.scored(1, "x", "a", 5, 0.99, "Lumenbread smoke", now)
    mention = type(item.mention)(
        **{
            **{name: getattr(item.mention, name) for name in item.mention.__struct_fields__},
            "url": "javascript:alert(1)",
        }
    )
    seed.add_case(house.store, type(item)(mention=mention, score=item.score), now)
    assert "javascript:" not in house.text(f"/?case={house.first_case()}")
    assert "javascript:" not in house.text("/mentions")


def test_opening_a_case_marks_that_a_person_has_seen_it(house: House) -> None:
    house.text(f"/?case={house.first_case()}")
    case = house.store.case(house.first_case())
    stored = house.store.mention(case.mention) if case else None
    assert stored is not None
    assert stored.budget.seen == house.clock.now()


def test_a_case_that_was_seen_is_looked_at_without_writing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = house.first_case()
    house.text(f"/?case={case_id}")
    monkeypatch.setattr(house.store, "unit", lambda: pytest.fail("looking at a page began to write"))
    house.text(f"/?case={case_id}")
    house.text("/?case=c-none")


def test_what_is_due_is_shown_however_much_is_graver(house: House) -> None:
    now = house.clock.now()
    pattern = house.store.case(house.first_case())
    assert pattern is not None

    def late(number: int, grade: Grade, minutes: int) -> Case:
        return replace(pattern, id=f"c-{number}", grade=grade, limit_at=now + timedelta(minutes=minutes))

    with house.store.unit() as unit:
        for number in range(70):
            unit.put_case(late(number, Grade.URGENT, 60), [])
        unit.put_case(late(70, Grade.STANDARD, -1), [])
        for number in range(71, 133):
            unit.put_case(late(number, Grade.STANDARD, 9), [])
    overdue = house.text("/?show=overdue")
    assert 'id="card-c-70"' in overdue
    assert overdue.count("data-card") == house.store.case_counts("", now, now)["overdue"]
    soon = house.text("/?show=soon")
    assert 'id="card-c-71"' in soon
    assert "card-c-70" not in soon
    assert "and 2 more" in soon
    urgent = house.text("/?show=urgent")
    assert "Urgent cases" in urgent
    assert urgent.count("card grade-urgent") == urgent.count("data-card") > 0


def test_what_waits_is_said_before_that_all_is_calm(house: House) -> None:
    pattern = house.store.case(house.first_case())
    assert pattern is not None
    limit = house.clock.now() + timedelta(hours=1)
    waiting = replace(pattern, id="c-q", brand="Quiet", grade=Grade.STANDARD, limit_at=limit)

    def both() -> list[str]:
        return [house.text(f"{room}?brand=Quiet") for room in ("/", "/alarm")]

    with house.store.unit() as unit:
        unit.put_case(waiting, [])
    assert all("All calm" in page for page in both())
    with house.store.unit() as unit:
        unit.put_case(replace(waiting, id="c-r", limit_at=house.clock.now() - timedelta(minutes=1)), [])
    late = '?show=overdue&amp;brand=Quiet">1 reply is late</a>'
    assert all(late in page and "All calm" not in page for page in both())
    with house.store.unit() as unit:
        for number in range(2):
            unit.put_case(replace(waiting, id=f"c-u{number}", grade=Grade.URGENT), [])
    assert all("2 urgent cases are waiting" in page and "1 reply is late" not in page for page in both())


def test_claim_approve_withdraw_resolve_reopen(house: House) -> None:
    case_id = house.first_case()
    house.client.cookies.set("sixminute_user", "%E5%B0%8F%E7%BE%8E")

    def state() -> tuple[CaseState, str]:
        case = house.store.case(case_id)
        assert case is not None
        return case.state, case.claimed_by

    def post(order: str, **form: str) -> str:
        answer = house.client.post(f"/cases/{case_id}/{order}", data=form)
        assert answer.status_code == 303
        return answer.headers["location"]

    assert post("claim") == f"/?case={case_id}"
    assert state() == (CaseState.CLAIMED, "小美")
    case = house.store.case(case_id)
    assert case is not None
    text = house.store.drafts(case_id)[0].text
    assert "problem" not in post("approve", text=text, version=str(case.version), approach="care")
    assert state()[0] is CaseState.APPROVED
    assert house.store.deliveries(case=case_id)[0].not_before == house.clock.now() + timedelta(seconds=10)
    assert "小美" in house.text("/outbox")
    assert post("withdraw", back="outbox") == "/outbox"
    assert house.store.deliveries(case=case_id)[0].state is DeliveryState.WITHDRAWN
    assert post("withdraw") == f"/?case={case_id}&problem=conflict"
    post("resolve")
    assert state()[0] is CaseState.RESOLVED
    post("reopen")
    assert state() == (CaseState.OPEN, "")


def test_what_goes_wrong_is_said_in_the_readers_language(house: House) -> None:
    case_id = house.first_case()
    late = {"text": "late", "version": "99", "approach": "care"}
    answer = house.client.post(f"/cases/{case_id}/approve", data=late, headers={"accept-language": "zh-TW"})
    assert answer.status_code == 200
    assert "有人搶先一步" in answer.text
    for order in ("claim", "take-over"):
        unknown = house.client.post(f"/cases/c-none/{order}")
        assert unknown.headers["location"].endswith("problem=missing")
    assert "already been deleted" not in house.text("/?case=c-none")
    empty = house.client.post(f"/cases/{case_id}/approve", data={"text": " ", "version": "0", "approach": "care"})
    assert empty.status_code == 422 or 'role="alert"' in empty.text
    assert "problem" not in house.text("/?problem=<script>").split("<main")[0].split("demonstration")[0]


def test_what_was_typed_is_still_there_when_it_could_not_be_approved(house: House) -> None:
    case_id = house.first_case()
    house.client.cookies.set("sixminute_user", "Ada")
    approach = house.store.drafts(case_id)[0].approach

    def approve(version: int) -> str:
        typed = {"text": "We <b>will</b> call you today.", "version": str(version), "approach": approach}
        answer = house.client.post(f"/cases/{case_id}/approve?brand=", data=typed)
        assert answer.status_code == 200
        assert 'role="alert"' in answer.text
        assert "We <b>will" not in answer.text
        # The address of the page, for what leads back to it, is not the one that takes a reply.
        assert f"/cases/{case_id}/approve" not in answer.text.split("<main")[0]
        return answer.text

    case = house.store.case(case_id)
    assert case is not None
    page = approve(case.version + 7)
    assert '<details class="edit" open>' in page
    assert page.count("We &lt;b&gt;will&lt;/b&gt; call you today.</textarea>") == 1
    assert f'name="version" value="{case.version}"' in page
    casework.claim(house.store, case_id, "Wren", house.clock.now())
    page = approve(case.version)
    assert "<textarea" not in page.split('id="case"')[1].split("</section>")[0]
    assert "Your text, which was not sent" in page
    assert page.count("We &lt;b&gt;will&lt;/b&gt; call you today.</p>") == 1
    typed = {"text": "We <b>will</b> call you today.", "approach": approach}
    page = house.client.post(f"/cases/{case_id}/take-over", data=typed).text
    assert "We &lt;b&gt;will&lt;/b&gt; call you today.</textarea>" in page
    assert 'class="problem"' not in page
    taken = house.store.case(case_id)
    assert taken is not None
    assert taken.claimed_by == "Ada"
    house.client.cookies.set("sixminute_user", "Wren")
    plain = house.client.post(f"/cases/{case_id}/take-over")
    assert (plain.status_code, plain.headers["location"]) == (303, f"/?case={case_id}")
    case = house.store.case(case_id)
    assert case is not None
    reply = {"text": house.store.drafts(case_id)[0].text, "version": str(case.version), "approach": approach}
    answer = house.client.post(f"/cases/{case_id}/approve", data=reply)
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/?case={case_id}")


def test_a_reply_to_a_case_that_is_gone_is_no_trouble(house: House) -> None:
    answer = house.client.post("/cases/c-none/approve", data={"text": "Hello", "version": "1", "approach": "care"})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text


def test_a_draft_is_linted_in_the_readers_language(house: House) -> None:
    case_id = house.first_case()
    answer = house.client.post(
        f"/cases/{case_id}/lint",
        data={"text": "<b>It is the courier's fault.</b>\r\nCall 0912-345-678", "approach": "care"},
        headers={"accept-language": "zh-TW"},
    )
    assert answer.status_code == 200
    assert "<mark" in answer.text
    assert "<b>It" not in answer.text
    assert "disabled" in answer.text
    assert house.client.post("/cases/c-none/lint", data={"text": "x"}).status_code == 404


def test_an_incident_is_taken_in_hand_once(house: House) -> None:
    incident = house.store.incidents().items[0].id
    assert house.client.post(f"/incidents/{incident}/acknowledge").headers["location"] == f"/alarm/{incident}"
    assert "In the hands of Mei-Ling" in house.text(f"/alarm/{incident}")
    assert house.client.post(f"/incidents/{incident}/acknowledge").headers["location"].endswith("problem=conflict")
    assert house.client.get("/alarm/i-none").status_code == 404


def test_the_demonstration_is_stopped_started_and_erased(house: House) -> None:
    assert "Posts are arriving" in house.text("/outbox")
    for order, shown in (("stop", "It is stopped"), ("start", "Posts are arriving")):
        house.client.post(f"/demonstration/{order}")
        assert shown in house.text("/mentions")
    house.client.post("/demonstration/erase")
    assert 'id="demonstration"' not in house.text("/")
    assert house.client.post("/demonstration/explode").status_code == 404


@pytest.mark.parametrize(
    ("language", "said"),
    [
        pytest.param("en", "There is no such page", id="en"),
        pytest.param("zh-TW", "沒有這個頁面", id="zh-Hant"),
        pytest.param("zh-CN", "没有这个页面", id="zh-Hans"),
    ],
)
def test_a_browser_at_an_unknown_address_gets_a_page_in_its_language(house: House, language: str, said: str) -> None:
    answer = house.client.get("/nope", headers={"accept": "text/html,*/*;q=0.8", "accept-language": language})
    assert answer.status_code == 404
    assert said in answer.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        pytest.param("/nope", "*/*", id="a-program"),
        pytest.param("/api/v1/nope", "text/html", id="the-api"),
        pytest.param("/static/nope.css", "text/html", id="a-file"),
    ],
)
def test_whoever_asks_for_no_page_gets_a_problem(house: House, path: str, accept: str) -> None:
    answer = house.client.get(path, headers={"accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_demonstration_is_erased_only_by_a_second_button(museum: House) -> None:
    asked = museum.text("/").split('class="asking"')[1].split("</details>")[0]
    assert "<summary" in asked.split('action="/demonstration/erase"')[0]
    assert "be taken back" in asked


def test_preferences_are_kept_and_lead_back_only_here(house: House) -> None:
    form = {"language": "zh-Hans", "theme": "dark", "user": "陳小美", "back": "/alarm?span=6h"}
    answer = house.client.post("/preferences", data=form)
    assert answer.headers["location"] == "/alarm?span=6h"
    page = house.text("/")
    assert 'data-theme="dark"' in page
    assert "zh-Hans-CN" in page
    assert "陳小美" in page
    for back in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"):
        assert house.client.post("/preferences", data={"back": back}).headers["location"] == "/"
    nonsense = house.client.post("/preferences", data={"language": "xx", "theme": "pink"})
    assert "set-cookie" not in nonsense.headers


def test_the_page_names_a_person_as_the_record_does(house: House) -> None:
    answer = house.client.post("/preferences", data={"user": " Ay\u200bşe " + "x" * 100})
    name = "Ayşe " + "x" * 75
    house.client.cookies.set("sixminute_user", answer.cookies["sixminute_user"])
    case_id = house.first_case()
    assert f'value="{name}"' in house.text("/")
    house.client.post(f"/cases/{case_id}/claim")
    by_page = house.store.case(case_id)
    house.client.post(f"/cases/{case_id}/resolve")
    house.client.post(f"/cases/{case_id}/reopen")
    by_tool = house.client.post(f"/api/v1/cases/{case_id}/claim").json()
    assert by_page is not None
    assert by_page.claimed_by == by_tool["claimed_by"] == name


def test_times_are_in_the_readers_zone(house: House) -> None:
    assert " UTC</time>" in house.text("/alarm")
    house.client.cookies.set("sixminute_zone", "Asia%2FTaipei")
    assert " UTC</time>" not in house.text("/alarm")


def test_mentions_are_filtered_and_paged(house: House) -> None:
    assert "early_bird" not in house.text("/mentions?sentiment=negative")
    assert "kitchen_cat" in house.text("/mentions?source=ptt&sensitive=1")
    assert "No posts match" in house.text("/mentions?search=nobody-wrote-this")
    now = house.clock.now()
    with house.store.unit() as unit:
        unit.put_mentions([seed.scored(200 + n, "x", f"a{n}", None, 0.5, f"Lumenbread {n}", now) for n in range(60)])
    address = re.search(r'href="(/mentions\?cursor=[^"]+)"', house.text("/mentions"))
    assert address is not None
    assert "Back to the newest" in house.text(address[1].replace("&amp;", "&"))
    since = (now - timedelta(minutes=10)).isoformat().replace("+", "%2B")
    assert "slowmorning" not in house.text(f"/mentions?since={since}")


@pytest.mark.parametrize(
    "query",
    [
        "cursor=xx",
        "cursor=W10",
        "since=0001-01-01T00:00:00%2B14:00",
        "until=9999-12-31T23:59:59-14:00",
        "since=0001-01-01T00:00:00Z",
        "until=9999-12-31T23:59:59Z",
        "since=yesterday",
    ],
)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_a_page_opens_as_if_what_cannot_be_read_were_not_there(museum: House, query: str, zone: str) -> None:
    page = museum.text(f"/mentions?{query}", cookie=f"sixminute_zone={zone}")
    assert "early_bird" in page
    assert "Back to the newest" not in page
    assert 'data-live="mentions"' in page


def test_a_deleted_mention_leaves_a_case_that_is_gone(house: House) -> None:
    case = house.store.case(house.first_case())
    assert case is not None
    with house.store.unit() as unit:
        unit.erase_mentions([case.mention])
    assert "no longer there" in house.text(f"/?case={case.id}")


def test_nothing_is_watched_yet(tmp_path: Path) -> None:
    clock = FakeClock()
    bus, store = open_embedded(tmp_path, clock)
    parts = seed.make_parts(
        store,
        bus,
        clock,
        brands=tuple,
        demonstration=seed.Showing("absent"),
        health=lambda: {"model": LOADING},
    )
    with TestClient(create_app(parts), base_url="http://localhost") as client:
        page = client.get("/").text
        assert "sixminute replay export.csv" in page
        assert "The language model is loading" in page
        assert "Getting ready" in client.get("/alarm").text
        assert "nothing to draw yet" in client.get("/alarm").text
        assert "No posts have arrived" in client.get("/mentions").text
        assert "No reply has been approved" in client.get("/outbox").text
    store.close()
    bus.close()


def test_a_configured_brand_without_posts_is_calm(tmp_path: Path) -> None:
    clock = FakeClock()
    bus, store = open_embedded(tmp_path, clock)
    parts = seed.make_parts(
        store, bus, clock, brands=lambda: (Brand(name="Quiet"),), demonstration=seed.Showing("absent")
    )
    with TestClient(create_app(parts), base_url="http://localhost") as client:
        page = client.get("/").text
        assert "All calm" in page
        assert "Nobody is waiting for an answer" in page
    assert mention_id("x", "1", "Quiet") not in page
    store.close()
    bus.close()


def test_what_is_starting_is_said_in_the_readers_language(tmp_path: Path) -> None:
    health = {"model": LOADING, "alerting": STARTING, "bus": "ok"}
    house = House(tmp_path, health=lambda: health)
    assert "The language model is loading." in house.text("/")
    assert "Starting: Alarm." in house.text("/")
    assert "語言模型正在載入。" in house.text("/", **{"accept-language": "zh-TW"})
    assert "语言模型正在加载。" in house.text("/", **{"accept-language": "zh-CN"})
    health.update(model="ok", alerting="The disk is <full>.")
    page = house.text("/", **{"accept-language": "zh-TW"})
    assert "語言模型正在載入" not in page
    assert "警示目前無法運作" in page
    assert '<span class="muted" lang="en">The disk is &lt;full&gt;.</span>' in page
    house.close()


def test_a_stage_that_nobody_runs_is_told_in_the_readers_words(tmp_path: Path) -> None:
    health = {"sentiment": "No sentiment worker is running.", "bus": "ok"}
    house = House(tmp_path, health=lambda: health)
    assert "Sentiment: nobody is at work on this." in house.text("/")
    assert "「情緒判讀」目前沒有任何程序在執行。" in house.text("/", **{"accept-language": "zh-TW"})
    assert "“情感识别”目前没有任何进程在运行。" in house.text("/", **{"accept-language": "zh-CN"})
    assert "does not work at the moment" not in house.text("/")
    house.close()


def test_every_sentence_that_a_starting_component_has_is_known(tmp_path: Path) -> None:
    bus, store = open_embedded(tmp_path, FakeClock())
    house = wired.House(settings=Settings(), clock=FakeClock(), bus=bus, store=store, relay=Relay(store, bus))
    assert {job.starting for job in stages.jobs(house.settings, lambda: house, WordClassifier)} <= {STARTING, LOADING}
    store.close()
    bus.close()


def second_brand(house: House) -> None:
    with house.store.unit() as unit:
        item = seed.scored(1, "x", "other_guest", 5, 0.9, "Ferrylamp went dark.", house.clock.now())
        unit.put_mentions([replace(item, mention=replace(item.mention, id="m-2", brand="Ferry & Lamp"))])


@pytest.mark.parametrize("room", ["/", "/alarm"])
def test_brands_are_switched_where_there_are_several(house: House, room: str) -> None:
    assert 'aria-label="Brand"' not in house.text(room)
    second_brand(house)
    page = house.text(room)
    assert f'href="{room}" aria-current="true">All brands' in page
    assert f'href="{room}?brand=Ferry+%26+Lamp"><bdi>Ferry &amp; Lamp' in page
    assert f'href="{room}?brand=Ferry+%26+Lamp" aria-current="true"' in house.text(f"{room}?brand=Ferry+%26+Lamp")


def test_a_chosen_brand_is_kept_by_links_and_actions(house: House) -> None:
    second_brand(house)
    case_id = house.first_case()
    page = house.text(f"/?brand={seed.BRAND}&case={case_id}")
    assert "other_guest" not in page
    assert f'action="/cases/{case_id}/claim?brand={seed.BRAND}"' in page
    answer = house.client.post(f"/cases/{case_id}/claim?brand={seed.BRAND}")
    assert answer.headers["location"] == f"/?case={case_id}&brand={seed.BRAND}"
    assert house.text("/?brand=Ferry+%26+Lamp").count("data-card") == 0


def test_the_chart_follows_a_fresh_incident(house: House) -> None:
    now = house.clock.now()
    incident = house.store.incidents().items[0]
    for minutes, span, hours in ((30, "1h", 2), (119, "6h", 2), (121, "6h", 6), (400, "24h", 6)):
        with house.store.unit() as unit:
            unit.put_incident(replace(incident, opened_at=now - timedelta(minutes=minutes)))
        assert f'href="?span={span}" aria-current="true"' in house.text("/alarm")
        assert alarms.recent_hours(house.store, seed.BRAND, now) == hours
    assert 'href="?span=7d" aria-current="true"' in house.text("/alarm?span=7d")


def test_the_chart_of_an_incident_about_a_theme_is_that_of_the_theme(house: House) -> None:
    now = house.clock.now()
    incident = replace(house.store.incidents().items[0], segment="theme:delivery", opened_at=now - timedelta(hours=1))
    point = BandPoint(at=now, observed=7, total=9, expected=0.1, low=0, high=2, segment="theme:delivery")
    with house.store.unit() as unit:
        unit.put_incident(incident)
    room = f"/alarm/{incident.id}?span=6h"
    # Before it was drawn by itself, the whole was all there was.
    assert f"Negative posts about {seed.BRAND} in the hour before" in house.text(room)
    with house.store.unit() as unit:
        unit.put_band(seed.BRAND, [replace(point, at=now - timedelta(minutes=ago)) for ago in (90, 30, 0)])
    page = house.text(room)
    assert f"Negative posts about {seed.BRAND} · delivery in the hour before" in page
    assert f"7 negative posts about {seed.BRAND} · delivery in the last hour; usual now: 0 to 2." in page
    assert "sentiment=negative&amp;theme=delivery" in page
    assert '"part": {"theme": "delivery"}' in page
    # As long as it is open, what was seen last holds until an hour without posts has passed.
    points = alarms.chart_data(
        house.store, seed.BRAND, now + timedelta(hours=2), 6, timedelta(hours=1), "theme:delivery"
    )
    assert [(point.at - now, point.observed) for point in points.points][-2:] == [
        (timedelta(hours=1), 0),
        (timedelta(hours=2), 0),
    ]
    with house.store.unit() as unit:
        unit.put_incident(replace(incident, state=IncidentState.CLOSED, closed_at=now))
    house.clock.forward(hours=2)
    page = house.text(room)
    # What came after it had closed isn't known, so nothing is said of now.
    assert f"Negative posts about {seed.BRAND} · delivery in the hour before" in page
    assert 'class="chart-sentence"' not in page


def test_the_chart_of_an_hour_begins_with_what_held_before_it(house: House) -> None:
    now, brand = house.clock.now(), "Quietly"
    point = house.store.band(seed.BRAND, now - timedelta(minutes=3), now)[0]
    with house.store.unit() as unit:
        unit.put_band(brand, [replace(point, at=now - timedelta(minutes=ago)) for ago in (300, 20, 0)])
    drawn = alarms.chart_data(house.store, brand, now, 1, timedelta(hours=1)).points
    assert [drawn[0].at, drawn[0].observed] == [now - timedelta(hours=1), 0]


@pytest.mark.parametrize(
    ("minutes", "language", "words"),
    [
        (60, "en", "in the last hour;"),
        (90, "en", "in the last 90 minutes;"),
        (120, "en", "in the last 2 hours;"),
        (60, "zh-TW", "過去一小時有"),
        (90, "zh-CN", "过去 90 分钟有"),
    ],
)
def test_numbers_and_links_are_of_the_window_that_the_alarm_counts_in(
    tmp_path: Path, minutes: int, language: str, words: str
) -> None:
    house = House(tmp_path, window_minutes=minutes)
    page = house.text("/alarm", **{"accept-language": language})
    assert words in page
    assert words in house.text("/", **{"accept-language": language})
    assert f'"window": {minutes * 60_000}' in page
    window = timedelta(minutes=minutes)
    alert = house.store.alerts(house.store.incidents().items[0].id)[0]
    since, until = quote_plus((alert.at - window).isoformat()), quote_plus(alert.at.isoformat())
    assert f"since={since}&amp;until={until}" in page
    opened = house.store.incidents().items[0].opened_at
    assert (
        f"since={quote_plus((opened - window).isoformat())}&amp;until={quote_plus(house.clock.now().isoformat())}"
        in page
    )
    house.close()


def test_a_demonstration_that_has_just_begun_shows_the_desk(tmp_path: Path) -> None:
    clock = FakeClock()
    bus, store = open_embedded(tmp_path, clock)
    health = {"model": LOADING}
    parts = seed.make_parts(store, bus, clock, brands=tuple, health=lambda: health)
    with TestClient(create_app(parts), base_url="http://localhost") as client:
        page = client.get("/").text
        assert 'id="welcome"' not in page
        assert "Getting ready" in page
        assert "All calm" not in page
        assert seed.BRAND in client.get("/alarm").text
        health.update(model="ok")
        assert "All calm" in client.get("/").text
    store.close()
    bus.close()


@pytest.mark.parametrize("path", ["/", "/alarm"])
@pytest.mark.parametrize(
    ("language", "none", "some", "unknown"),
    [
        pytest.param("en", "usually there are none now.", "usual now: 0 to 3.", "up to 3 would pass.", id="en"),
        pytest.param(
            "zh-TW", "這個時段平常沒有負評。", "這個時段平常為 0 到 3 則。", "暫以 3 則為上限。", id="zh-Hant"
        ),
        pytest.param("zh-CN", "该时段平时没有差评。", "该时段正常为 0 到 3 条。", "暂以 3 条为上限。", id="zh-Hans"),
    ],
)
def test_what_is_usual_is_told_as_what_is_known_of_it(
    house: House, path: str, language: str, none: str, some: str, unknown: str
) -> None:
    point = BandPoint(at=house.clock.now(), observed=4, total=9, expected=0.1, low=0, high=0)
    for minute, (changes, said) in enumerate(
        (({}, none), ({"high": 3}, some), ({"high": 3, "learning": True}, unknown))
    ):
        at = house.clock.now() + timedelta(seconds=minute)
        with house.store.unit() as unit:
            unit.put_band("Lumenbread", [replace(point, at=at, **changes)])
        page = house.text(f"{path}?brand=Lumenbread", **{"accept-language": language})
        assert said in page
        assert ("chart-band-learning" in page) == (said == unknown)


@pytest.mark.parametrize("path", ["/", "/alarm", "/mentions"])
def test_a_page_knows_the_state_from_before_it_was_read(
    house: House, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    real = house.store.mentions

    def and_then_one_comes(*asked: object, **more: object) -> object:
        found = real(*asked, **more)  # type: ignore[arg-type]
        with house.store.unit() as unit:
            unit.put_mentions([seed.scored(0, "x", "late", None, 0.9, "Too late, Lumenbread.", house.clock.now())])
        return found

    before = house.store.change_marks()
    monkeypatch.setattr(house.store, "mentions", and_then_one_comes)
    page = house.text(path)
    seen = json.loads(page.split('id="seen">')[1].split("</script>")[0])
    assert seen == before
    assert house.store.change_marks()["mentions"] != seen["mentions"]
