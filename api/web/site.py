"""Renders templates for a reader: escaping on, words and formats at hand, the strip and the banner on every page."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.gaps import blind_now
from api.parts import Parts
from api.web import alarms, views
from api.web.format import duration
from api.web.queries import SPANS, MentionFilter, address
from api.web.reader import Reader, reader_of
from api.web.wording import Wording
from core.language import LANGUAGES, Language, Words
from core.segment import filters_of, parted
from core.sight import blind_since
from core.spend import said_of

_HTML_LANGUAGE = {"en": "en", "zh-Hant": "zh-Hant-TW", "zh-Hans": "zh-Hans-CN"}
_SCRIPT_WORDS = ("clock.golden", "clock.late", "clock.overdue", "clock.hours", "clock.days", "live.new")
_CHART_WORDS = (
    "chart.negative",
    "chart.usual",
    "chart.total",
    "chart.band",
    "chart.band_none",
    "chart.band_learning",
    "chart.learning",
    "chart.blind",
    "chart.lost",
)
_PROBLEMS = ("conflict", "edited", "input", "missing", "other")
_ONCE = ("problem", "noted")
"""What the query of an address says once, and not again when the page is shown anew."""


class Site:
    """The templates and the words, loaded once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._wording = Wording.load()
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            address=address,
            opened=_opened,
            duration=duration,
            blind_since=blind_since,
            filters_of=filters_of,
            parted=parted,
            said_of=said_of,
            spans=tuple(SPANS),
        )

    def reader(self, request: Request) -> Reader:
        """Who asks."""
        return reader_of(request, self._parts.user)

    def themes(self, asked: str) -> list[str]:
        """The themes that have a name in the reader's words, and the one that was asked for, whatever it is."""
        named = [key.removeprefix("theme.") for key in self._wording.keys("en") if key.startswith("theme.")]
        return [*named, *([asked] if asked and asked not in named else [])]

    def main_brand(self, asked: str) -> str:
        """The brand whose chart is shown: the one asked for, else that of the gravest incident, else the first."""
        if asked:
            return asked
        open_ones = self._parts.store.incidents(open_only=True).items
        still = alarms.going_on(self._parts.store, [each for each in open_ones if each.brand])
        incident = alarms.gravest(still, still)
        if incident:
            return incident.brand
        return next(iter(self._brands()), "")

    def look(self, request: Request) -> None:
        """Note the state before anything of a page is read: the page hears of what has changed until it listens."""
        request.state.seen = self._parts.store.change_marks()

    def page(self, request: Request, template: str, *, status_code: int = 200, **context: Any) -> Response:
        """A page as HTML."""
        reader = self.reader(request)
        now = self._parts.clock.now()
        problem = request.query_params.get("problem", "")
        noted = request.query_params.get("noted", "")
        brand = str(context.get("brand", ""))
        everywhere = {
            "behind": _behind,
            "html_language": _HTML_LANGUAGE,
            "languages": LANGUAGES,
            "script_words": {key: self._wording.keys(reader.language)[key] for key in _SCRIPT_WORDS},
            "chart_words": {
                key.removeprefix("chart."): self._wording.keys(reader.language)[key] for key in _CHART_WORDS
            },
            "window": timedelta(minutes=self._parts.window_minutes),
            "window_words": self._window_words(reader.language),
            "state": getattr(request.state, "seen", {}),
            "path": _address(request),
            "problem": problem if problem in _PROBLEMS else "",
            "noted": self._parts.store.mention(noted) if noted else None,
            "brand": brand,
            "brands": self._brands(),
            "brands_with_data": sorted(self._parts.store.brands()),
            "demonstration": self._parts.demonstration,
            "blind": blind_now(self._parts.store),
            "status": views.status(self._parts.store, brand, self._health(), now),
            "people": self._parts.people,
            "version": self._parts.version,
        }
        return self._render(template, {**self._for_reader(reader, now), **everywhere, **context}, status_code)

    def part(
        self,
        request: Request,
        template: str,
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> Response:
        """A part of a page, or a small one, which needs nothing but its context and the reader's words."""
        reader = self.reader(request)
        context = {"html_language": _HTML_LANGUAGE[reader.language], **context}
        return self._render(
            template, {**self._for_reader(reader, self._parts.clock.now()), **context}, status_code, headers
        )

    def _for_reader(self, reader: Reader, now: datetime) -> dict[str, Any]:
        return {
            "reader": reader,
            "f": reader.format,
            "now": now,
            "t": lambda key, **values: self._wording.text(reader.language, key, **values),
            "name": lambda kind, value: self._wording.name(reader.language, kind, value),
            "words": lambda words: _pick(words, reader),
        }

    def _render(
        self,
        template: str,
        context: Mapping[str, Any],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        html = self._templates.get_template(template).render(context)
        return HTMLResponse(html, status_code, headers={"Cache-Control": "no-store", **(headers or {})})

    def missing(self, request: Request) -> Response:
        """The page for what isn't there."""
        return self.page(request, "missing.html", status_code=404)

    def _health(self) -> Mapping[str, str]:
        """Of everything but live sources: those have a banner and a page of their own."""
        told_elsewhere = {f"source:{source.name}" for source in self._parts.sources if source.live}
        return {name: words for name, words in self._parts.health().items() if name not in told_elsewhere}

    def _window_words(self, language: Language) -> str:
        """The window that the alarm counts in: ``hour``, ``90 minutes``."""
        hours, rest = divmod(self._parts.window_minutes, 60)
        key, n = ("chart.minutes", self._parts.window_minutes) if rest else ("chart.hours", hours)
        return self._wording.text(language, key, n=n)

    def _brands(self) -> list[str]:
        configured = [brand.name for brand in self._parts.brands()]
        demonstration = self._parts.demonstration
        if demonstration.state() != "absent" and demonstration.brand not in configured:
            configured.append(demonstration.brand)
        return configured + [name for name in self._parts.store.brands() if name not in configured]


def _pick(words: Words | Mapping[str, str], reader: Reader) -> str:
    """A text given in every language, in the reader's."""
    return words.get(reader.language) or words.get("en", "")


def _behind(**filters: str) -> str:
    """The address of the mentions behind a number."""
    return MentionFilter(**filters).address()


def _opened(filters: Mapping[str, str]) -> str:
    """The same from filters that are called as the API calls them."""
    return MentionFilter(
        **{"sentiment" if name == "label" else name: value for name, value in filters.items()}
    ).address()


def _address(request: Request) -> str:
    """The page's own address without what was said once."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in _ONCE]
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in kept)
    return f"{request.url.path}?{query}" if query else request.url.path
