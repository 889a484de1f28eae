"""What themes and sources are called in each language, and what is said to be about them."""

from collections.abc import Sequence

from core.language import LANGUAGES, Words
from core.segment import parted

_THEMES: dict[str, Words] = {
    "delivery": {"en": "delivery", "zh-Hant": "物流", "zh-Hans": "物流"},
    "quality": {"en": "quality", "zh-Hant": "品質", "zh-Hans": "质量"},
    "service": {"en": "service", "zh-Hant": "服務", "zh-Hans": "服务"},
    "refund": {"en": "returns and refunds", "zh-Hant": "退換貨與退款", "zh-Hans": "退换货与退款"},
    "price": {"en": "price", "zh-Hant": "價格", "zh-Hans": "价格"},
    "account": {"en": "account", "zh-Hant": "帳號", "zh-Hans": "账号"},
    "information": {"en": "product information", "zh-Hant": "產品資訊", "zh-Hans": "产品信息"},
    "technical": {"en": "technical trouble", "zh-Hant": "技術問題", "zh-Hans": "技术问题"},
    "safety": {"en": "safety", "zh-Hant": "安全", "zh-Hans": "安全"},
    "media": {"en": "media", "zh-Hant": "媒體", "zh-Hans": "媒体"},
    "legal": {"en": "legal threat", "zh-Hant": "法律行動", "zh-Hans": "法律行动"},
}

_SOURCES: dict[str, str] = {
    "x": "X",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "threads": "Threads",
    "reddit": "Reddit",
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "ptt": "PTT",
    "dcard": "Dcard",
    "line": "LINE",
}
_SOURCES_IN_WORDS: dict[str, Words] = {
    "weibo": {"en": "Weibo", "zh-Hant": "微博", "zh-Hans": "微博"},
    "xiaohongshu": {"en": "Xiaohongshu", "zh-Hant": "小紅書", "zh-Hans": "小红书"},
    "email": {"en": "e-mail", "zh-Hant": "電子郵件", "zh-Hans": "电子邮件"},
    "form": {"en": "web form", "zh-Hant": "網頁表單", "zh-Hans": "网页表单"},
    "voice": {"en": "voice messages", "zh-Hant": "語音留言", "zh-Hans": "语音留言"},
    "feeds": {"en": "feeds", "zh-Hant": "訂閱來源", "zh-Hans": "订阅源"},
}


def theme_name(theme: str) -> Words:
    """What a theme is called; one that was added in the settings by its own name."""
    return _THEMES.get(theme) or dict.fromkeys(LANGUAGES, theme.replace("_", " "))


def source_name(source: str) -> Words:
    """What a source is called; one that isn't known by its own name."""
    return _SOURCES_IN_WORDS.get(source) or dict.fromkeys(LANGUAGES, _SOURCES.get(source, source))


def subject(brand: str, segment: str) -> Words:
    """What is spoken of: the brand, with the theme or source that it is about."""
    kind, name = parted(segment)
    if not kind:
        return dict.fromkeys(LANGUAGES, brand)
    part = theme_name(name) if kind == "theme" else source_name(name)
    return {
        "en": f"{brand} ({part['en']})",
        "zh-Hant": f"{brand}（{part['zh-Hant']}）",
        "zh-Hans": f"{brand}（{part['zh-Hans']}）",
    }


def listed(sources: Sequence[str]) -> Words:
    """Two or more sources in words."""
    names = [source_name(source) for source in sources]
    *first, last = (name["en"] for name in names)
    return {
        "en": f"{', '.join(first)} and {last}",
        "zh-Hant": "、".join(name["zh-Hant"] for name in names),
        "zh-Hans": "、".join(name["zh-Hans"] for name in names),
    }
