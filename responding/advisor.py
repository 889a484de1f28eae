"""What there is to say on a text that needs an answer: grade, clocks and drafts, and the faults of a reply."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from core.brand import Brand
from core.case import Draft, Finding, Grade, Suggestion, Windows
from core.identity import identity
from core.language import LANGUAGES, Language, Words
from core.lengths import Length
from core.mention import MAX_TEXT, Correction, Reading, ScoredMention, StoredMention
from responding.drafting import Drafter, Task
from responding.grading import grade
from responding.lint_rules import read_rules
from responding.linting import Linter
from responding.phrases import read_phrases
from responding.settings import RespondingSettings
from responding.timing import promise, windows

Reader = Callable[[str, str], Reading]
"""Reads language, themes and sensitive words out of (text, language hint)."""

_SIBLING: Mapping[Language, Language] = {"zh-Hant": "zh-Hans", "zh-Hans": "zh-Hant"}


class Plan(Struct, frozen=True, kw_only=True):
    """All that is decided on a text before a person looks at it."""

    language: Language
    grade: Grade
    why_grade: Words
    windows: Windows
    drafts: tuple[Draft, ...]


class Planner:
    """Decides grade, clocks and drafts of a text whose reading is known; needs no model and no reader.

    Args:
        settings: windows, grades, lengths, calendars.
        brands: gives the brands as configured now; a brand that isn't among them answers in every language.
    """

    def __init__(self, settings: RespondingSettings, brands: Callable[[], Sequence[Brand]]) -> None:
        self._settings = settings
        self._brands = brands
        self.linter = Linter(settings, read_rules())
        self._drafter = Drafter(settings, read_phrases(), self.linter)

    def plan(
        self,
        *,
        channel: str,
        text: str,
        reading: Reading,
        created_at: datetime,
        brand: str,
        seed: str,
        p_negative: float | None = None,
        followers: int | None = None,
    ) -> Plan:
        """Everything about one text; the same arguments give the same plan."""
        level, why = grade(reading, p_negative, followers, self._settings)
        clocks = windows(channel, level, created_at, self._settings, brand)
        language = self._answer_in(reading.language, brand)
        task = Task(
            channel=channel,
            text=text,
            brand=brand,
            language=language,
            grade=level,
            themes=reading.themes,
            sensitive=reading.sensitive,
            promise_at=promise(channel, level, clocks.limit_at, self._settings, brand),
            zone=self._settings.calendar_of(brand).zone,
            seed=seed,
            foreign=reading.language not in {language, "und"},
        )
        return Plan(language=language, grade=level, why_grade=why, windows=clocks, drafts=self._drafter.drafts(task))

    def plan_of(self, scored: ScoredMention | StoredMention, seed: str, said: Correction | None = None) -> Plan:
        """Everything about a mention, by all that is known of it; `seed` chooses the words.

        Where a person `said` that the model's label is wrong, its probabilities say nothing.
        """
        mention, score = scored.mention, scored.score
        wrong = said is not None and said.given != said.label
        return self.plan(
            channel=mention.source,
            text=mention.text,
            reading=score.reading,
            created_at=mention.created_at,
            brand=mention.brand,
            seed=seed,
            p_negative=None if wrong else score.p_negative,
            followers=mention.followers,
        )

    def _answer_in(self, language: str, brand: str) -> Language:
        spoken = next((known.languages for known in self._brands() if known.name == brand), LANGUAGES) or LANGUAGES
        wanted: Language = next((known for known in LANGUAGES if known == language), "en")
        for candidate in (wanted, _SIBLING.get(wanted, "en"), "en"):
            if candidate in spoken:
                return candidate
        return spoken[0]


class Advisor:
    """Answers the port `core.ports.advisor.ReplyAdvisor`.

    Args:
        reader: reads a text without a model; the wiring passes that of ``sentiment``.
        settings: as for the `Planner`.
        brands: as for the `Planner`.
        networks: channels beside those of the settings: what sources bring in.
    """

    def __init__(
        self,
        reader: Reader,
        settings: RespondingSettings,
        brands: Callable[[], Sequence[Brand]],
        networks: Collection[str] = (),
    ) -> None:
        self._reader = reader
        self._networks = networks
        self._settings = settings
        self._planner = Planner(settings, brands)

    def suggest(self, channel: str, text: str, created_at: datetime, brand: str = "") -> Suggestion:
        """Drafts, grade and clocks for a text that was posted on a channel at `created_at` (UTC), without a model."""
        reading = self._reader(text[:MAX_TEXT], "")
        plan = self._planner.plan(
            channel=channel,
            text=text,
            reading=reading,
            created_at=created_at,
            brand=brand,
            seed=identity("suggestion", channel, brand, text),
        )
        return Suggestion(
            language=plan.language,
            grade=plan.grade,
            golden_at=plan.windows.golden_at,
            limit_at=plan.windows.limit_at,
            drafts=plan.drafts,
        )

    def redraft(self, stored: StoredMention, version: int) -> tuple[Draft, ...]:
        """Drafts for a mention by all that is known of it; `version`, that of its case, chooses the words."""
        return self._planner.plan_of(
            stored, identity("redraft", stored.mention.id, str(version)), said=stored.correction
        ).drafts

    def lint(self, channel: str, text: str, reply_to: str = "") -> tuple[Finding, ...]:
        """Faults of a reply, in the order of the text; an answer to a sensitive complaint is judged as in a crisis."""
        crisis = bool(reply_to) and bool(self._reader(reply_to[:MAX_TEXT], "").sensitive)
        return self._planner.linter.lint(text, channel, reply_to, crisis=crisis)

    def channels(self) -> tuple[str, ...]:
        """Where something may have been posted, in small letters."""
        return tuple(sorted({*self._settings.channels(), *(name.strip().lower() for name in self._networks)}))

    def length(self, channel: str) -> Length:
        """How long a reply may be on a channel, and in which unit that is counted."""
        return self._settings.length(channel)
