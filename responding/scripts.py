"""Which of the product's languages a text is clearly written in, by its characters alone (pure)."""

import re
from functools import cache

from core.language import Language

_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_OTHER = re.compile(r"[\u0370-\u1fff\u3040-\u30ff\uac00-\ud7af]")
_NOISE = re.compile(r"https?://\S{1,500}|[@#]\w{1,50}")
_READ = 2_000
_CLEAR = 2


def clear_language(text: str) -> Language | None:
    """The language that a text is clearly in, or None; a Chinese script shows by two characters of its own."""
    text = _NOISE.sub(" ", text[:_READ])
    han = _HAN.findall(text)
    latin = len(_LATIN_WORD.findall(text))
    if _OTHER.search(text) or not (han or latin):
        return None
    if len(han) > 2 * latin:
        return _script(han)
    if latin >= 3 and latin > len(han):
        return "en"
    return None


def is_chinese(text: str) -> bool:
    """Whether Chinese characters carry a text, whichever their script."""
    text = _NOISE.sub(" ", text[:_READ])
    han = len(_HAN.findall(text))
    return han >= 3 and han > 2 * len(_LATIN_WORD.findall(text)) and not _OTHER.search(text)


def _script(han: list[str]) -> Language | None:
    traditional_only, simplified_only = _tables()
    traditional = sum(1 for character in han if character in traditional_only)
    simplified = sum(1 for character in han if character in simplified_only)
    if traditional >= _CLEAR and traditional > 4 * simplified:
        return "zh-Hant"
    if simplified >= _CLEAR and simplified > 4 * traditional:
        return "zh-Hans"
    return None


@cache
def _tables() -> tuple[frozenset[str], frozenset[str]]:
    """Characters of one national standard that the other lacks: of Big5 (1984) and of GB 2312 (1980)."""
    characters = [chr(point) for point in range(0x4E00, 0xA000)]
    big5 = {character for character in characters if character.encode("big5", "ignore")}
    gb = {character for character in characters if character.encode("gb2312", "ignore")}
    return frozenset(big5 - gb), frozenset(gb - big5)
