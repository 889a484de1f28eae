"""What is said of a source that doesn't see, written for each language by itself."""

from datetime import datetime, timedelta

from core.language import Words


def blind(source: str, since: datetime, now: datetime) -> Words:
    """Nothing was heard of a network since a moment (UTC)."""
    at = _moment(since, now)
    return {
        "en": f"We are blind on {source} since {at}. What is written there now reaches nobody here.",
        "zh-Hant": f"從 {at} 起看不到 {source}。現在那邊的貼文都進不來。",
        "zh-Hans": f"自 {at} 起看不到 {source}。现在那边的帖子都进不来。",
    }


def because(words: Words, reason: str) -> Words:
    """The same with what went wrong, as far as is known; errors are told in English."""
    if not reason:
        return words
    return {
        "en": f"{words['en']} Last error: {reason}",
        "zh-Hant": f"{words['zh-Hant']}最後的錯誤：{reason}",
        "zh-Hans": f"{words['zh-Hans']}最后的错误：{reason}",
    }


def quiet(source: str, since: datetime, usual: timedelta, now: datetime) -> Words:
    """A network answers, but has brought nothing since a moment (UTC), where usually it does that often."""
    at, minutes = _moment(since, now), max(1, round(usual / timedelta(minutes=1)))
    return {
        "en": f"{source} answers, but has brought nothing since {at}; usually something comes every {minutes} min.",
        "zh-Hant": f"{source} 有回應，但從 {at} 起沒有任何貼文；平常約每 {minutes} 分鐘就有一則。",
        "zh-Hans": f"{source} 有响应，但自 {at} 起没有任何帖子；平时约每 {minutes} 分钟就有一条。",
    }


def seen_again(source: str, blind_for: timedelta) -> Words:
    """A network is seen again after so long."""
    minutes = max(1, round(blind_for / timedelta(minutes=1)))
    return {
        "en": f"We see {source} again, after {minutes} min. What was written meanwhile is fetched if it can be.",
        "zh-Hant": f"又看得到 {source} 了，中斷了 {minutes} 分鐘。這段時間的貼文會盡可能補抓。",
        "zh-Hans": f"又能看到 {source} 了，中断了 {minutes} 分钟。这段时间的帖子会尽可能补取。",
    }


def brings_again(source: str) -> Words:
    """A network that was quiet for unusually long brings something again."""
    return {
        "en": f"{source} brings posts again.",
        "zh-Hant": f"{source} 又有貼文進來了。",
        "zh-Hans": f"{source} 又有帖子进来了。",
    }


def no_longer_watched(source: str) -> Words:
    """A source was taken out of the configuration."""
    return {
        "en": f"{source} is no longer watched: it was taken out of the configuration.",
        "zh-Hant": f"{source} 已從設定中移除，不再監看。",
        "zh-Hans": f"{source} 已从配置中移除，不再监测。",
    }


def _moment(at: datetime, now: datetime) -> str:
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"
