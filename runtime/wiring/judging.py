"""Who judges texts: the transformer of the settings, what is known of its error, and what reads without a model."""

from functools import cache
from pathlib import Path

from core.errors import ConfigurationError, ModelError
from core.model_error import KnownError
from core.ports.classifier import Classifier
from runtime.settings import Settings
from sentiment import identification, model_folder
from sentiment.language import never_found
from sentiment.reading import Reader
from sentiment.routing import NO_WORDS
from sentiment.scorer import Scorer
from sentiment.words import bundled_words, load_words


def checkpoint(settings: Settings) -> Path | str:
    """Which checkpoint the settings name: a folder, or a name on the model hub."""
    return settings.model or model_folder.bundled_model()


def classifier(settings: Settings) -> Classifier:
    """The transformer of the settings, and the one for other languages, loaded and warm.

    This imports torch and takes seconds.

    Raises:
        ConfigurationError: see `warm_up`.
        ModelError: one can't be loaded.
    """
    from sentiment.routing import LanguageRouter

    warm_up(settings)
    main = main_classifier(settings)
    other = None
    if settings.model_other:
        try:
            other = _transformer(settings, settings.model_other)
        except ModelError as error:
            # What reads a checkpoint doesn't know which setting named it.
            told = str(error).replace("SIXMINUTE_MODEL", "SIXMINUTE_MODEL_OTHER")
            raise ModelError(told) from error
    return LanguageRouter(main, settings.languages, other)


def main_classifier(settings: Settings) -> Classifier:
    """The transformer of the settings alone, loaded and warm, whatever the language.

    Raises:
        ModelError: it can't be loaded.
    """
    return _transformer(settings, checkpoint(settings))


def _transformer(settings: Settings, place: Path | str) -> Classifier:
    from sentiment.classifier import TransformerClassifier

    loaded = TransformerClassifier(place, precision=settings.precision, threads=settings.threads or None)
    loaded.warm_up()
    return loaded


def known_error(settings: Settings) -> KnownError:
    """What is known of the error of the settings' model, by language that it judges; this loads no model.

    Raises:
        ModelError: its figures can't be read.
    """
    figures = model_folder.known_error(settings.model or model_folder.bundled_model())
    return {language: figures[language] for language in (*settings.languages, NO_WORDS) if language in figures}


def reader(settings: Settings) -> Reader:
    """What reads language, themes, sensitive words and tone, with the user's own words.

    Raises:
        ConfigurationError: their file can't be read or is no word list.
    """
    return _reader(settings.words, settings.languages)


@cache
def _reader(words: str, languages: tuple[str, ...]) -> Reader:
    known = bundled_words()
    return Reader(known.merged(load_words(Path(words).expanduser())) if words else known, languages)


def warm_up(settings: Settings) -> None:
    """Load what reads texts, so that the first one doesn't wait for it; half a second.

    Raises:
        ConfigurationError: see `reader`; or no text is ever found to be in one of the languages.
        ModelError: the language identifier can't be loaded.
    """
    reader(settings)
    identification.warm_up()
    if unknown := never_found(settings.languages):
        raise ConfigurationError(
            f"languages {', '.join(unknown)}: no text is ever found to be in that; name codes such as en, zh-Hant, "
            "zh-Hans, es or ja"
        )


def scorer(settings: Settings, classifier: Classifier) -> Scorer:
    """Gives scores, in the way of the settings.

    Raises:
        ConfigurationError: see `reader`.
    """
    return Scorer(classifier, reader(settings).read, settings.irony_weight)
