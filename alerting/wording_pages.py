"""What pages say, written for each language by itself: a title for a lock screen, and a few lines.

The level comes first and in words, because a phone shows little more than the beginning. The numbers are those of the
alert's own reason. What comes from outside goes through `alerting.plain`.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from alerting import wording_urgent
from alerting.plain import cut, plain
from core.alert import Level
from core.escalation import UrgentCases
from core.language import Language, Words
from core.paging import ASKING, PageKind

LONGEST_TITLE, LONGEST_TEXT = 120, 600
_LONGEST_NAME, _LONGEST_REASON, _LONGEST_FAULT = 40, 400, 140

LEVELS: dict[Level, Words] = {
    Level.BLUE: {"en": "BLUE", "zh-Hant": "藍色警戒", "zh-Hans": "蓝色预警"},
    Level.YELLOW: {"en": "YELLOW", "zh-Hant": "黃色警戒", "zh-Hans": "黄色预警"},
    Level.ORANGE: {"en": "ORANGE", "zh-Hant": "橘色警戒", "zh-Hans": "橙色预警"},
    Level.RED: {"en": "RED", "zh-Hant": "紅色警戒", "zh-Hans": "红色预警"},
}
"""How a title begins."""

_SENTENCE = re.compile(r"\.(?= |$)|。")
_STOPS: Words = {"en": ". ", "zh-Hant": "。", "zh-Hans": "。"}
_CLAUSE = re.compile(r"[;.](?= )|[；。]")


class Facts(Struct, frozen=True, kw_only=True):
    """What a page is made of.

    - `kind`, `level`: of the page.
    - `subject`: the brand, or the source on which we are blind.
    - `reason`: what happened and why, as the alert says it.
    - `about`: what the posts are about, told in the place of what the reason says after its first sentence.
    - `now`: when it is decided; `act_by`: until when somebody must have answered, or when the promised update is due.
      Both in UTC; they are told in `zone`, the IANA name of the person's time zone, or in UTC where it is empty.
    - `by`: who delegated, goes off duty, promised an update, has it in hand or said that it is over; where no channel
      fails, who gave no answer to a test.
    - `channel`: of a channel that fails, with what it said itself in `fault`; that may quote a server's answer.
    - `url`, `acknowledge_url`: as in the page.
    - `cases`: where it is about urgent cases; `reason` is then why the first of them is.
    """

    kind: PageKind
    level: Level
    subject: str
    reason: Words
    about: Words | None = None
    now: datetime
    act_by: datetime | None = None
    zone: str = ""
    by: str = ""
    channel: str = ""
    fault: str = ""
    url: str = ""
    acknowledge_url: str = ""
    cases: UrgentCases | None = None


def title_of(facts: Facts, language: Language) -> str:
    """One line of at most 120 characters."""
    subject, by = plain(facts.subject, _LONGEST_NAME), plain(facts.by, _LONGEST_NAME)
    channel = plain(facts.channel, _LONGEST_NAME)
    level = wording_urgent.lead(facts.cases, language) if facts.cases else LEVELS[facts.level][language]
    due = _moment(facts, language)
    clause = _first_clause(facts, language)
    titles: dict[PageKind, Words] = {
        PageKind.OPENED: dict.fromkeys(("en", "zh-Hant", "zh-Hans"), f"{level} · {clause}"),
        PageKind.RAISED: {
            "en": f"{level}, raised · {clause}",
            "zh-Hant": f"升為{level} · {clause}",
            "zh-Hans": f"升至{level} · {clause}",
        },
        PageKind.DELEGATED: {
            "en": f"{level} · {by} hands {subject} over to you",
            "zh-Hant": f"{level} · {by} 把 {subject} 的事件轉交給你",
            "zh-Hans": f"{level} · {by} 将 {subject} 事件转交给你",
        },
        PageKind.HANDOVER: {
            "en": f"{level} · You are on duty now; still open: {subject}",
            "zh-Hant": f"{level} · 現在輪到你值班，{subject} 事件仍未結束",
            "zh-Hans": f"{level} · 现在由你值班，{subject} 事件尚未结束",
        },
        PageKind.TEST: {
            "en": "TEST · Nothing has happened: please acknowledge",
            "zh-Hant": "測試 · 沒有發生任何事，請按確認",
            "zh-Hans": "测试 · 并无异常，请点击确认",
        },
        PageKind.UPDATE_DUE: {
            "en": f"{level} · Update on {subject} due{f' at {due}' if due else ''}",
            "zh-Hant": f"{level} · {subject} 的進度更新{f' {due} ' if due else ''}該發布了",
            "zh-Hans": f"{level} · {subject} 的进展通报{f'应于 {due} ' if due else '现在应'}发布",
        },
        PageKind.ACKNOWLEDGED: {
            "en": f"{level} · {by} has {subject} in hand",
            "zh-Hant": f"{level} · {subject} 由 {by} 處理中",
            "zh-Hans": f"{level} · {subject} 已由 {by} 接手",
        },
        PageKind.RESOLVED: {
            "en": f"OVER · {subject}: the incident has ended",
            "zh-Hant": f"解除 · {subject} 事件已結束",
            "zh-Hans": f"解除 · {subject} 事件已结束",
        },
        PageKind.JOINED: dict.fromkeys(("en", "zh-Hant", "zh-Hans"), f"{level} · {subject}"),
        PageKind.CHANNEL_FAILED: {
            "en": f"{level} · Pages over {channel} do not get through",
            "zh-Hant": f"{level} · {channel} 的通知送不出去",
            "zh-Hans": f"{level} · {channel} 的通知无法送达",
        },
    }
    if facts.kind == PageKind.CHANNEL_FAILED and not channel:
        unanswered: Words = {
            "en": f"{by} did not answer a test page",
            "zh-Hant": f"{by} 沒有回應測試通知",
            "zh-Hans": f"{by} 未回应测试通知",
        }
        return cut(unanswered[language], LONGEST_TITLE)
    return cut(_of_cases(facts, subject, language) or titles[facts.kind][language], LONGEST_TITLE)


def _of_cases(facts: Facts, subject: str, language: Language) -> str:
    """The title where it is about urgent cases and says more than who has them; else empty."""
    cases = facts.cases
    if cases is None:
        return ""
    if facts.kind == PageKind.JOINED:
        return wording_urgent.joined(cases, subject, language)
    if facts.kind == PageKind.RESOLVED:
        return wording_urgent.answered(subject, language)
    if facts.kind in {PageKind.OPENED, PageKind.RAISED}:
        due, why = _clock(cases.answer_by, facts, language), plain(facts.reason[language], _LONGEST_REASON)
        return wording_urgent.title(cases, subject, due, why, language, late=facts.now >= cases.answer_by)
    return ""


def text_of(facts: Facts, language: Language) -> str:
    """What happened and why, who must act by when, and the links, in at most 600 characters.

    Where there is too much, it is cut from what happened: who must act and the links stay whole.
    """
    links = _links(facts, language)
    room = LONGEST_TEXT - sum(len(line) + 1 for line in links)
    asked = cut(_asked(facts, language), max(room // 2, 1))
    happened = cut(_happened(facts, language), max(min(_LONGEST_REASON, room - len(asked) - 1), 1))
    return "\n".join(line for line in (happened, asked, *links) if line)


def _happened(facts: Facts, language: Language) -> str:
    if facts.kind == PageKind.TEST:
        return {
            "en": "This page only tries out whether it reaches you.",
            "zh-Hant": "這則通知只是測試能不能送到你手上。",
            "zh-Hans": "本通知仅用于测试能否送达。",
        }[language]
    if facts.kind == PageKind.CHANNEL_FAILED:
        # The title names the channel already.
        fault = plain(facts.fault.removeprefix(f"{facts.channel}: "), _LONGEST_FAULT)
        why: Words = {"en": "Reason: ", "zh-Hant": "原因：", "zh-Hans": "原因："}
        return why[language] + fault if fault else ""
    reason = plain(facts.reason[language], _LONGEST_REASON)
    if facts.about:
        first = _until(_SENTENCE, reason, facts)
        return f"{first}{_STOPS[language]}{plain(facts.about[language], _LONGEST_REASON)}"
    if facts.cases and facts.kind != PageKind.RESOLVED:
        subject, due = plain(facts.subject, _LONGEST_NAME), _clock(facts.cases.answer_by, facts, language)
        late = facts.now >= facts.cases.answer_by
        return wording_urgent.happened(facts.cases, subject, due, reason, language, late=late)
    return reason


def _asked(facts: Facts, language: Language) -> str:
    """Who must do what, until when."""
    by, due = plain(facts.by, _LONGEST_NAME), _moment(facts, language)
    channel = plain(facts.channel, _LONGEST_NAME)
    told: dict[PageKind, Words] = {
        PageKind.UPDATE_DUE: {
            "en": f"{by} promised the next update{f' for {due}' if due else ''}.",
            "zh-Hant": f"{by} 答應{f'在 {due} ' if due else ''}更新進度。",
            "zh-Hans": f"{by} 承诺{f'在 {due} ' if due else ''}通报进展。",
        },
        PageKind.ACKNOWLEDGED: {
            "en": f"{by} looks after it. You need not do anything.",
            "zh-Hant": f"{by} 已接手，你不用做任何事。",
            "zh-Hans": f"{by} 已接手，你无需操作。",
        },
        PageKind.RESOLVED: {
            "en": f"{f'{by} ended it. ' if by else ''}You need not do anything.",
            "zh-Hant": f"{f'由 {by} 結案，' if by else ''}你不用做任何事。",
            "zh-Hans": f"{f'已由 {by} 结案，' if by else ''}你无需操作。",
        },
        PageKind.JOINED: {
            "en": "You have the others in hand; nobody else is asked.",
            "zh-Hant": "先前的案件由你處理，因此只通知你一人。",
            "zh-Hans": "此前的工单由你负责，因此仅通知你。",
        },
        PageKind.CHANNEL_FAILED: {
            "en": f"People are told over their other channels meanwhile. Please have {channel} looked at.",
            "zh-Hant": f"目前會改用其他管道通知大家，請找人檢查 {channel}。",
            "zh-Hans": f"目前会改用其他渠道通知，请安排检查 {channel}。",
        },
    }
    if facts.kind == PageKind.CHANNEL_FAILED and not channel:
        return {
            "en": f"In an incident {by} might not be reached. Please find out why.",
            "zh-Hant": f"真的出事時可能聯絡不上 {by}，請確認原因。",
            "zh-Hans": f"真正发生事件时可能联系不上 {by}，请查明原因。",
        }[language]
    if facts.kind in told:
        return told[facts.kind][language]
    if facts.kind == PageKind.TEST:
        return {
            "en": f"Please acknowledge{f' by {due}' if due else ''}.",
            "zh-Hant": f"請{f'在 {due} 前' if due else ''}按確認。",
            "zh-Hans": f"请{f'在 {due} 前' if due else ''}点击确认。",
        }[language]
    return {
        "en": f"You must take it in hand by {due}, or the next one is paged." if due else "Please take it in hand.",
        "zh-Hant": f"請在 {due} 前接手，逾時會通知下一位。" if due else "請接手處理。",
        "zh-Hans": f"请在 {due} 前接手，逾时将通知下一位。" if due else "请接手处理。",
    }[language]


def _links(facts: Facts, language: Language) -> list[str]:
    take: Words = {"en": "Take it in hand: ", "zh-Hant": "我來處理：", "zh-Hans": "由我接手："}
    if facts.kind == PageKind.TEST:
        take = {"en": "Acknowledge: ", "zh-Hant": "確認收到：", "zh-Hans": "确认收到："}
    more: Words = {"en": "More: ", "zh-Hant": "詳情：", "zh-Hans": "详情："}
    asks = facts.acknowledge_url and facts.kind in ASKING
    lines = [take[language] + facts.acknowledge_url] if asks else []
    return [*lines, more[language] + facts.url] if facts.url else lines


def _first_clause(facts: Facts, language: Language) -> str:
    """The reason up to its first full stop or semicolon; those in the name of the subject are none."""
    subject, reason = plain(facts.subject, _LONGEST_NAME), plain(facts.reason[language], _LONGEST_REASON)
    if not reason:
        return subject
    if plain(facts.subject) not in reason:
        return f"{subject}: {_CLAUSE.split(reason, maxsplit=1)[0]}"
    return _until(_CLAUSE, reason, facts)


def _until(end: re.Pattern[str], reason: str, facts: Facts) -> str:
    """The reason up to where something ends for the first time; what ends in the name of the subject doesn't count."""
    before, named, after = reason.partition(plain(facts.subject) or "\0")
    if end.search(before) or not named:
        return end.split(before, maxsplit=1)[0]
    return before + plain(facts.subject, _LONGEST_NAME) + end.split(after, maxsplit=1)[0]


def _moment(facts: Facts, language: Language) -> str:
    """When somebody must act; empty where nothing hangs on it."""
    return _clock(facts.act_by, facts, language) if facts.act_by else ""


def _clock(moment: datetime, facts: Facts, language: Language) -> str:
    """A moment on the clock of whoever reads it; with the day where that isn't today there."""
    zone = ZoneInfo(facts.zone or "UTC")
    at, now = moment.astimezone(zone), facts.now.astimezone(zone)
    clock = f"{at:%H:%M}" if facts.zone else f"{at:%H:%M} UTC"
    if at.date() == now.date():
        return clock
    days: Words = {"en": f"{at:%d %b}", "zh-Hant": f"{at.month} 月 {at.day} 日", "zh-Hans": f"{at.month}月{at.day}日"}
    return f"{days[language]} {clock}"
