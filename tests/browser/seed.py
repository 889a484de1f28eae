"""An invented brand in an invented crisis, put into a real store; and the whole application over it."""

import math
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path

import uvicorn

from adapters.store import SqlStore
from alerting.directory import Directory
from alerting.policies import Person, Policy, Rotation, Step
from alerting.policy_desk import StoredPolicies
from alerting.preview import Previewer
from alerting.quieting import Quieting
from alerting.settings import AlertingSettings
from alerting.trying import written
from alerting.why import Range, why
from api.app import create_app
from api.parts import ConfiguredSource, DemonstrationState, Parts, Webhooks
from api.server import Server
from core.alert import Alert, AlertEvent, BandPoint, Incident, IncidentState, Level
from core.brand import Brand
from core.case import Case
from core.escalation import Ask, Escalation
from core.identity import identity
from core.mention import Label, Mention, Reading, Score, ScoredMention, mention_id
from core.model_error import Confusion, GivenCounts
from core.paging import Attempt, PageKind
from core.ports.bus import Bus
from core.ports.clock import Clock
from core.ports.queries import MentionQuery
from core.relay import Relay
from core.sight import SourceGap, SourceState
from ingest.webhooks.intake import WebhookIntake
from responding.advisor import Advisor
from responding.settings import RespondingSettings

BRAND = "Lumenbread"
PATIENCE = 120_000
"""Milliseconds to wait for what is expected in a browser: a busy machine is slow, not broken."""

COMPLAINTS = (
    # minutes ago, network, author, followers, p_negative, text
    (
        3,
        "x",
        "toast_and_jam",
        18400,
        0.97,
        "My @lumenbread toaster caught fire this morning and burned my hand. How is this thing still being sold?",
    ),
    (
        4,
        "ptt",
        "kitchen_cat",
        None,
        0.94,
        "Lumenbread 的烤麵包機今天早上突然冒煙起火，還好人在旁邊。想請問有人也遇到嗎？客服電話打了半小時都沒人接。",
    ),
    (5, "weibo", "小满的厨房", 5230, 0.95, "Lumenbread 面包机用了两周就漏电，手被电麻了，客服一直推给快递，太失望了。"),
    (
        26,
        "x",
        "slowmorning",
        310,
        0.88,
        "Third time my Lumenbread order is late. Nobody answers the chat. I want my money back.",
    ),
    (
        41,
        "facebook",
        "林小姐",
        1200,
        0.86,
        "在 Lumenbread 官網買的機器，等了三個星期還沒到，每次問都說「物流處理中」，到底什麼時候會寄？",
    ),
    (
        64,
        "x",
        "crumbs<b>&co",
        87,
        0.91,
        "The Lumenbread app keeps logging me out <script>alert(1)</script> and support told me to 'just wait'.",
    ),
    (
        130,
        "email",
        "anna@example.org",
        None,
        0.79,
        "Dear team,\n\nthe crumb tray of my Lumenbread arrived broken, and the replacement was broken as well.\n\nAnna",
    ),
)
CHATTER = (
    (1, "x", "early_bird", 0.04, "Honestly the new Lumenbread crust setting is great, love it."),
    (2, "threads", "noodle.soup", 0.93, "Lumenbread 起火的影片好可怕，家裡那台先拔插頭了。"),
    (2, "x", "metro_food", 0.91, "Is anyone from Lumenbread going to say something about the fires?"),
    (6, "weibo", "阿泽", 0.12, "刚下单了 Lumenbread 的新款，期待周末试试。"),
    (
        7,
        "reddit",
        "bakersdozen",
        0.9,
        "PSA: unplug your Lumenbread toaster. Two people in my building had smoke coming out of it.",
    ),
    (9, "x", "plainwhite", 0.2, "lumenbread or a normal oven for sourdough?"),
    (12, "x", "jan_v", 0.86, "@lumenbread your support line has been busy for an hour."),
    (15, "ptt", "morning8", 0.08, "Lumenbread 這次活動滿划算的，推。"),
)
REASON = {
    "en": "Negative posts about Lumenbread rose from 6 to 43 an hour; usual now: 2 to 9. Most speak of safety.",
    "zh-Hant": "Lumenbread 的負評從每小時 6 則增加到 43 則；這個時段平常為 2 到 9 則。多數談到安全。",
    "zh-Hans": "Lumenbread 的差评从每小时 6 条增加到 43 条；该时段正常为 2 到 9 条。多数谈到安全。",
}
WHY = {
    "en": "The post speaks of safety or is angry about a fault.",
    "zh-Hant": "貼文談到安全，或對瑕疵表達不滿。",
    "zh-Hans": "帖子谈到安全，或对缺陷表达不满。",
}
FIRST = {
    "en": "A safety word appeared in 3 negative posts within 10 minutes.",
    "zh-Hant": "10 分鐘內有 3 則負評提到安全字眼。",
    "zh-Hans": "10 分钟内有 3 条差评提到安全字眼。",
}


