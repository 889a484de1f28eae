"""Why an alert fired and what comes next, in a few sentences, written for each language by itself.

For pages and files; the web pages say the same with a link behind every number. Phrases are made of letters alone, so
they can't carry mark-up or mentions of accounts. The sentences hold words of posts: they are made when they are told,
and not kept.
"""

from datetime import tzinfo

from alerting.names import theme_name
from alerting.wording import joined, level_words
from core.alert import Level
from core.language import Words
from core.why import Forecast, Why

_PHRASES = 3
_KNOWN = 20
"""Earlier posts from which on something is called usual, as in `alerting.why`."""


def why_told(why: Why) -> Words | None:
    """What grew, what is said anew, and what is repeated; None where there is nothing of that."""
    sentences = [sentence for sentence in (theme_told(why), _phrases(why), _repeated(why)) if sentence]
    if not sentences:
        return None
    told = sentences[0]
    for sentence in sentences[1:]:
        told = joined(told, sentence)
    return told


def forecast_told(forecast: Forecast, zone: tzinfo) -> Words | None:
    """When the next level is likely, on the clock of a zone; None where nothing is said of that."""
    if forecast.at is None:
        return None
    level, at = level_words(Level(forecast.level)), f"{forecast.at.astimezone(zone):%H:%M}"
    return {
        "en": f"If it goes on like this, {level['en']} is likely around {at} ({forecast.needed} posts); an estimate.",
        "zh-Hant": f"照這樣下去，約 {at} 達到{level['zh-Hant']}（{forecast.needed} 則），僅為推估。",
        "zh-Hans": f"照此发展，约 {at} 达到{level['zh-Hans']}（{forecast.needed} 条），仅为估算。",
    }


def theme_told(why: Why) -> Words | None:
    """What most of the posts are about that is more than usual; None where that is nothing."""
    if not why.themes:
        return None
    theme = why.themes[0]
    name = theme_name(theme.name)
    share, usual = round(100 * theme.share), round(100 * theme.usual)
    known = why.compared >= _KNOWN
    return {
        "en": f"{theme.posts} of {why.posts} posts ({share}%) are about {name['en']}"
        + (f"; usual: {usual}%." if known else "."),
        "zh-Hant": f"{why.posts} 則中有 {theme.posts} 則（{share}%）談到{name['zh-Hant']}"
        + (f"，平常約 {usual}%。" if known else "。"),
        "zh-Hans": f"{why.posts} 条中有 {theme.posts} 条（{share}%）谈到{name['zh-Hans']}"
        + (f"，平时约 {usual}%。" if known else "。"),
    }


def _phrases(why: Why) -> Words | None:
    if not why.phrases:
        return None
    first = why.phrases[:_PHRASES]
    return {
        "en": "More frequent: " + ", ".join(f"“{one.text}” ({one.posts})" for one in first) + ".",
        "zh-Hant": "變多：" + "、".join(f"「{one.text}」（{one.posts}）" for one in first) + "。",
        "zh-Hans": "变多：" + "、".join(f"“{one.text}”（{one.posts}）" for one in first) + "。",
    }


def _repeated(why: Why) -> Words | None:
    if not why.repeated:
        return None
    one = why.repeated[0]
    return {
        "en": f"{one.posts} of {why.posts} repeat one text.",
        "zh-Hant": f"{why.posts} 則中有 {one.posts} 則內容相同。",
        "zh-Hans": f"{why.posts} 条中有 {one.posts} 条内容相同。",
    }
