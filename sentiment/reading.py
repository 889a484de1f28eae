"""What rules read out of a text without a model: its language, its themes and the words that raise an alarm at once."""

from functools import cache

from core.language import Language
from core.mention import MAX_TEXT, Reading
from sentiment.language import language_of
from sentiment.themes import Lexicon, WordList, bundled_words


class Reader:
    """Reads texts with one word list.

    Args:
        words: the word list; the bundled one merged with a user's own, for example.
        default_han: for Han text that shows neither script and comes without a hint.
    """

    def __init__(self, words: WordList, default_han: Language = "zh-Hant") -> None:
        self._lexicon = Lexicon(words)
        self._default_han = default_han

    def read(self, text: str, language_hint: str = "") -> Reading:
        """Language, themes and sensitive kinds of any text; characters beyond `core.mention.MAX_TEXT` are ignored."""
        found = self._lexicon.find(text[:MAX_TEXT])
        return Reading(
            language=language_of(text, language_hint, self._default_han),
            themes=found.themes,
            sensitive=found.sensitive,
        )


@cache
def _bundled() -> Reader:
    return Reader(bundled_words())


def read(text: str, language_hint: str = "") -> Reading:
    """Read a text with the bundled words; `language_hint` is what its network says of its language."""
    return _bundled().read(text, language_hint)
