"""A brand as configured: what it is called, and what is not meant."""

from msgspec import Struct

from core.language import LANGUAGES, Language


class Brand(Struct, frozen=True, kw_only=True):
    """What people may call a brand, and whose posts count for it.

    - `name` is its key everywhere. `name`, `aliases` and the names of its `products` match as words in Latin script and
      anywhere in Chinese. A domain (``acme.example``) is an alias like any other.
    - `handles` match as account names, with or without the @; what these accounts write doesn't count.
    - `ambiguous`: those of the names above that are also ordinary words (Gap, 全家). Such a name counts where one of
      the brand's `context` words stands in the same text, and else only as the hashtag or account that is the brand's.
    - `competitors`: names of other companies. A text that names only them isn't about the brand, even where its name
      is a part of theirs.
    - `exclude`: a text with one of these words is not about the brand unless a handle is in it.
    - `vips`: authors whose posts are read even when little may be spent, such as reporters and partners.
    - `exclude_accounts`: further authors whose posts never count, such as affiliates and bots.
    - `sources`: names of the ``[[sources]]`` that mentions are taken from; empty means all.
    - `languages` are those the brand answers in.
    """

    name: str
    aliases: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    vips: tuple[str, ...] = ()
    exclude_accounts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[Language, ...] = LANGUAGES
    demonstration: bool = False

    @property
    def called(self) -> tuple[str, ...]:
        """What the brand itself is called, its products aside."""
        return (self.name, *self.aliases, *self.handles)
