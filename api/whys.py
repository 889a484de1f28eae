"""Why an alert fired, with the posts behind every number: for the API and the pages alike."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.alert import Alert
from core.mention import Label, StoredMention
from core.ports.store import Store
from core.segment import filters_of
from core.why import Forecast, Repeated, Voice, Why, mentions_in

_FRAGMENT = 60
_VARIES = re.compile(r"(?:https?://|www\.)\S+|@\w+|\d+|[\r\n]+|^\s*RT\b", re.IGNORECASE)
"""What near-copies of a text differ in."""

Filters = dict[str, str]
"""Filters of `GET /api/v1/mentions`, by name; the pages call ``label`` ``sentiment``."""


@dataclass(frozen=True)
class Explanation:
    """An alert's `why` with the posts that it names and that are still kept, in the order of importance."""

    alert: Alert
    why: Why
    forecast: Forecast | None
    samples: tuple[StoredMention, ...]
    voices: tuple[tuple[Voice, StoredMention], ...]
    repeated: tuple[tuple[Repeated, StoredMention | None], ...]

    def behind(self, **more: str) -> Filters:
        """The filters that find the posts that were looked at, or those of them that some more filters leave."""
        kind = {"sensitive": "true"} if self.why.sensitive else {"label": Label.NEGATIVE.value}
        since, until = self.why.since.isoformat(), self.why.until.isoformat()
        within = filters_of(self.alert.segment)
        return {"brand": self.alert.brand, **kind, "since": since, "until": until, **within, **more}

    def of_voice(self, stored: StoredMention) -> Filters:
        """The same for the posts of an author."""
        return self.behind(source=stored.mention.source, author=stored.mention.author)

    def of_copies(self, stored: StoredMention | None) -> Filters:
        """The same for the posts that repeat a text: those with the longest part of it that copies have in common."""
        return self.behind(search=fragment(stored.mention.text)) if stored else self.behind()


def explanations(store: Store, alerts: Sequence[Alert]) -> Mapping[str, Explanation]:
    """What is known of why these alerts fired, by their ids; nothing of those that say nothing."""
    named = {id_ for alert in alerts if alert.why for id_ in mentions_in(alert.why)}
    kept = store.mentions_by_id(sorted(named))
    return {alert.id: _explanation(alert, alert.why, kept) for alert in alerts if alert.why}


def fragment(text: str) -> str:
    """The longest stretch of a text without links, names of accounts, figures and line breaks, shortened."""
    stretches = (stretch.strip() for stretch in _VARIES.split(text))
    return max(stretches, key=len, default="")[:_FRAGMENT].strip()


def _explanation(alert: Alert, why: Why, kept: Mapping[str, StoredMention]) -> Explanation:
    return Explanation(
        alert=alert,
        why=why,
        forecast=alert.forecast,
        samples=tuple(kept[id_] for id_ in why.samples if id_ in kept),
        voices=tuple((voice, kept[voice.mention]) for voice in why.voices if voice.mention in kept),
        repeated=tuple((one, kept.get(one.example)) for one in why.repeated),
    )
