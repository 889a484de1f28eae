"""What rules read out of a text without a model: its language, what it is about, and how it is meant."""

from collections.abc import Collection
from functools import cache

from core.language import LANGUAGES
from core.mention import MAX_TEXT, Reading
from sentiment.language import language_of
from sentiment.themes import Lexicon
from sentiment.tone import Tone
from sentiment.words import WordList, bundled_words


class Reader:
    """Reads texts with one word list.

    Args:
        words: the word list; the bundled one merged with a user's own, for example.
        languages: those that are expected; the Chinese script named first is that of Han text which shows neither
            script and comes without a hint.

    Raises:
        ConfigurationError: an entry of the word list is too short to mean anything.
    """

    def __init__(self, words: WordList, languages: Collection[str] = LANGUAGES) -> None:
        self._lexicon = Lexicon(words)
        self._tone = Tone(words)
        self._languages = languages

    def read(self, text: str, language_hint: str = "") -> Reading:
        """The reading of any text; characters beyond `core.mention.MAX_TEXT` are ignored.

        Args:
            text: what somebody wrote.
            language_hint: what its network says of its language.
        """
        text = text[:MAX_TEXT]
        found = self._lexicon.find(text)
        return Reading(
            language=language_of(text, language_hint, self._languages),
            themes=found.themes,
            sensitive=found.sensitive,
            urgent=self._tone.is_urgent(text),
            ironic=self._tone.is_ironic(text),
        )


@cache
def _bundled() -> Reader:
    return Reader(bundled_words())


def read(text: str, language_hint: str = "") -> Reading:
    """Read a text with the bundled words; `language_hint` is what its network says of its language."""
    return _bundled().read(text, language_hint)
