"""The words of the pages in the three languages, read once from `locales/`."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from core.errors import ConfigurationError
from core.language import LANGUAGES, Language

FOLDER = Path(__file__).parent / "locales"

_CHINESE_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
"""Spaces stand between Chinese and Latin, never within Chinese; a name put in may be either."""

_SCRIPTS: dict[str, Language] = {
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "zh-hant": "zh-Hant",
    "zh": "zh-Hans",
}


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """The leaves of nested TOML tables under dotted keys."""
    leaves: dict[str, str] = {}
    for name, value in table.items():
        key = f"{prefix}{name}"
        leaves.update(flatten(value, f"{key}.") if isinstance(value, Mapping) else {key: value})
    return leaves


class Wording:
    """Texts by key; ``one`` and ``other`` under a key are its plural forms, chosen by the value `n`."""

    def __init__(self, texts: Mapping[Language, Mapping[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Self:
        """Read a file for each language.

        Raises:
            ConfigurationError: a file is missing or no TOML.
        """
        texts: dict[Language, dict[str, str]] = {}
        for language in LANGUAGES:
            path = folder / f"{language}.toml"
            try:
                texts[language] = flatten(tomllib.loads(path.read_text("utf-8")))
            except (OSError, tomllib.TOMLDecodeError) as error:
                raise ConfigurationError(f"The words of {language} can't be read: {error}. Install it anew.") from error
        return cls(texts)

    def keys(self, language: Language) -> Mapping[str, str]:
        """All texts of a language by key."""
        return self._texts[language]

    def text(self, language: Language, key: str, **values: object) -> str:
        """The words for a key, with its placeholders filled.

        Raises:
            KeyError: there is no such key.
        """
        texts = self._texts[language]
        template = texts.get(key)
        if template is None:
            singular = texts.get(f"{key}.one") if values.get("n") in (1, "1") else None
            template = singular or texts[f"{key}.other"]
        return _CHINESE_GAP.sub("", template.format(**values)) if values else template

    def name(self, language: Language, kind: str, value: str) -> str:
        """The name of a theme, network or approach; one that the files don't know is shown as it is."""
        return self._texts[language].get(f"{kind}.{value}", value.replace("_", " "))


def choose_language(cookie: str, accept_language: str) -> Language:
    """The reader's language: the one chosen on the page, else the browser's first that is spoken here, else English."""
    for language in LANGUAGES:
        if cookie == language:
            return language
    for tag in _by_preference(accept_language):
        if tag.startswith("en"):
            return "en"
        for prefix, language in _SCRIPTS.items():
            if tag == prefix or tag.startswith(f"{prefix}-"):
                return language
    return "en"


def _by_preference(accept_language: str) -> list[str]:
    """The tags of an Accept-Language header, best first (RFC 9110, section 12.5.4)."""
    weighted: list[tuple[float, str]] = []
    for part in accept_language[:500].split(","):
        tag, _, parameter = part.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if tag.strip() and weight > 0:
            weighted.append((weight, tag.strip().lower()))
    return [tag for _, tag in sorted(weighted, key=lambda item: -item[0])]
