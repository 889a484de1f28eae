"""Why nobody is told of an incident, written for each language by itself."""

from alerting.wording import level_words
from core.alert import Level
from core.language import Words


def silenced(owner: str, reason: str) -> Words:
    """A person silenced it."""
    return _because(
        {
            "en": f"Silenced by {owner}",
            "zh-Hant": f"{owner} 已設為靜音",
            "zh-Hans": f"{owner} 已设为静音",
        },
        reason,
    )


def maintained(name: str, owner: str, reason: str) -> Words:
    """A planned maintenance window holds."""
    return _because(
        {
            "en": f"Maintenance window “{name}”, planned by {owner}",
            "zh-Hant": f"維護時段「{name}」，由 {owner} 安排",
            "zh-Hans": f"维护时段“{name}”，由 {owner} 安排",
        },
        reason,
    )


def inhibited(brand: str, level: Level) -> Words:
    """A graver incident of the same brand is open, and those who must know are told of that one."""
    named = level_words(level)
    return {
        "en": f"People are told of the graver incident of {brand} ({named['en']}) instead.",
        "zh-Hant": f"{brand} 已有更嚴重的事件（{named['zh-Hant']}），只就那一件通知。",
        "zh-Hans": f"{brand} 已有更严重的事件（{named['zh-Hans']}），仅就该事件通知。",
    }


def _because(said: Words, reason: str) -> Words:
    return {
        "en": f"{said['en']}: {reason}" if reason else f"{said['en']}.",
        "zh-Hant": f"{said['zh-Hant']}：{reason}" if reason else f"{said['zh-Hant']}。",
        "zh-Hans": f"{said['zh-Hans']}：{reason}" if reason else f"{said['zh-Hans']}。",
    }
