"""Brands, and what is due of each."""

from pydantic import Field

from api.answer import Answer
from core.language import Language


class CaseNumbers(Answer):
    """How many cases of a brand wait."""

    open: int = Field(description="Cases that still need an answer.")
    overdue: int = Field(description="Of these, those past their limit.")
    soon: int = Field(description="Of these, those whose limit comes within the next ten minutes.")
    urgent: int = Field(description="Of these, those of the gravest grade.")


class BrandOut(Answer):
    """A brand, what people may call it, and what is due."""

    name: str = Field(description="Its key everywhere.", examples=["Lumenbread"])
    configured: bool = Field(description="False where mentions of it are kept but it isn't in the configuration.")
    demonstration: bool = Field(description="True for the built-in demonstration.")
    aliases: tuple[str, ...] = Field(examples=[["Lumen Bread", "光麵包"]])
    products: tuple[str, ...] = Field(description="Names of products; they count as the brand's own.")
    handles: tuple[str, ...] = Field(examples=[["@lumenbread"]])
    ambiguous: tuple[str, ...] = Field(description="Names that count only beside a word of `context`.")
    context: tuple[str, ...]
    competitors: tuple[str, ...] = Field(description="Names of other companies.")
    exclude: tuple[str, ...] = Field(description="Words of texts that are about something else.")
    vips: tuple[str, ...] = Field(description="Authors whose posts are read even when little may be spent.")
    exclude_accounts: tuple[str, ...] = Field(description="Authors whose posts don't count.")
    sources: tuple[str, ...] = Field(description="Sources that mentions are taken from; none named means all.")
    languages: tuple[Language, ...]
    cases: CaseNumbers
