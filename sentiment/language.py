"""Which language a text is written in: by its script first; Latin letters are left to `sentiment.identification`.

Han characters are told apart by two national standards that Python's codecs carry: a character of GB 2312 (1980)
that Big5 lacks is Simplified, one of Big5 with the Hong Kong supplement that GB 2312 lacks is Traditional. Where the
standards don't show how people write, short tables below do.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache

from core.language import LANGUAGES
from sentiment import identification

_READ = 2_000
"""Characters that are looked at: the language of a longer text shows long before."""

_NOISE = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|(?<![\w.])[@#][A-Za-z0-9_.]+"
    r"|//\s?@[^\s:\uff1a]{1,40}[:\uff1a]"  # whose post is passed on, as Weibo writes it
    r"|(?<![^\W_])[ツシಠಥლωдง益皿艸]{1,3}(?![^\W_])",  # parts of faces drawn with letters
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")

_SCRIPTS = {
    "CJK": "han",
    "IDEOGRAPHIC": "han",
    "BOPOMOFO": "han",
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
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "ORIYA": "or",
    "SINHALA": "si",
    "LAO": "lo",
    "KHMER": "km",
    "MYANMAR": "my",
    "TIBETAN": "bo",
    "MONGOLIAN": "mn",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "ETHIOPIC": "am",
}
_ANY_OTHER = "mis"
"""What ISO 639 calls a language without a code: here one in a script that isn't told apart."""

_ALPHABETS = frozenset({*_SCRIPTS.values(), _ANY_OTHER}) - {"han", "hiragana", "katakana", "ko", "latin"}
_LETTERS_OF_ONE_HAN = 10
"""One Han character says as much as two words of an alphabet, and a word has about five letters."""

_NEITHER = frozenset("着吖囧喆堃昇玥珺瑄")
"""Written on both sides of the strait, whatever the standards say."""
_SIMPLIFIED_IN_USE = frozenset(
    "万与么价优体儿党几划厂听坏宁庄怀怜惊扑担极构柜气洁洒种确离肮胜腊荐虫触适据"
    "丰云于机网后复愿并苹异里赶挂扰圣蜡夸涂咨帘筑痒朴"
)
"""Big5 has them as rare characters of other meaning, but who writes them writes Simplified Chinese."""
_TRADITIONAL_IN_USE = frozenset("後於")
"""GB 2312 has them for names and classics only."""

_TRADITIONAL_WORDS = (
    *("「", "影片", "超商", "宅配", "捷運", "公車", "滑鼠", "部落客", "悠遊卡", "水準", "品管", "哈囉", "傻眼", "折價"),
    *("台北", "台中", "台南", "高雄", "新竹", "桃園", "北捷", "高鐵", "好正", "抵食", "伏味", "中伏", "師奶"),
    *("唔", "睇", "乜", "俾", "今次", "而家", "依家", "呢度", "好似", "屋企"),
)
_SIMPLIFIED_WORDS = (
    *("公交", "短信", "信息", "屏幕", "微信", "微博", "淘宝", "京东", "天猫", "打工人", "水平", "充值", "快手", "抖音"),
    *("小红书", "程序", "土豆", "立白", "挺好", "不咋", "俺", "木有", "傻逼"),
)
_WEIBO_FACE = re.compile(r"\[[\u4e00-\u9fff]{1,4}\]")
"""An emoticon as Weibo writes it, such as a name of a feeling in brackets; nothing else on the net looks like that."""

_SYNONYMS = {"in": "id", "iw": "he", "ji": "yi", "fil": "tl", "nb": "no"}
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
_JAPANESE = re.compile(
    "[悪対応気駅発売価広円楽実帰検権済戦変囲塩釈圧仮県単弾鉄伝転払満薬訳様両緑録労観関験図歳黒戻込働枠]"
)
"""Han characters as Japan writes them since 1946, and neither of the Chinese scripts does."""
_HINT = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_HANT_PARTS = frozenset({"hant", "tw", "hk", "mo"})
_HANS_PARTS = frozenset({"hans", "cn", "sg", "my"})


def language_of(text: str, hint: str = "", languages: Collection[str] = LANGUAGES) -> str:
    """The language of a text: one of the product's, another BCP 47 code, or ``und`` where there are no letters.

    Kana gives ``ja``, Hangul ``ko``, Han one of the two Chinese scripts, Latin letters what
    `sentiment.identification` makes of them. Mixed texts go by what prevails; two words of an alphabet weigh as much
    as one Han character.

    Args:
        text: anything, also broken text.
        hint: what the network or the person says (``zh-TW``, ``en``, X's ``in`` …); decides where the text doesn't.
        languages: those that are expected; of the two Chinese scripts the one named first is that of Han text with
            neither evidence nor a hint.
    """
    cleaned = unicodedata.normalize("NFKC", _NOISE.sub(" ", text[:_READ])).lower().replace("’", "'")
    scripts = Counter(script for char in cleaned if (script := _script(char)))
    if not scripts:
        return "und"
    words = [word for word in _WORD.findall(cleaned) if _script(word[0]) == "latin"]
    kana = scripts["hiragana"] + scripts["katakana"]
    weights = {script: count / _LETTERS_OF_ONE_HAN for script, count in scripts.items() if script in _ALPHABETS}
    weights |= {"han": scripts["han"] + kana, "ko": scripts["ko"], "latin": len(words) / 2}
    prevailing = max(weights, key=lambda script: weights[script])
    hinted = _read_hint(hint)
    if prevailing == "latin":
        return identification.latin_language(cleaned, "" if hinted in _OTHER_SCRIPTS else hinted, languages)
    if prevailing != "han":
        return hinted if hinted in _SHARED_SCRIPTS.get(prevailing, ()) else prevailing
    # Chinese shop signs borrow の and product names borrow katakana: neither makes a text Japanese.
    particles = scripts["hiragana"] - cleaned.count("の")
    if (
        (particles and kana >= weights["han"] / 5)
        or kana > scripts["han"]
        or (hinted == "ja" and (kana or _JAPANESE.search(cleaned)))
    ):
        return "ja"
    return _chinese_script(cleaned, hinted, languages)


def never_found(codes: Iterable[str]) -> list[str]:
    """Those of some language codes that `language_of` never answers, such as ``eng`` or ``xx``.

    Raises:
        ModelError: the language identifier can't be loaded.
    """
    return [code for code in codes if not (code in _OTHER_SCRIPTS or identification.knows(code))]


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
    return "" if code in _NO_LANGUAGE else _SYNONYMS.get(code, code)


def _chinese_script(text: str, hinted: str, languages: Collection[str]) -> str:
    balance = sum(_leaning(char) for char in text)
    balance += sum(word in text for word in _TRADITIONAL_WORDS)
    balance -= sum(word in text for word in _SIMPLIFIED_WORDS)
    balance -= _WEIBO_FACE.search(text) is not None
    if balance:
        return "zh-Hant" if balance > 0 else "zh-Hans"
    chinese = ("zh-Hant", "zh-Hans")
    return hinted if hinted in chinese else next((code for code in languages if code in chinese), "zh-Hant")


@lru_cache(maxsize=65_536)
def _script(char: str) -> str:
    """The script of a letter; empty for anything else, and for signs that go with letters of any script."""
    if not char.isalpha():
        return ""
    other = "" if unicodedata.category(char) == "Lm" else _ANY_OTHER
    return _SCRIPTS.get(unicodedata.name(char, "").partition(" ")[0], other)


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
