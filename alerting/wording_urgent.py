"""What pages over urgent cases say, written for each language by itself.

They say that somebody must be answered, until when and why; never what was written, nor by whom.
"""

from core.escalation import UrgentCases
from core.language import Language, Words


def lead(cases: UrgentCases, language: Language) -> str:
    """How a title begins, with the number of cases."""
    n = cases.count
    words: Words = {
        "en": "URGENT CASE" if n == 1 else f"{n} URGENT CASES",
        "zh-Hant": "緊急案件" if n == 1 else f"{n} 件緊急案件",
        "zh-Hans": "紧急工单" if n == 1 else f"{n} 起紧急工单",
    }
    return words[language]


def title(cases: UrgentCases, subject: str, due: str, why: str, language: Language, *, late: bool) -> str:
    """That there are some; `due` is when the first answer is, or was where it is `late`; `why` the grade's reason."""
    words: Words = {
        "en": f"{subject}, answer {'was due at' if late else 'by'} {due}",
        "zh-Hant": f"{subject}，{f'已超過回覆期限 {due}' if late else f'{due} 前要回覆'}",
        "zh-Hans": f"{subject}，{f'已超过回复时限 {due}' if late else f'须在 {due} 前回复'}",
    }
    return f"{lead(cases, language)} · {words[language]} · {why}".rstrip(" ·.。")


def joined(cases: UrgentCases, subject: str, language: Language) -> str:
    """The title for whoever has the others already."""
    n = cases.count
    words: Words = {
        "en": f"{n} URGENT CASES NOW · {subject}: more have come in"
        if n > 1
        else f"URGENT CASE · {subject}: a new one",
        "zh-Hant": f"緊急案件增為 {n} 件 · {subject}" if n > 1 else f"又有緊急案件 · {subject}",
        "zh-Hans": f"紧急工单增至 {n} 起 · {subject}" if n > 1 else f"又有紧急工单 · {subject}",
    }
    return words[language]


def answered(subject: str, language: Language) -> str:
    """The title when all are answered or closed."""
    words: Words = {
        "en": f"OVER · {subject}: no urgent case is waiting any more",
        "zh-Hant": f"解除 · {subject} 的緊急案件都處理完了",
        "zh-Hans": f"解除 · {subject} 的紧急工单均已处理",
    }
    return words[language]


def happened(cases: UrgentCases, subject: str, due: str, why: str, language: Language, *, late: bool) -> str:
    """What is to be answered, until when, and why it is urgent."""
    n = cases.count
    words: Words = {
        "en": f"{'An urgent case' if n == 1 else f'{n} urgent cases'} of {subject} must be answered; "
        f"the first answer {'was due at' if late else 'is due by'} {due}. {why}",
        "zh-Hant": f"{subject} 有 {n} 件緊急案件等待回覆，"
        f"最早的一件{f'已超過期限 {due}' if late else f'要在 {due} 前回覆'}。{why}",
        "zh-Hans": f"{subject} 有 {n} 起紧急工单待回复，"
        f"最早一起{f'已超过时限 {due}' if late else f'须在 {due} 前首次回复'}。{why}",
    }
    return words[language]
