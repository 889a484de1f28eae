"""What the alarm says, written for each language by itself: English, and Chinese as in Taiwan and on the mainland."""

from datetime import timedelta

from core.alert import Level
from core.language import Language, Words

LEVELS: dict[Level, Words] = {
    Level.BLUE: {"en": "blue", "zh-Hant": "藍色", "zh-Hans": "蓝色"},
    Level.YELLOW: {"en": "yellow", "zh-Hant": "黃色", "zh-Hans": "黄色"},
    Level.ORANGE: {"en": "orange", "zh-Hant": "橘色", "zh-Hans": "橙色"},
    Level.RED: {"en": "red", "zh-Hant": "紅色", "zh-Hans": "红色"},
}


def level_words(level: Level) -> Words:
    """What a level is called."""
    return LEVELS[level]


def risen(subject: Words, before: int, now: int, usual: tuple[int, int], window: int) -> Words:
    """The baseline rule: negative posts in the window of so many minutes, now and one window earlier, and the band."""
    en, hant, hans = _every(window), *_within(window)
    if now > before:
        moved: Words = {
            "en": f"Negative posts about {subject['en']} rose from {before} to {now} {en}",
            "zh-Hant": f"{_before_words(subject['zh-Hant'])}的負面貼文在{hant}從 {before} 則增加到 {now} 則",
            "zh-Hans": f"{_before_words(subject['zh-Hans'])}的负面帖子{hans}由 {before} 条升至 {now} 条",
        }
    else:
        moved = {
            "en": f"Negative posts about {subject['en']} stay high at {now} {en}",
            "zh-Hant": f"{_before_words(subject['zh-Hant'])}的負面貼文居高不下，{hant.strip()}有 {now} 則",
            "zh-Hans": f"{_before_words(subject['zh-Hans'])}的负面帖子居高不下，{hans.strip()}有 {now} 条",
        }
    return _with_usual(moved, usual)


def risen_in_several(brand: str, sources: Words, now: int, usual: tuple[int, int], window: int) -> Words:
    """The rule of several sources: their names, negative posts on them together in the window, and the band."""
    en, hant, hans = _every(window), *_within(window)
    moved: Words = {
        "en": f"Negative posts about {brand} rise on {sources['en']} at once, to {now} {en} together",
        "zh-Hant": f"{brand} 的負面貼文在多個來源同時增加（{sources['zh-Hant']}），這些來源{hant}合計 {now} 則",
        "zh-Hans": f"{brand} 的负面帖子在多个来源同时增多（{sources['zh-Hans']}），这些来源{hans}合计 {now} 条",
    }
    return _with_usual(moved, usual)


def _with_usual(moved: Words, usual: tuple[int, int]) -> Words:
    """What is usual behind what moved; a band from 0 to 0 is told as what it says: that none are usual."""
    low, high = usual
    if not high:
        return {
            "en": f"{moved['en']}; usually there are none at this time.",
            "zh-Hant": f"{moved['zh-Hant']}；平常這個時段沒有負面貼文。",
            "zh-Hans": f"{moved['zh-Hans']}，平时这个时段没有负面帖子。",
        }
    return {
        "en": f"{moved['en']}; usual at this time: {low} to {high}.",
        "zh-Hant": f"{moved['zh-Hant']}；平常這個時段約 {low} 到 {high} 則。",
        "zh-Hans": f"{moved['zh-Hans']}，平时这个时段为 {low} 至 {high} 条。",
    }


def reached(brand: str, reach: int, negative: int, usual: int, window: int) -> Words:
    """The rule of reach: followers of those who wrote the negative posts of the window, and the usual number."""
    hant, hans = _within(window)
    posts, by = (
        ("1 negative post", "is by an account") if negative == 1 else (f"{negative} negative posts", "are by accounts")
    )
    known: Words = {
        "en": f"usual: {_rounded(usual, 'en')}",
        "zh-Hant": f"平常約 {_rounded(usual, 'zh-Hant')} 位",
        "zh-Hans": f"平时约 {_rounded(usual, 'zh-Hans')} 名",
    }
    known = known if usual else _HARDLY_ANY
    return {
        "en": f"{posts} about {brand} in {_span(window)} {by} with {_rounded(reach, 'en')} followers; {known['en']}.",
        "zh-Hant": f"{brand} {hant.strip()}有 {negative} 則負面貼文，發文帳號共有"
        f" {_rounded(reach, 'zh-Hant')} 位追蹤者，{known['zh-Hant']}。",
        "zh-Hans": f"{brand} {hans.strip()}有 {negative} 条负面帖子，发帖账号共有"
        f" {_rounded(reach, 'zh-Hans')} 名粉丝，{known['zh-Hans']}。",
    }


