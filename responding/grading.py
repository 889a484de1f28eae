"""How grave a complaint is, why, and whether it needs an answer at all (pure).

The grades are those of the brief of practitioners: urgent is safety, injury, media, legal threat or data leak; high
is an important customer or a major service failure; minor is a suggestion or a mild remark; the rest is standard.
"""

from core.case import Grade
from core.language import Words
from core.mention import Correction, Label, Reading, ScoredMention
from responding.settings import RespondingSettings

_KINDS: dict[str, Words] = {
    "safety": {"en": "product safety", "zh-Hant": "產品安全", "zh-Hans": "产品安全"},
    "injury": {"en": "an injury", "zh-Hant": "有人受傷", "zh-Hans": "有人受伤"},
    "legal": {"en": "a legal threat", "zh-Hant": "揚言提告", "zh-Hans": "扬言起诉"},
    "media": {"en": "media attention", "zh-Hant": "媒體關注", "zh-Hans": "媒体关注"},
    "regulator": {"en": "a regulator", "zh-Hant": "主管機關", "zh-Hans": "监管部门"},
    "data_leak": {"en": "a leak of personal data", "zh-Hant": "個資外洩", "zh-Hans": "个人信息泄露"},
    "boycott": {"en": "a call to boycott", "zh-Hant": "號召抵制", "zh-Hans": "号召抵制"},
}


def grade(
    reading: Reading, p_negative: float | None, followers: int | None, settings: RespondingSettings
) -> tuple[Grade, Words]:
    """The grade of a complaint, and in words why.

    `p_negative` is None where no model has read the text: then words and themes decide alone. `followers` is the
    author's reach where known; a very large reach raises the grade and nothing ever lowers it for another reason.
    """
    for level, kinds in ((Grade.URGENT, settings.urgent_kinds), (Grade.HIGH, settings.high_kinds)):
        found = [kind for kind in reading.sensitive if kind in kinds]
        if found:
            return level, _because_of(found)
    if followers is not None and followers >= settings.vip_followers:
        return Grade.HIGH, {
            "en": f"The author reaches {followers:,} people.",
            "zh-Hant": f"發文者有 {followers:,} 名追蹤者。",
            "zh-Hans": f"发帖者有 {followers:,} 名粉丝。",
        }
    failures = settings.failure_themes.intersection(reading.themes)
    if p_negative is not None and p_negative >= settings.failure_from and len(failures) >= settings.failure_count:
        return Grade.HIGH, {
            "en": "Several things went wrong at once, and the tone is very negative.",
            "zh-Hant": "同時出了好幾個問題，語氣非常負面。",
            "zh-Hans": "同时出了好几个问题，语气非常负面。",
        }
    if p_negative is not None and p_negative < settings.mild_below:
        return Grade.MINOR, {"en": "A mild remark.", "zh-Hant": "語氣和緩的意見。", "zh-Hans": "语气温和的意见。"}
    if reading.themes and settings.minor_themes.issuperset(reading.themes) and p_negative is None:
        return Grade.MINOR, {"en": "A question or suggestion.", "zh-Hant": "詢問或建議。", "zh-Hans": "咨询或建议。"}
    return Grade.STANDARD, {
        "en": "An ordinary complaint about a product or service.",
        "zh-Hant": "一般的產品或服務客訴。",
        "zh-Hans": "一般的产品或服务投诉。",
    }


def needs_answer(scored: ScoredMention, settings: RespondingSettings, said: Correction | None = None) -> bool:
    """Whether a mention becomes a case.

    Anything sensitive does, in every language. Otherwise it must be negative: by what a person `said`, else by the
    classifier, negative enough and in a language that it knows. Praise and neutral remarks don't need an answer.
    """
    score = scored.score
    if score.reading.sensitive:
        return True
    if said is not None:
        return said.label == Label.NEGATIVE
    if score.label in {Label.UNKNOWN, Label.POSITIVE}:
        return False
    return score.p_negative >= settings.answer_from


def _because_of(kinds: list[str]) -> Words:
    words = [_KINDS.get(kind, {"en": kind, "zh-Hant": kind, "zh-Hans": kind}) for kind in kinds]
    return {
        "en": f"It speaks of {', '.join(word['en'] for word in words)}.",
        "zh-Hant": f"內容提到{'、'.join(word['zh-Hant'] for word in words)}。",
        "zh-Hans": f"内容提到{'、'.join(word['zh-Hans'] for word in words)}。",
    }
