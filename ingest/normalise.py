"""Texts from networks, made fit to read: what is hidden or broken goes, what people wrote stays."""

import html

import regex

_ENTITY = regex.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LINE_END = regex.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]")
# Format characters hide text or turn its direction. Two kinds carry meaning: the joiner inside of an emoji
# (Unicode TS #51, ED-16) and the tags that follow a black flag (ED-14a).
_HIDDEN = regex.compile(
    r"""
    (?<=[\p{Extended_Pictographic}\N{VARIATION SELECTOR-16}\p{Emoji_Modifier}])\N{ZERO WIDTH JOINER}
        (?=\p{Extended_Pictographic})(*SKIP)(*FAIL)
    | (?<=\N{WAVING BLACK FLAG})[\U000E0020-\U000E007E]{1,30}\U000E007F(*SKIP)(*FAIL)
    | [\p{Cf}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0] | [\p{Cc}--[\n\t]]
    """,
    regex.VERBOSE | regex.VERSION1,
)
_BLANKS = regex.compile(r"[\p{Zs}\t]+")
_AROUND_LINE_END = regex.compile(r" ?\n ?")
_EMPTY_LINES = regex.compile(r"\n{3,}")

_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
_SIMPLIFIED = frozenset({"hans", "cn", "sg", "my"})
_CHINESE = frozenset({"zh", "cmn"})
_LANGUAGE = regex.compile(r"[a-z]{2,3}")
_NO_LANGUAGE = frozenset({"und", "zxx", "mul", "mis", "art", "qam", "qct", "qht", "qme", "qst"})
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}


def normalise(text: str) -> str:
    """A text without HTML entities, hidden and control characters, lone surrogates and superfluous blanks.

    Entities are decoded once, because that is how often a network encodes them. Letters, case, punctuation and emoji
    stay as written; line breaks stay, at most one empty line in a row.
    """
    # Most names and many texts hold nothing to change: seeing that is a tenth of the work.
    if text.isascii() and text.isprintable() and "&" not in text and "  " not in text:
        return text.strip()
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text
    text = _LINE_END.sub("\n", text)
    text = _HIDDEN.sub("", text)
    text = _BLANKS.sub(" ", text)
    text = _AROUND_LINE_END.sub("\n", text)
    text = _EMPTY_LINES.sub("\n\n", text)
    return text.strip()


def normalise_line(text: str, limit: int) -> str:
    """The same on one line and at most `limit` characters long, for names and ids."""
    return normalise(text).replace("\n", " ")[:limit]


def normalise_language(hint: str) -> str:
    """What a network says about the language of a post as a short BCP 47 code; empty where it says nothing.

    Regions of Chinese become scripts (``zh-TW`` → ``zh-Hant``), since that is what a reply must be written in;
    Cantonese is written in Traditional characters (``yue`` → ``zh-Hant``). ``zh`` alone stays, for it doesn't say.
    X's own codes for "no language" (``qme`` …) become empty.
    """
    primary, *others = hint.strip().lower().replace("_", "-").split("-")
    if primary == "yue":
        return "zh-Hans" if "hans" in others else "zh-Hant"
    if primary in _CHINESE:
        # A script says more than a region: zh-Hans-HK is Simplified.
        for part in sorted(others, key=len, reverse=True):
            if part in _TRADITIONAL:
                return "zh-Hant"
            if part in _SIMPLIFIED:
                return "zh-Hans"
        return "zh"
    if primary in _NO_LANGUAGE or not _LANGUAGE.fullmatch(primary):
        return ""
    return _OLD_CODES.get(primary, primary)