def risen_unknown(brand: str, now: int, high: int, window: int) -> Words:
    """The baseline rule while the brand's usual level is not known yet."""
    en, hant, hans = _every(window), *_within(window)
    return {
        "en": f"{now} negative posts about {brand} {en}. Its usual level is not known yet; up to {high} would pass.",
        "zh-Hant": f"{brand} {hant}出現 {now} 則負面貼文。目前還不清楚平常的量，暫以 {high} 則為上限。",
        "zh-Hans": f"{brand} {hans}出现 {now} 条负面帖子。平时的量尚不清楚，暂以 {high} 条为上限。",
    }


def share_risen(brand: str, negative: int, total: int, usual: float, window: int) -> Words:
    """The share rule: negative posts among all of the window; `usual` is a share between 0 and 1."""
    (hant, hans), share, known = _within(window), round(100 * negative / total), _usual_share(usual)
    return {
        "en": f"{share}% of the posts about {brand} are negative ({negative} of {total} in {_span(window)});"
        f" {known['en']}.",
        "zh-Hant": f"{brand} 的貼文有 {share}% 是負面的（{hant} {total} 則中有 {negative} 則），{known['zh-Hant']}。",
        "zh-Hans": f"{brand} 的帖子中负面占 {share}%（{hans} {total} 条里有 {negative} 条），{known['zh-Hans']}。",
    }


def corrected_share_risen(brand: str, corrected: tuple[float, float, float], usual: float, window: int) -> Words:
    """The share rule on the share corrected for the model's known error: it and its interval, between 0 and 1."""
    (hant, hans), (share, low, high) = _within(window), map(_percent, corrected)
    known = _usual_share(usual)
    return {
        "en": f"About {share}% of the posts about {brand} in {_span(window)} are negative ({low} to {high}%), corrected"
        f" for the model's known error; {known['en']}.",
        "zh-Hant": f"校正模型已知的誤判後，{brand} {hant}的貼文約有 {share}% 是負面的"
        f"（{low}% 到 {high}%），{known['zh-Hant']}。",
        "zh-Hans": f"校正模型已知误差后，{brand} {hans}的帖子约 {share}% 为负面"
        f"（{low}% 至 {high}%），{known['zh-Hans']}。",
    }


def share_told(counted: float | None, corrected: tuple[float, float, float]) -> Words:
    """The share of negative posts as counted (None: it is told already), then as corrected, with its interval."""
    share, low, high = map(_percent, corrected)
    if counted is None:
        return {
            "en": f"Corrected for the model's known error: {share}% ({low} to {high}%).",
            "zh-Hant": f"校正模型已知的誤判後為 {share}%（{low}% 到 {high}%）。",
            "zh-Hans": f"校正模型已知误差后为 {share}%（{low}% 至 {high}%）。",
        }
    plain = _percent(counted)
    return {
        "en": f"{plain}% negative; corrected for the model's known error {share}% ({low} to {high}%).",
        "zh-Hant": f"負面佔 {plain}%；校正模型已知的誤判後為 {share}%（{low}% 到 {high}%）。",
        "zh-Hans": f"负面占 {plain}%；校正模型已知误差后为 {share}%（{low}% 至 {high}%）。",
    }


def trending(brand: str, before: int, total: int, negative: int, window: int) -> Words:
    """The trend rule: all posts of the window before and of this one, and how many of these are negative."""
    en, (hant, hans), share = _every(window), _within(window), round(100 * negative / total)
    return {
        "en": f"Much is said about {brand}, little of it is negative: posts rose from {before} to {total} {en},"
        f" {share}% of them negative.",
        "zh-Hant": f"{brand} 的討論變多，但負面不多：{hant}的貼文從 {before} 則增加到 {total} 則，"
        f"其中 {share}% 是負面。",
        "zh-Hans": f"{brand} 的讨论增多，但负面不多：{hans}的帖子由 {before} 条升至 {total} 条，其中 {share}% 为负面。",
    }


def few_voices(mentions: int, repeated: int, loudest: int) -> Words:
    """Why a level isn't higher: so many posts are copies of one text, or by one author."""
    if repeated >= loudest:
        return {
            "en": f"{repeated} of {mentions} repeat one text.",
            "zh-Hant": f"{mentions} 則裡有 {repeated} 則是同一段文字。",
            "zh-Hans": f"{mentions} 条里有 {repeated} 条重复同一段文字。",
        }
    return {
        "en": f"{loudest} of {mentions} are by one author.",
        "zh-Hant": f"{mentions} 則裡有 {loudest} 則出自同一個帳號。",
        "zh-Hans": f"{mentions} 条里有 {loudest} 条来自同一个账号。",
    }


