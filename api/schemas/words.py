"""What may be answered: drafts, their faults, and suggestions for other tools."""

from datetime import datetime

from pydantic import Field

from api.answer import Answer
from core.case import Grade, Severity
from core.language import Language


class FindingOut(Answer):
    """A fault of a reply. `start` and `end` count characters (end exclusive); both 0: the whole text is meant."""

    rule: str
    severity: Severity = Field(description="`fail` must not be sent; a `warning` wants a look; a `hint` is advice.")
    start: int
    end: int
    message: str = Field(description="What is wrong.")
    fix: str = Field(description="What to do.")


class DraftOut(Answer):
    """One way to answer."""

    text: str = Field(examples=["Thank you for telling us at once. Please unplug it; we are looking into it now."])
    approach: str = Field(examples=["acknowledge"])
    findings: tuple[FindingOut, ...]


class SuggestionOut(Answer):
    """What to answer, how grave it is, and until when: the same object as `sixminute draft` prints."""

    language: Language
    grade: Grade
    golden_at: datetime = Field(examples=["2026-03-02T09:06:00Z"])
    limit_at: datetime = Field(examples=["2026-03-02T10:00:00Z"])
    drafts: tuple[DraftOut, ...]


class LintOut(Answer):
    """Faults of a reply: the same object as `sixminute lint` prints."""

    ok: bool = Field(description="Nothing in it that must not be sent.")
    findings: tuple[FindingOut, ...]
