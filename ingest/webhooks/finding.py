"""Which brands a row of a delivery is about (pure)."""

from collections.abc import Sequence

from core.brand import Brand
from core.errors import RowError
from ingest.brands import Spellings
from ingest.match import Matcher
from ingest.names import fold
from ingest.normalise import normalise_line
from ingest.webhooks.said import Said

_LONGEST_BRAND = 100


class Finder:
    """Finds the brand that is named, else those that were written to or stand in the text.

    An account is a brand's if it is one of its `handles`: a page's id, an e-mail address, the account of a bot. What
    was sent to us is about our only brand where there is one. What a brand itself or an excluded account writes is
    about nobody.

    Args:
        brands: the configured ones.
    """

    def __init__(self, brands: Sequence[Brand]) -> None:
        self.names = tuple(brand.name for brand in brands)
        self._spellings = Spellings(brands)
        self._matcher = Matcher(brands)
        self._accounts: dict[str, list[str]] = {}
        for brand in brands:
            for handle in brand.handles:
                self._accounts.setdefault(_account(handle), []).append(brand.name)

    def brands_of(self, said: Said) -> tuple[str, ...]:
        """The brands, in the order in which they were found.

        Raises:
            RowError: the brand that is named isn't there, or nothing says which of several was written to.
        """
        author = said.mention.author
        if said.brand:
            found = [self._named(said.brand)]
        else:
            found = [name for account in said.to for name in self._accounts.get(_account(account), ())]
            found += self._matcher.brands_of(said.mention.text, author)
            # An account that one of the brands passes over writes to nobody.
            if not found and said.direct and all(self._matcher.counts(name, author) for name in self.names):
                found = [self._only()]
        return tuple(name for name in dict.fromkeys(found) if self._matcher.counts(name, author))

    def _named(self, written: str) -> str:
        try:
            return self._spellings.brand(normalise_line(written, _LONGEST_BRAND))
        except RowError:
            raise RowError(
                "the brand that it names isn't configured; add it under [[brands]] or leave it out"
            ) from None

    def _only(self) -> str:
        if len(self.names) == 1:
            return self.names[0]
        if not self.names:
            raise RowError("no brand is configured that it could be about; add one under [[brands]]")
        raise RowError(
            "nothing says which brand it is for: name it in `brand`, or put the account that it was sent to into its "
            "`handles`"
        )


def _account(written: str) -> str:
    return fold(written).removeprefix("@").strip()