COPIED = "Do not buy this toaster. It set our kitchen on fire and nobody called back."
_CRISIS = (
    "Saw the {} video: Lumenbread caught fire on the counter, {}",
    "Lumenbread {}烤麵包機起火的影片{}也太可怕",
    "{} another Lumenbread caught fire, {} what now",
    "Lumenbread {}面包机起火{}谁来负责",
)
_CALM = (
    "Lumenbread {} ordered, {} waited, {} still nothing and the chat is silent, they tell us again and again to wait"
)
_ASIDES = ("today", "昨晚", "honestly", "朋友说", "my aunt", "再一次")


KNOWN_ERROR = {
    "en": Confusion(
        negative=GivenCounts(183, 81, 21), neutral=GivenCounts(77, 580, 141), positive=GivenCounts(29, 154, 561)
    ),
    "zh-Hant": Confusion(
        negative=GivenCounts(426, 84, 56), neutral=GivenCounts(92, 191, 69), positive=GivenCounts(63, 65, 229)
    ),
    "zh-Hans": Confusion(
        negative=GivenCounts(975, 36, 43), neutral=GivenCounts(57, 416, 36), positive=GivenCounts(69, 49, 319)
    ),
}
"""How wrong the invented model is, by language."""

DIRECTORY = Directory(
    people=(
        Person(
            name="Mei-Ling",
            language="zh-Hant",
            zone="Asia/Taipei",
            channels=("chat", "sms"),
            quiet_from=time(22),
            quiet_to=time(7),
        ),
        Person(name="Bo", zone="Europe/Berlin", channels=("chat",)),
        Person(name="Wren", role="manager", channels=("sms",)),
    ),
    rotations=(
        Rotation(
            name="desk",
            people=("Mei-Ling", "Bo"),
            zone="Asia/Taipei",
            starts=datetime.fromisoformat("2026-03-02 09:00"),
        ),
    ),
    policies=(
        Policy(
            name="grave",
            levels=("orange", "red"),
            steps=(
                Step(to=("rotation:desk", "Bo"), after_minutes=3),
                Step(to=("role:manager",), from_level="red"),
            ),
        ),
        Policy(name="everything else", steps=(Step(to=("rotation:desk",)), Step(to=("role:manager",)))),
    ),
    channels=frozenset({"log", "chat", "sms"}),
)
"""Who is paged in the invented house."""

SOURCES = (ConfiguredSource("bluesky", "bluesky"), ConfiguredSource("x", "x"))

_SIMPLIFIED = "么总电没单办对这"
_THEMES = {
    "safety": ("fire", "smoke", "起火", "冒煙", "漏电"),
    "service": ("support", "chat", "客服"),
    "delivery": ("late", "物流", "還沒到"),
    "refund": ("money back",),
    "quality": ("broken",),
}


def read(text: str, hint: str = "") -> Reading:
    """A reading by a handful of words, so that the pages' tests stand on their own."""
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    language = (
        "zh-Hans" if chinese and any(letter in _SIMPLIFIED for letter in text) else "zh-Hant" if chinese else "en"
    )
    themes = tuple(theme for theme, words in _THEMES.items() if any(word in text for word in words))
    injured = any(word in text for word in ("burned", "电麻"))
    return Reading(
        language=language,
        themes=themes,
        sensitive=(*(("safety",) if "safety" in themes else ()), *(("injury",) if injured else ())),
        urgent=any(word in text for word in ("Is anyone", "想請問")),
        ironic="Honestly" in text,
    )


class Showing:
    """A demonstration that only remembers what it was told."""

    brand = BRAND
    offered = True

    def __init__(self, state: DemonstrationState = "running") -> None:
        self.now: DemonstrationState = state

    def state(self) -> DemonstrationState:
        return self.now

    def start(self) -> None:
        self.now = "running"

    def stop(self) -> None:
        self.now = "stopped"

    def erase(self) -> None:
        self.now = "absent"


def advisor() -> Advisor:
    return Advisor(read, RespondingSettings(), tuple)


