"""The building blocks of drafts in one language, as they stand in ``templates/<language>.toml``."""

import re
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib import resources
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from core.language import LANGUAGES, Language

_APPLIANCES = frozenset({"powerbank", "kettle", "phone", "laptop", "charger", "battery"})

_FITTING = {
    "delivery": _APPLIANCES | {"flight", "luggage", "parcel", "order", "meal", "clothes"},
    "quality": _APPLIANCES | {"order", "meal", "room", "clothes", "car"},
    "technical": _APPLIANCES | {"app", "website", "car"},
    "safety": _APPLIANCES | {"car"},
}
"""Which things one can meaningfully say a theme's sentences of."""

_ELSEWHERE = frozenset({"flight", "luggage", "meal", "room"})
"""Things that nobody can stop using: there the safety sentences speak of the place instead."""

_READ = 2_000


class Phrases(Struct, frozen=True):
    """The sentences of one language: by part, and by theme or way within it."""

    sentences: dict[str, dict[str, list[str]]]
    letter: dict[str, Any]
    call: dict[str, str]
    time: dict[str, Any]
    default_topic: str
    theme_topics: dict[str, str]
    topics: tuple[tuple[str, str, re.Pattern[str]], ...]

    def topic(self, theme: str, text: str) -> str:
        """Our own word for the thing that a complaint is about, empty where none is named that fits the theme."""
        fitting = _FITTING.get(theme, frozenset())
        read = text[:_READ]
        return next((say for name, say, match in self.topics if name in fitting and match.search(read)), "")

    def happened_elsewhere(self, text: str) -> bool:
        """Whether the complaint is about something that one can't be asked to stop using."""
        read = text[:_READ]
        return any(name in _ELSEWHERE and match.search(read) for name, _, match in self.topics)

    def general_topic(self, theme: str) -> str:
        """The word for a theme where no thing is named."""
        return self.theme_topics.get(theme, self.default_topic)

    def choose(self, part: str, kind: str, topic: str, seed: str, turn: int) -> str:
        """One of the sentences of a part, by the seed; each `turn` gives another one as long as there are some.

        Sentences that name a thing are only for where one is known.
        """
        all_of_them = self.sentences[part][kind]
        fitting = [sentence for sentence in all_of_them if topic or "{topic}" not in sentence]
        first = zlib.crc32(f"{part}\x1f{seed}".encode())
        return fitting[(first + turn) % len(fitting)].replace("{topic}", topic)

    def within(self, span: timedelta) -> str:
        """A span of time as a promise, rounded up."""
        minutes = ceil(span / timedelta(minutes=1))
        if minutes <= 0 or minutes == 60:
            return str(self.time["hour"])
        if minutes < 60:
            return str(self.time["minutes"]).format(count=minutes)
        return str(self.time["hours"]).format(count=ceil(minutes / 60))

    def by(self, moment: datetime, zone: str) -> str:
        """A moment as a promise, in local time with its offset from UTC; minutes are cut, so it is never later."""
        local = moment.astimezone(ZoneInfo(zone))
        offset = local.strftime("%z")
        hours = f"UTC{offset[:3]}:{offset[3:5]}".replace(":00", "").replace("+0", "+").replace("-0", "-")
        return str(self.time["at"]).format(
            time=f"{local:%H:%M}",
            weekday=self.time["weekdays"][local.weekday()],
            day=local.day,
            month=self.time["months"][local.month - 1],
            zone="UTC" if hours in {"UTC+0", "UTC-0"} else hours,
        )


def read_phrases() -> Mapping[Language, Phrases]:
    """Read the building blocks that come with the program."""
    return {language: _read(language) for language in LANGUAGES}


def as_sentence(parts: Sequence[str], language: Language) -> str:
    """Sentences in a row, with the spacing of the language."""
    return (" " if language == "en" else "").join(part.strip() for part in parts if part.strip())


def _read(language: Language) -> Phrases:
    text = resources.files("responding").joinpath(f"templates/{language}.toml").read_text(encoding="utf-8")
    tables: dict[str, Any] = tomllib.loads(text)
    topics = tables.pop("topics")
    letter, call, time = tables.pop("letter"), tables.pop("call"), tables.pop("time")
    return Phrases(
        {**tables, "letter": {key: value for key, value in letter.items() if isinstance(value, list)}},
        letter,
        call,
        time,
        topics["default"],
        topics["theme"],
        tuple((name, row["say"], re.compile(row["match"], re.IGNORECASE)) for name, row in topics["words"].items()),
    )
