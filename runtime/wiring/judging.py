"""Who judges texts: the transformer of the settings, what is known of its error, and what reads without a model."""

import re
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

_MAIN, _OTHER = "SIXMINUTE_MODEL", "SIXMINUTE_MODEL_OTHER"


def checkpoint(settings: Settings) -> Path | str:
    """Which checkpoint the settings name: a folder, or a name on the model hub."""
    return settings.model or model_folder.bundled_model()


def classifier(settings: Settings) -> Classifier:
    """The transformer of the settings, and the one for other languages, loaded and warm.

    This imports torch and takes seconds.

    Raises:
        ConfigurationError: see `warm_up` and `main_classifier`.
        ModelError: one can't be fetched or used.
    """
    from sentiment.routing import LanguageRouter

    warm_up(settings)
    main = main_classifier(settings)
    other = _transformer(settings, settings.model_other, _OTHER) if settings.model_other else None
    return LanguageRouter(main, settings.languages, other)


def main_classifier(settings: Settings) -> Classifier:
    """The transformer of the settings alone, loaded and warm, whatever the language.

    Raises:
        ConfigurationError: see `check_model`; or it is a folder here, and what it holds can't be used.
        ModelError: it can't be fetched or used.
    """
    return _transformer(settings, settings.model, _MAIN)


def check_models(settings: Settings) -> None:
    """Look at the files of all checkpoints that the settings name.

    Raises:
        ConfigurationError: see `check_model`.
    """
    check_model(settings.model)
    if settings.model_other:
        check_model(settings.model_other, _OTHER)


def check_model(named: str, setting: str = _MAIN) -> tuple[str, bool]:
    """Where a checkpoint is, the bundled one if none is named, and whether that is a folder here.

    The files of a folder are looked at, which takes a fraction of a second; nothing is loaded.

    Raises:
        ConfigurationError: there is no such folder, or its files aren't those of a model.
    """
    # Its libraries are needed for nothing else that a short command does.
    from sentiment.checkpoint_files import check_files

    advice = (
        f"name a complete checkpoint in {setting}, or leave it empty"
        if named
        else "install the program anew, or run make train"
    )
    try:
        place, local = model_folder.where(named or model_folder.bundled_model(), setting)
        if local:
            check_files(Path(place), advice)
    except ModelError as error:
        raise ConfigurationError(_told(error, setting)) from error
    return place, local


def _transformer(settings: Settings, named: str, setting: str) -> Classifier:
    from sentiment.classifier import TransformerClassifier

    _, local = check_model(named, setting)
    try:
        loaded = TransformerClassifier(
            named or model_folder.bundled_model(), precision=settings.precision, threads=settings.threads or None
        )
        loaded.warm_up()
    except ModelError as error:
        # What lies in a folder here stays as it is; from the hub it may be had later.
        raise (ConfigurationError if local else ModelError)(_told(error, setting)) from error
    return loaded


def _told(error: ModelError, setting: str) -> str:
    """The message; what reads a checkpoint doesn't know which setting named it."""
    return re.sub(rf"{_MAIN}\b", setting, str(error))


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
