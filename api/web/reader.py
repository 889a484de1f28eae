"""Who reads the page: language, time zone and theme from cookies and the browser's headers, and the name."""

from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import quote, unquote

from fastapi import Request

from api.security import who_acts
from api.web.format import Formatter, zone_of
from api.web.wording import choose_language
from core.language import Language

LANGUAGE, THEME, ZONE = "sixminute_language", "sixminute_theme", "sixminute_zone"

Theme = Literal["system", "light", "dark"]


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
        user=who_acts(request, default_user),
        zone_name=zone_name,
        format=Formatter(language, zone_of(zone_name)),
    )


def cookie_value(text: str) -> str:
    """A text as a cookie may carry it (RFC 6265): percent-encoded UTF-8."""
    return quote(text, safe="")
