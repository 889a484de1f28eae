"""Which language a text is written in, by script and by words; no model, no dictionary beyond the tables below.

Han characters are told apart by two national standards that Python's codecs carry: a character of GB 2312 (1980)
that Big5 lacks is Simplified, one of Big5 with the Hong Kong supplement that GB 2312 lacks is Traditional.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from core.language import Language

_READ = 2_000
"""Characters that are looked at: the language of a longer text shows long before."""

_NOISE = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.])[@#][A-Za-z0-9_.]+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")

_SCRIPTS = {
    "CJK": "han",
    "HIRAGANA": "hiragana",
    "KATAKANA": "katakana",
    "HANGUL": "ko",
    "LATIN": "latin",
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "THAI": "th",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
}

_NEITHER = frozenset("着吖囧喆堃昇玥珺瑄")
"""Written on both sides of the strait, whatever the standards say."""
_SIMPLIFIED_IN_USE = frozenset("万与么价优体儿党几划厂听坏宁庄怀怜惊扑担极构柜气洁洒种确离肮胜腊荐虫触适据")
"""Big5 has them as rare characters of other meaning, but who writes them writes Simplified Chinese."""
_TRADITIONAL_IN_USE = frozenset("後於")
"""GB 2312 has them for names and classics only."""

_TRADITIONAL_WORDS = (
    *(
        "「",
        "」",
        "影片",
        "超商",
        "宅配",
        "捷運",
        "公車",
        "滑鼠",
        "部落客",
        "悠遊卡",
        "水準",
        "品管",
        "哈囉",
        "傻眼",
        "折價",
    ),
    *("台北", "台中", "台南", "高雄", "新竹", "桃園", "北捷", "高鐵", "唔該", "好正", "抵食", "伏味", "中伏", "師奶"),
)
_SIMPLIFIED_WORDS = (
    *(
        "以后",
        "之后",
        "最后",
        "售后",
        "后来",
        "后面",
        "里面",
        "家里",
        "哪里",
        "心里",
        "公里",
        "公交",
        "短信",
        "信息",
        "屏幕",
    ),
    *(
        "微信",
        "微博",
        "淘宝",
        "京东",
        "天猫",
        "打工人",
        "水平",
        "充值",
        "快手",
        "抖音",
        "小红书",
        "程序",
        "土豆",
        "立白",
    ),
)

_STOP_WORDS = {
    "en": "the and is are was were to of in for with that this it you i my not have has be on at but just so what your "
    "they we me they're it's i'm don't can't never when how why who all there been will would from after a no "
    "as do me an or by am if can out up",
    "es": "el los las de que y en una por para es está pero muy mi su lo se del al como más qué "
    "este esta gracias servicio nunca porque",
    "fr": "le les de des du et en une pour avec est pas je vous nous dans sur que qui mon c'est j'ai mais très "
    "merci au plus ne ce cette sont été toujours",
    "de": "der das und ist nicht ich ein eine zu mit auf für von den dem es sich auch wie aber sehr mein bei noch "
    "wird nach wurde habe seit keine",
    "pt": "os de que em um uma por com para não é está mas muito meu minha se da como mais eu foi "
    "você vocês nunca isso obrigado",
    "it": "il lo gli di che una per con non è sono ma molto mio mia del della nel alla come più mi ho questo "
    "grazie sempre anche",
    "nl": "de het een en van niet ik je voor met dat maar ook mijn aan bij naar wat heb nog geen wordt heel",
    "id": "yang dan di ke dari ini itu tidak untuk dengan saya kami anda sudah bisa ada akan juga tapi sangat karena "
    "pelayanan banget nya kalau belum gak",
    "vi": "và là của không có cho được này một những tôi bạn rất với để đã thì mà khi nhưng quá",
    "tr": "ve bir bu için çok ile ama değil mi ben benim yok gibi daha kadar sonra",
}
_STOP_WORD_SETS = {code: frozenset(words.split()) for code, words in _STOP_WORDS.items()}
_LEAST_STOP_WORDS = 2
_LEAST_STOP_WORD_SHARE = 0.2

_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}
_NO_LANGUAGE = frozenset({"und", "zxx", "qme", "qam", "qct", "qht", "qst", "art", "mul"})
_SHARED_SCRIPTS = {
    "ru": frozenset({"uk", "bg", "sr", "mk", "be", "kk"}),
    "ar": frozenset({"fa", "ur"}),
    "hi": frozenset({"mr", "ne"}),
}
"""Languages that a hint may name for a script whose most frequent language is meant otherwise."""
_OTHER_SCRIPTS = frozenset(
    {"ja", "ko", "zh-Hant", "zh-Hans", *_SCRIPTS.values(), *frozenset().union(*_SHARED_SCRIPTS.values())}
)
_HINT = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_HANT_PARTS = frozenset({"hant", "tw", "hk", "mo"})
_HANS_PARTS = frozenset({"hans", "cn", "sg", "my"})


def language_of(text: str, hint: str = "", default_han: Language = "zh-Hant") -> str:
    """The language of a text: one of the product's, another BCP 47 code, or ``und`` where there are no letters.

    Kana gives ``ja``, Hangul ``ko``, Han one of the two Chinese scripts, Latin script ``en`` unless another
    language's stop words show. Mixed texts go by what prevails; two Latin words weigh as much as one Han character.

    Args:
        text: anything, also broken text.
        hint: what the network or the person says (``zh-TW``, ``en``, X's ``in`` …); decides where the text doesn't.
        default_han: for Han text with neither evidence nor a hint.
    """
    cleaned = unicodedata.normalize("NFKC", _NOISE.sub(" ", text[:_READ])).lower().replace("’", "'")
    scripts = Counter(script for char in cleaned if (script := _script(char)))
    if not scripts:
        return "und"
    words = [word for word in _WORD.findall(cleaned) if _script(word[0]) == "latin"]
    kana = scripts["hiragana"] + scripts["katakana"]
    weights = {script: float(count) for script, count in scripts.items() if script not in {"hiragana", "katakana"}}
    weights["han"] = float(scripts["han"] + kana)
    weights["latin"] = len(words) / 2
    prevailing = max(weights, key=lambda script: weights[script])
    hinted = _read_hint(hint)
    if prevailing == "latin":
        return _latin_language(words, hinted)
    if prevailing != "han":
        return hinted if hinted in _SHARED_SCRIPTS.get(prevailing, ()) else prevailing
    # Chinese shop signs borrow の and product names borrow katakana: neither makes a text Japanese.
    particles = scripts["hiragana"] - cleaned.count("の")
    if (particles and kana >= weights["han"] / 5) or kana > scripts["han"] or (hinted == "ja" and kana):
        return "ja"
    return _chinese_script(cleaned, hinted, default_han)


def _read_hint(hint: str) -> str:
    """The hint as one of the product's languages or a bare code; empty where it says nothing."""
    hint = hint.strip().lower().replace("_", "-")
    if not _HINT.fullmatch(hint):
        return ""
    code, *parts = hint.split("-")
    if code in {"zh", "yue"}:
        if _HANT_PARTS.intersection(parts) or code == "yue":
            return "zh-Hant"
        return "zh-Hans" if _HANS_PARTS.intersection(parts) else ""
    return "" if code in _NO_LANGUAGE else _OLD_CODES.get(code, code)


def _latin_language(words: list[str], hinted: str) -> str:
    hits = {code: sum(1 for word in words if word in known) for code, known in _STOP_WORD_SETS.items()}
    best = max(hits, key=lambda code: (hits[code], code == hinted, code == "en"))
    if hits[best] >= _LEAST_STOP_WORDS and hits[best] >= _LEAST_STOP_WORD_SHARE * len(words):
        return best
    return hinted if hinted and hinted not in _OTHER_SCRIPTS else "en"


def _chinese_script(text: str, hinted: str, default: Language) -> str:
    balance = sum(_leaning(char) for char in text)
    balance += sum(text.count(word) for word in _TRADITIONAL_WORDS)
    balance -= sum(text.count(word) for word in _SIMPLIFIED_WORDS)
    if balance:
        return "zh-Hant" if balance > 0 else "zh-Hans"
    return hinted if hinted in {"zh-Hant", "zh-Hans"} else default


@lru_cache(maxsize=65_536)
def _script(char: str) -> str:
    """The script of a letter; empty for anything that is no letter, and for scripts that aren't told apart."""
    if not char.isalpha():
        return ""
    return _SCRIPTS.get(unicodedata.name(char, "").partition(" ")[0], "")


@lru_cache(maxsize=65_536)
def _leaning(char: str) -> int:
    """1 for a character that only Traditional Chinese uses, -1 for one of Simplified, 0 for any other."""
    if char in _NEITHER or _script(char) != "han":
        return 0
    if char in _TRADITIONAL_IN_USE:
        return 1
    if char in _SIMPLIFIED_IN_USE:
        return -1
    simplified, traditional = _is_in(char, "gb2312"), _is_in(char, "big5hkscs")
    if simplified and not _is_in(char, "big5"):
        return -1
    return 1 if traditional and not simplified else 0


def _is_in(char: str, standard: str) -> bool:
    try:
        char.encode(standard)
    except UnicodeEncodeError:
        return False
    return True
