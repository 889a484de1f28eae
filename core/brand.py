"""A brand as configured: what it is called, and what is not meant."""

from msgspec import Struct

from core.language import LANGUAGES, Language


class Brand(Struct, frozen=True, kw_only=True):
    """What people may call a brand.

    `name` is its key everywhere. `aliases` and `name` match as words in Latin script and anywhere in Chinese;
    `handles` match as account names (with or without the @); a text with one of `exclude` is not about the brand
    unless a handle is in it. `languages` are those the brand answers in.
    """

    name: str
    aliases: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    languages: tuple[Language, ...] = LANGUAGES
    demonstration: bool = False
