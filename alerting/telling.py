"""The page for what is asked or told: its words, in the language of the person (pure)."""

from collections.abc import Callable

from alerting.policies import Person
from alerting.wording import LEVELS
from core.alert import Alert
from core.escalation import Ask, Escalation, EscalationKind
from core.language import Language, Words
from core.paging import Page, PageKind

_LONGEST_TITLE, _LONGEST_TEXT = 120, 600

Links = Callable[[str, str], tuple[str, str]]
"""Of an incident and a person: the address of the incident, and the one that acknowledges with one tap."""


def no_links(_incident: str, _person: str) -> tuple[str, str]:
    """Where no public address is known."""
    return "", ""


def page_of(ask: Ask, state: Escalation, person: Person, alert: Alert | None, links: Links = no_links) -> Page:
    """What a person is told. `alert` is the one that it is about, None for tests and faults of the house."""
    language = person.language
    url, acknowledge_url = links(state.incident, person.name) if state.kind is EscalationKind.INCIDENT else ("", "")
    what = state.brand or state.source
    head = f"{LEVELS[ask.level][language].upper()} · {what}" if what else ""
    reason = alert.reason[language] if alert else ""
    title = _titles(ask, reason)[language]
    parts = [title, reason if reason not in title else "", _then(ask.kind, language), url]
    return Page(
        id=ask.page,
        kind=ask.kind,
        incident=state.incident,
        level=ask.level,
        person=person.name,
        language=language,
        title=_cut(_joined(head, title, language), _LONGEST_TITLE),
        text=_cut("\n".join(part for part in parts if part), _LONGEST_TEXT),
        at=ask.at,
        brand=state.brand,
        source=state.source,
        url=url,
        acknowledge_url=acknowledge_url,
    )


def _titles(ask: Ask, reason: str) -> Words:
    about = ask.about
    by = {"en": f" by {about}", "zh-Hant": f"，處理人：{about}", "zh-Hans": f"，处理人：{about}"}
    same: Words = {"en": reason, "zh-Hant": reason, "zh-Hans": reason}
    titles: dict[PageKind, Words] = {
        PageKind.OPENED: same,
        PageKind.RAISED: same,
        PageKind.DELEGATED: {
            "en": f"{about} passes this on to you",
            "zh-Hant": f"{about} 請你接手",
            "zh-Hans": f"{about} 将此事转交给你",
        },
        PageKind.HANDOVER: {
            "en": f"Your shift begins; {about} had this in hand",
            "zh-Hant": f"輪到你值班，請從 {about} 手上接過這件事",
            "zh-Hans": f"轮到你值班，请接手 {about} 正在处理的这件事",
        },
        PageKind.TEST: {"en": "This is a test page", "zh-Hant": "這是測試通知", "zh-Hans": "这是测试通知"},
        PageKind.UPDATE_DUE: {
            "en": f"The update that {about} promised is due",
            "zh-Hant": f"{about} 答應的最新說明該發出了",
            "zh-Hans": f"{about} 承诺的进展通报时间到了",
        },
        PageKind.ACKNOWLEDGED: {
            "en": f"{about} has it in hand",
            "zh-Hant": f"已由 {about} 處理中",
            "zh-Hans": f"{about} 已接手处理",
        },
        PageKind.RESOLVED: {
            "en": f"It is over{by['en'] if about else ''}",
            "zh-Hant": f"已結束{by['zh-Hant'] if about else ''}",
            "zh-Hans": f"已结束{by['zh-Hans'] if about else ''}",
        },
        PageKind.CHANNEL_FAILED: {
            "en": f"{about} could not be reached or gave no answer",
            "zh-Hant": f"{about} 聯絡不上或沒有回應",
            "zh-Hans": f"{about} 无法送达或没有回应",
        },
    }
    return titles[ask.kind]


def _then(kind: PageKind, language: Language) -> str:
    """What the person is to do."""
    words: Words = {
        "en": "Acknowledge it, else the next person is paged.",
        "zh-Hant": "請確認接手，否則會通知下一位。",
        "zh-Hans": "请确认接手，否则将通知下一位。",
    }
    answer: Words = {
        "en": "Acknowledge it, so that we know it reaches you.",
        "zh-Hant": "請按確認，讓我們知道你收得到。",
        "zh-Hans": "请点确认，以便我们知道你能收到。",
    }
    if kind is PageKind.TEST:
        return answer[language]
    asking = {PageKind.OPENED, PageKind.RAISED, PageKind.DELEGATED, PageKind.HANDOVER}
    return words[language] if kind in asking else ""


def _joined(head: str, title: str, language: Language) -> str:
    if not head or not title:
        return head or title
    return f"{head}: {title}" if language == "en" else f"{head}：{title}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
