"""Which classifier judges which language."""

from collections.abc import Collection, Sequence

from core.language import LANGUAGES
from core.mention import Judgement
from core.ports.classifier import Classifier

NO_WORDS = "und"
"""The language of a text without letters (emoji, figures): every classifier reads it."""


class LanguageRouter:
    """Answers the classifier port with one classifier for the languages of the product and maybe one for all others.

    Args:
        main: judges texts in `languages`, and those without letters.
        languages: the languages that the product scores.
        other: judges texts in any other language; None leaves them unjudged.
    """

    def __init__(
        self, main: Classifier, languages: Collection[str] = LANGUAGES, other: Classifier | None = None
    ) -> None:
        self._main = main
        self._languages = frozenset({*languages, NO_WORDS})
        self._other = other
        self.name = main.name if other is None else f"{main.name}, {other.name} for other languages"

    def for_language(self, language: str) -> Classifier | None:
        """Who judges texts in a language; None where nobody can."""
        return self._main if language in self._languages else self._other

    def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
        """Judgements of texts whose language nobody looked at: those of the main classifier."""
        return self._main.classify(texts)
