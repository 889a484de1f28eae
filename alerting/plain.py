"""Words of strangers as they may stand in a message to a colleague (pure).

Names of brands, texts and errors of networks end up in chats, mails and on lock screens. There they must not forge
lines, turn what follows them round, call everybody (``@everyone``), or become links, bold letters or tags.
"""

import re
import unicodedata

_JOINER = "\u200d"
"""Holds together emoji that are made of several; all other invisible characters go."""
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s\u3000-\u303f\uff00-\uffef]+", re.IGNORECASE)
_HARMLESS = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "@": "＠",
        "`": "'",
        "*": "＊",
        "_": "＿",
        "~": "～",
        "[": "［",
        "]": "］",
        "|": "｜",
        "\\": "＼",
    }
)
"""What starts a tag, a mention or a mark-up somewhere, as a character that looks like it and means nothing."""


def plain(text: str, most: int = 500) -> str:
    """One line without mark-up, addresses and invisible characters, cut to so many characters."""
    seen = "".join(_seen(letter) for letter in text)
    return cut(" ".join(_ADDRESS.sub("…", seen).translate(_HARMLESS).split()), most)


def cut(text: str, most: int) -> str:
    """A text of at most so many characters; where something is missing, it ends in an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _seen(letter: str) -> str:
    """A character where it can be seen, a space for one that stands between words, else nothing."""
    kind = unicodedata.category(letter)
    if kind in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if kind in {"Cf", "Cs", "Co", "Cn"} and letter != _JOINER else letter