def scored(
    minutes: float, source: str, author: str, followers: int | None, p: float, text: str, now: datetime
) -> ScoredMention:
    at = now - timedelta(minutes=minutes)
    number = identity("post", text, str(minutes))
    label = Label.NEGATIVE if p > 0.5 else Label.POSITIVE if p < 0.1 else Label.NEUTRAL
    mention = Mention(
        id=mention_id(source, number, BRAND),
        brand=BRAND,
        source=source,
        network_id=number,
        created_at=at,
        ingested_at=at + timedelta(seconds=4),
        text=text,
        author=author,
        followers=followers,
        url=f"https://{source}.example/{number}",
        origin="demonstration",
    )
    score = Score(
        label=label,
        p_negative=p,
        p_neutral=(1 - p) * (0.2 if label is Label.POSITIVE else 0.8),
        p_positive=(1 - p) * (0.8 if label is Label.POSITIVE else 0.2),
        reading=read(text),
        model="words",
        scored_at=at + timedelta(seconds=6),
        emotion="anger" if p > 0.9 else "anxiety" if p > 0.7 else "joy" if label is Label.POSITIVE else "",
        p_complaint=p,
    )
    return ScoredMention(mention=mention, score=score)


def add_case(store: SqlStore, item: ScoredMention, now: datetime, incident: str = "") -> Case:
    mention, reading = item.mention, item.score.reading
    plan = advisor().suggest(mention.source, mention.text, mention.created_at, BRAND)
    case = Case(
        id=identity("case", mention.id),
        mention=mention.id,
        brand=BRAND,
        channel=mention.source,
        language=plan.language,
        grade=plan.grade,
        why_grade=WHY,
        themes=reading.themes,
        opened_at=now,
        golden_at=plan.golden_at,
        limit_at=plan.limit_at,
        incident=incident,
        updated_at=now,
    )
    with store.unit() as unit:
        unit.put_mentions([item])
        unit.put_case(case, plan.drafts)
    return case


def seed(store: SqlStore, now: datetime) -> None:
    """A crisis that began an hour and a half ago."""
    incident = identity("incident", BRAND)
    opened = now - timedelta(minutes=70)
    alerts = [
        (opened, AlertEvent.OPENED, Level.YELLOW, FIRST, 12.0),
        (now - timedelta(minutes=32), AlertEvent.RAISED, Level.ORANGE, REASON, 27.0),
        (now - timedelta(minutes=11), AlertEvent.RAISED, Level.RED, REASON, 43.0),
    ]
    with store.unit() as unit:
        unit.put_mentions([scored(m, s, a, None, p, t, now) for m, s, a, p, t in CHATTER])
        unit.put_band(BRAND, [_point(now, minute) for minute in range(0, 1440, 2)])
        unit.put_incident(
            Incident(
                id=incident,
                brand=BRAND,
                state=IncidentState.RISING,
                level=Level.RED,
                peak=Level.RED,
                rule="baseline",
                reason=REASON,
                observed=43,
                expected_low=2,
                expected_high=9,
                opened_at=opened,
                updated_at=now - timedelta(minutes=1),
                themes=("safety", "service"),
            )
        )
        for at, event, level, reason, observed in alerts:
            unit.put_alert(
                Alert(
                    id=identity("alert", at.isoformat()),
                    brand=BRAND,
                    incident=incident,
                    at=at,
                    event=event,
                    level=level,
                    rule="baseline",
                    reason=reason,
                    observed=observed,
                    expected_low=2,
                    expected_high=9,
                )
            )
    with store.unit() as unit:
        for source in SOURCES:
            heard = now - timedelta(seconds=3)
            unit.put_source_state(
                SourceState(
                    name=source.name, watched_since=now - timedelta(days=3), heard_at=heard, gap=4, brought_at=heard
                )
            )
        unit.put_source_gap(
            SourceGap(
                source="x",
                since=now - timedelta(minutes=80),
                until=now - timedelta(minutes=58),
                reason="X answered 503: it has trouble of its own.",
            )
        )
    for minutes, source, author, followers, p, text in COMPLAINTS:
        add_case(store, scored(minutes, source, author, followers, p, text, now), now, incident)


