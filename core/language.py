"""The three languages of the product, and words given in all of them."""

from typing import Literal

Language = Literal["en", "zh-Hant", "zh-Hans"]
"""English, Traditional Chinese (Taiwan, Hong Kong), Simplified Chinese (mainland China, Singapore)."""

LANGUAGES: tuple[Language, ...] = ("en", "zh-Hant", "zh-Hans")

Words = dict[Language, str]
"""One text for people in every language of the product. Every language is present."""
