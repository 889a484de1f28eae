"""The word list: what `words.toml` beside this module and a user's own file of the same form hold.

The head of `words.toml` says how entries are written.
"""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec import Struct

from core.errors import ConfigurationError


class Group(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"hant": "zh-Hant", "hans": "zh-Hans"}
):
    """Entries in the three languages. `theme` (sensitive kinds only): the theme that a hit belongs to."""

    en: tuple[str, ...] = ()
    hant: tuple[str, ...] = ()
    hans: tuple[str, ...] = ()
    theme: str = ""

    def entries(self) -> tuple[str, ...]:
        """All entries; which rule holds for one follows from its characters, not from its list."""
        return tuple(dict.fromkeys((*self.en, *self.hant, *self.hans)))

    def merged(self, other: "Group") -> "Group":
        """This group and another one together."""
        return Group(
            en=(*self.en, *other.en),
            hant=(*self.hant, *other.hant),
            hans=(*self.hans, *other.hans),
            theme=other.theme or self.theme,
        )


class _Groups(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table whose parts are groups, tables of groups, or such tables."""

    def merged(self, other: Self) -> Self:
        """This table with the entries of another one added."""
        return type(self)(
            **{name: _merged(getattr(self, name), getattr(other, name)) for name in self.__struct_fields__}
        )


class Irony(_Groups, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shows that a positive wording may be meant otherwise.

    `phrases` are enough by themselves, unless they lie inside a phrase of `harmless`. In what is left without these,
    `praise` counts beside one of the `failures` or of the `faces`. `quoted` counts within quotation marks.
    """

    phrases: Group = Group()
    harmless: Group = Group()
    praise: Group = Group()
    failures: Group = Group()
    faces: Group = Group()
    quoted: Group = Group()


class WordList(_Groups, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that `words.toml` holds."""

    themes: dict[str, Group] = {}
    sensitive: dict[str, Group] = {}
    false_friends: Group = Group()
    negation: Group = Group()
    no_negation: Group = Group()
    negation_after: Group = Group()
    clause_end: Group = Group()
    urgency: Group = Group()
    no_urgency: Group = Group()
    irony: Irony = Irony()


def bundled_words() -> WordList:
    """The word list that comes with the program."""
    return parse_words(resources.files("sentiment").joinpath("words.toml").read_bytes(), "the bundled words.toml")


def load_words(path: Path) -> WordList:
    """A user's word list.

    Raises:
        ConfigurationError: the file can't be read, or it is no word list.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"The word list {path} can't be read ({error.strerror}): check its name.") from error
    return parse_words(content, str(path))


def parse_words(content: bytes, where: str) -> WordList:
    """Read a word list written in TOML; `where` names it in messages.

    Raises:
        ConfigurationError: it is no word list.
    """
    try:
        # Some editors begin every file with a byte order mark.
        return msgspec.convert(tomllib.loads(content.decode("utf-8-sig")), WordList)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{where} is no word list: {error}. See sentiment/words.toml for the form.") from error


def _merged(one: Any, other: Any) -> Any:
    """Both together; of two tables by name, what both name is merged."""
    if isinstance(one, dict):
        return {name: one.get(name, Group()).merged(other.get(name, Group())) for name in dict.fromkeys((*one, *other))}
    return one.merged(other)