def joined(first: Words, then: Words) -> Words:
    """One sentence after the other."""
    return {
        "en": f"{first['en']} {then['en']}",
        "zh-Hant": first["zh-Hant"] + then["zh-Hant"],
        "zh-Hans": first["zh-Hans"] + then["zh-Hans"],
    }


def limit_reached(brand: str, now: int, limit: int, window: int) -> Words:
    """The fixed-count rule."""
    en, hant, hans = _every(window), *_within(window)
    return {
        "en": f"{now} negative posts about {brand} {en}; the limit that was set is {limit}.",
        "zh-Hant": f"{brand} {hant}有 {now} 則負面貼文，已達設定的門檻 {limit} 則。",
        "zh-Hans": f"{brand} {hans}有 {now} 条负面帖子，达到设定的阈值 {limit} 条。",
    }


def sensitive_found(brand: str, now: int, usual: int, window: int) -> Words:
    """The rule of sensitive words; `usual` is the highest usual number in such a window."""
    hant, hans = _within(window)
    posts = "1 post" if now == 1 else f"{now} posts"
    return {
        "en": f"{posts} about {brand} in {_span(window)} with words of danger, injury, the law or the press;"
        f" usual: {f'up to {usual}' if usual else 'none'}.",
        "zh-Hant": f"{brand} {hant}有 {now} 則貼文提到危險、受傷、法律或媒體等敏感字眼，"
        f"平常{f'最多 {usual} 則' if usual else '沒有'}。",
        "zh-Hans": f"{brand} {hans}有 {now} 条帖子涉及危险、受伤、法律或媒体等敏感词，"
        f"平时{f'最多 {usual} 条' if usual else '没有'}。",
    }


def lowered(subject: Words, before: Level, after: Level, calm: timedelta) -> Words:
    """An incident falls by one level."""
    minutes = _minutes(calm)
    return {
        "en": f"{subject['en']} has been below level {LEVELS[before]['en']} for {minutes} minutes;"
        f" the level is now {LEVELS[after]['en']}.",
        "zh-Hant": f"{_before_words(subject['zh-Hant'])}已有 {minutes} 分鐘未達{LEVELS[before]['zh-Hant']}警戒，"
        f"調降為{LEVELS[after]['zh-Hant']}。",
        "zh-Hans": f"{_before_words(subject['zh-Hans'])}已连续 {minutes} 分钟低于{LEVELS[before]['zh-Hans']}预警，"
        f"下调为{LEVELS[after]['zh-Hans']}。",
    }


def closed(subject: Words, calm: timedelta) -> Words:
    """An incident ends."""
    minutes = _minutes(calm)
    return {
        "en": f"Nothing unusual about {subject['en']} for {minutes} minutes; the incident is closed.",
        "zh-Hant": f"{_before_words(subject['zh-Hant'])}已有 {minutes} 分鐘沒有異常，事件結束。",
        "zh-Hans": f"{_before_words(subject['zh-Hans'])}已连续 {minutes} 分钟无异常，事件关闭。",
    }


_HARDLY_ANY: Words = {"en": "usual: next to none", "zh-Hant": "平常幾乎沒有", "zh-Hans": "平时几乎没有"}


def _before_words(subject: str) -> str:
    """What is spoken of, before Chinese words: a space sets off letters, a full-width bracket needs none."""
    return subject if subject.endswith("）") else f"{subject} "


def _usual_share(usual: float) -> Words:
    known = _percent(usual)
    if not known:
        return _HARDLY_ANY
    return {"en": f"usual: about {known}%", "zh-Hant": f"平常約 {known}%", "zh-Hans": f"平时约 {known}%"}


def _percent(share: float) -> int:
    return round(100 * share)


_LARGE: dict[Language, tuple[tuple[int, str], ...]] = {
    "en": ((1_000_000, " million"),),
    "zh-Hant": ((100_000_000, " 億"), (10_000, " 萬")),
    "zh-Hans": ((100_000_000, " 亿"), (10_000, " 万")),
}


def _rounded(count: int, language: Language) -> str:
    """A large number in two or three digits, as it is spoken in a language: 1.2 million, 120 萬."""
    for size, unit in _LARGE[language]:
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + unit if count < 10 * size else f"{count // size:,}{unit}"
    return f"{count // 1_000 * 1_000:,}" if count >= 10_000 else f"{count:,}"


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)


def _span(window: int) -> str:
    if window == 60:
        return "an hour"
    return f"{window // 60} hours" if window % 60 == 0 else f"{window} minutes"


def _every(window: int) -> str:
    return "an hour" if window == 60 else f"in {_span(window)}"


def _within(window: int) -> tuple[str, str]:
    if window == 60:
        return "一小時內", "一小时内"
    if window % 60 == 0:
        return f" {window // 60} 小時內", f" {window // 60} 小时内"
    return f" {window} 分鐘內", f" {window} 分钟内"
