"""Who suggests replies and finds their faults."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.case import Draft, Finding, Suggestion
from core.lengths import Length
from core.mention import StoredMention


class ReplyAdvisor(Protocol):
    """Suggests replies and finds their faults; the api asks it without knowing who answers."""

    def suggest(self, channel: str, text: str, created_at: datetime, brand: str = "") -> Suggestion:
        """Drafts, grade and clocks for a text that was posted on a channel."""
        ...

    def redraft(self, stored: StoredMention, version: int) -> Sequence[Draft]:
        """Drafts for a mention by all that is known of it; `version`, that of its case, chooses the words."""
        ...

    def lint(self, channel: str, text: str, reply_to: str = "") -> Sequence[Finding]:
        """Faults of a reply, in the order of the text."""
        ...

    def channels(self) -> Sequence[str]:
        """Where something may have been posted, in small letters; whoever asks from outside must name one of them."""
        ...

    def length(self, channel: str) -> Length:
        """How long a reply may be on a channel, and in which unit that is counted."""
        ...
