"""Who reads the page: language, time zone, theme and name, from cookies and the browser's headers."""

from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import quote, unquote

from fastapi import Request

from api.web.format import Formatter, zone_of
from api.web.wording import choose_language
from core.language import Language

LANGUAGE, THEME, USER, ZONE = "sixminute_language", "sixminute_theme", "sixminute_user", "sixminute_zone"

Theme = Literal["system", "light", "dark"]

_LONGEST_NAME = 60


@dataclass(frozen=True)
class Reader:
    """One person at one browser. `zone_name` is empty until the browser has told it."""

    language: Language
    theme: Theme
    user: str
    zone_name: str
    format: Formatter


def reader_of(request: Request, default_user: str) -> Reader:
    """The reader of a request; whatever a cookie holds that can't be used is passed over."""
    cookies = request.cookies
    language = choose_language(cookies.get(LANGUAGE, ""), request.headers.get("accept-language", ""))
    theme = cookies.get(THEME, "")
    zone_name = unquote(cookies.get(ZONE, ""))
    return Reader(
        language=language,
        theme=cast("Theme", theme) if theme in ("light", "dark") else "system",
        user=person(unquote(cookies.get(USER, ""))) or default_user,
        zone_name=zone_name,
        format=Formatter(language, zone_of(zone_name)),
    )


def person(name: str) -> str:
    """A name fit to be shown and recorded: printable, without edges of space, of bearable length."""
    return "".join(character for character in name if character.isprintable()).strip()[:_LONGEST_NAME]


def cookie_value(text: str) -> str:
    """A text as a cookie may carry it (RFC 6265): percent-encoded UTF-8."""
    return quote(text, safe="")