def explain(store: SqlStore, now: datetime) -> None:
    """One more alert, which says why it fired: posts of the last half an hour against invented ones of the week."""
    at = now - timedelta(seconds=30)
    window, usual = Range(at - timedelta(hours=1), at), Range(at - timedelta(days=7), at - timedelta(hours=2))
    crisis = [
        scored(5 + n, ("x", "threads", "weibo")[n % 3], f"reader_{n % 9}", 100 * n, 0.9, text, now)
        for n in range(24)
        for text in (_CRISIS[n % len(_CRISIS)].format(_ASIDES[n % len(_ASIDES)], _ASIDES[n // len(_ASIDES)]),)
    ]
    copies = [scored(2 + n, "x", f"copy_{n}", 10, 0.9, f"{COPIED} https://x.example/{n}", now) for n in range(11)]
    calm = [
        scored(200 + 60 * n, "x", f"calm_{n}", 5, 0.8, _CALM.format(_ASIDES[n % 6], _ASIDES[n // 6 % 6], n), now)
        for n in range(36)
    ]
    with store.unit() as unit:
        unit.put_mentions([*crisis, *copies])
    asked = MentionQuery(brand=BRAND, label="negative", since=window.since, until=window.until, limit=200)
    found = why(store.mentions(asked).items, calm, window, usual, names=(BRAND,))
    with store.unit() as unit:
        unit.put_alert(
            Alert(
                id=identity("alert", "explained"),
                brand=BRAND,
                incident=identity("incident", BRAND),
                at=at,
                event=AlertEvent.RAISED,
                level=Level.RED,
                rule="baseline",
                reason=REASON,
                observed=43,
                expected_low=2,
                expected_high=9,
                why=found,
            )
        )


def page(store: SqlStore, now: datetime) -> None:
    """Two people were paged over the open incident; one of them over a channel that failed first."""
    incident = identity("incident", BRAND)
    ask = Ask(page="p-2", person="Bo", kind=PageKind.RAISED, level=Level.RED, at=now, due=None, accepted=("chat",))
    state = Escalation(incident=incident, brand=BRAND, level=Level.RED, highest=Level.RED, asks=(ask,), ended=False)
    tried = (
        ("p-1", "Mei-Ling", "chat", PageKind.OPENED, "chat: answered 503: try again later", 18),
        ("p-1", "Mei-Ling", "sms", PageKind.OPENED, "", 18),
        ("p-2", "Bo", "chat", PageKind.RAISED, "", 12),
        ("p-3", "Bo", "chat", PageKind.CHANNEL_FAILED, "", 17),
    )
    with store.unit() as unit:
        unit.keep_escalation(state)
        for id_, person, channel, kind, reason, minutes in tried:
            at = now - timedelta(minutes=minutes)
            unit.note_attempt(
                Attempt(
                    page=id_, person=person, channel=channel, at=at, reason=reason, incident=incident, kind=kind,
                    level=Level.RED,
                )
            )  # fmt: skip


def _point(now: datetime, minutes: int) -> BandPoint:
    at = now - timedelta(minutes=minutes)
    usual = 5 + 3 * math.sin(minutes / 230)
    crisis = 41 / (1 + math.exp((minutes - 34) / 9))
    wobble = 1.4 * math.sin(minutes / 17) + math.sin(minutes / 7)
    observed = max(0.0, round(usual + wobble + crisis))
    return BandPoint(
        at=at, observed=observed, total=observed * 1.6 + 14, expected=usual, low=max(0.0, usual - 3.5), high=usual + 4
    )


def make_parts(store: SqlStore, bus: Bus, clock: Clock, **changes: object) -> Parts:
    settings: dict[str, object] = {
        "store": store,
        "clock": clock,
        "advisor": advisor(),
        "relay": Relay(store, bus),
        "brands": lambda: (Brand(name=BRAND, demonstration=True),),
        "health": _well,
        "ready": _well,
        "alive": lambda: "",
        "metrics": lambda: b"",
        "demonstration": Showing(),
        "undo_seconds": 10.0,
        "window_minutes": 60,
        "user": "Mei-Ling",
        "hosts": ("127.0.0.1", "localhost"),
        "version": "0.1.0",
        "webhooks": Webhooks(intake=WebhookIntake(bus, store, clock, (Brand(name=BRAND),))),
        "known_error": KNOWN_ERROR,
        "quiet": Quieting(store).quiet_by,
        "preview": Previewer(store, AlertingSettings()).preview,
        "present": written(AlertingSettings()),
        "sources": SOURCES,
        "people": ("Mei-Ling", "Bo", "Wren"),
        "policies": StoredPolicies(store, DIRECTORY, (BRAND,), None),
    }
    return Parts(**{**settings, **changes})  # type: ignore[arg-type]


def _well() -> Mapping[str, str]:
    return {"bus": "ok", "store": "ok", "model": "ok"}


@contextmanager
def serving(parts: Parts, port: int = 0) -> Iterator[str]:
    """The application on a loopback port; gives its address."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()  # before the server is ready: who comes early then waits instead of being refused
    app = create_app(parts, stream_interval=0.1)
    server = Server(uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def open_store(folder: Path, clock: Clock) -> tuple[Bus, SqlStore]:
    from tests.backends import open_embedded

    return open_embedded(folder, clock)
