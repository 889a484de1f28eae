"""Two or three drafts for a complaint, made from our own words (pure).

The architecture is that of the brief of practitioners: specific empathy that restates the problem, what happens next
and when, how to reach a person. Nothing of the customer's text is copied, no cause and no order status is invented,
and the same seed gives the same drafts, so that a redelivery changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from core.case import Draft, Grade
from core.language import Language
from core.lengths import measure
from responding.linting import Linter
from responding.phrases import Phrases, as_sentence
from responding.settings import Place, RespondingSettings

_THEMES = ("safety", "delivery", "refund", "account", "technical", "quality", "service", "price", "information")
"""Where a text has several themes, the first of these is what the answer speaks of."""

_PERSONS_IN_DANGER = frozenset({"safety", "injury"})


class Task(Struct, frozen=True, kw_only=True):
    """What a draft is for. `promise_at` (UTC) is used where the place's clock pauses, `seed` chooses the words.

    `foreign` says that the customer writes a language that we don't; `language` is then that of the answer.
    """

    channel: str
    text: str
    brand: str
    language: Language
    grade: Grade
    themes: tuple[str, ...]
    sensitive: tuple[str, ...]
    promise_at: datetime
    zone: str
    seed: str
    foreign: bool = False


class Drafter:
    """Makes drafts.

    Args:
        settings: places, grades and lengths.
        phrases: the building blocks of each language.
        linter: looks at every draft; one with a ``fail`` is never suggested.
    """

    def __init__(self, settings: RespondingSettings, phrases: Mapping[Language, Phrases], linter: Linter) -> None:
        self._settings = settings
        self._phrases = phrases
        self._linter = linter

    def drafts(self, task: Task) -> tuple[Draft, ...]:
        """The drafts for a task, best first, each with the linter's findings."""
        place = self._settings.place(task.channel)
        words = _Words(task, self._phrases[task.language], self._promise(task, place))
        makers: dict[str, Callable[[_Words, str], list[list[str]]]] = {"email": _letter, "form": _letter}
        make = makers.get(place, _call if place in {"voice", "in_person"} else _post)
        made = []
        for approach in _approaches(words.theme, task.grade, place):
            text = self._fitting(make(words, approach), task)
            if text:
                findings = self._linter.lint(
                    text, task.channel, task.text, language=task.language, crisis=bool(task.sensitive)
                )
                if all(finding.severity != "fail" for finding in findings):
                    note = (self._linter.note("fallback_language"),) if task.foreign else ()
                    made.append(
                        Draft(text=text, approach=approach, language=task.language, findings=(*note, *findings))
                    )
            words.turn += 1
        return tuple(made)

    def _promise(self, task: Task, place: Place) -> str:
        phrases = self._phrases[task.language]
        if self._settings.windows[place].pauses and task.grade not in self._settings.always_running_grades:
            return phrases.by(task.promise_at, task.zone)
        return phrases.within(self._settings.grade_limits[task.grade])

    def _fitting(self, paragraphs: list[list[str]], task: Task) -> str:
        length = self._settings.length(task.channel)
        while paragraphs:
            text = "\n\n".join(as_sentence(paragraph, task.language) for paragraph in paragraphs)
            if measure(text, length) <= length.limit:
                return text
            paragraphs = [paragraph for paragraph in [*paragraphs[:-1], paragraphs[-1][:-1]] if paragraph]
        return ""


class _Words:
    """The sentences for one task; `turn` is the number of the draft, so that drafts don't repeat each other."""

    def __init__(self, task: Task, phrases: Phrases, promise: str) -> None:
        self.phrases = phrases
        self.promise = promise
        self.brand = task.brand
        self.turn = 0
        self._seed = task.seed
        self.theme = _theme(task)
        self.topic = phrases.topic(self.theme, task.text)
        self.stop_using = self.theme == "safety" and not phrases.happened_elsewhere(task.text)

    def say(self, part: str, kind: str = "") -> str:
        """A sentence of a part; the theme is its kind where none is given."""
        kind = kind or self.theme
        topic = self.topic
        if part == "look" and self.theme == "safety":
            kind = "safety" if self.stop_using else "safety_place"
            topic = topic or self.phrases.general_topic("safety")
        sentence = self.phrases.choose(part, kind, topic, self._seed, self.turn)
        return sentence.replace("{within}", self.promise).replace("{by}", self.promise)

    def about(self) -> str:
        """What the complaint is about, in a word of ours."""
        return self.topic or self.phrases.general_topic(self.theme)


def _theme(task: Task) -> str:
    if _PERSONS_IN_DANGER.intersection(task.sensitive) or "safety" in task.themes:
        return "safety"
    if task.sensitive:
        return "sensitive"
    return next((theme for theme in _THEMES if theme in task.themes), "other")


def _approaches(theme: str, grade: Grade, place: Place) -> Sequence[str]:
    if theme == "safety":
        return ("care", "help")
    if place in {"voice", "in_person"}:
        return ("acknowledge", "help")
    if theme == "sensitive":
        return ("acknowledge", "help")
    if grade is Grade.MINOR:
        return ("thank", "help")
    return ("acknowledge", "help", "apologise")


def _post(words: _Words, approach: str) -> list[list[str]]:
    human = words.say("human", "public")
    if approach == "help":
        if words.theme == "safety":
            steps = [words.say("look"), words.say("help", "short")]
        else:
            steps = [words.say("help", "public")]
        return [[words.say("empathy"), *steps, words.say("promise", "private")]]
    opening = [words.say("empathy")]
    if approach == "thank":
        opening = [words.say("thanks", "public"), *opening]
    if approach == "apologise":
        opening = [*opening, words.say("own", "public")]
    return [[*opening, words.say("look"), words.say("promise", "public"), human]]


def _letter(words: _Words, approach: str) -> list[list[str]]:
    letter, about = words.phrases.letter, words.about()
    signature = letter["signature"].replace("{brand}", words.brand) if words.brand else letter["nobrand"]
    restate = words.phrases.choose("letter", "restate", about, words.brand, words.turn)
    first = [words.say("empathy"), restate]
    if approach == "thank":
        first = [words.say("thanks", "public"), *first]
    second = [words.say("look"), words.say("promise", "direct")]
    if approach != "help":
        second.insert(1, words.phrases.choose("letter", "unknown", about, words.brand, words.turn))
    if approach == "apologise":
        second.insert(0, words.say("own", "public"))
    return [[letter["greeting"]], first, second, [words.say("help", "direct"), letter["close"]], [signature]]


def _call(words: _Words, approach: str) -> list[list[str]]:
    call = words.phrases.call
    greeting = (call["greeting"] if words.brand else call["nobrand"]).replace("{brand}", words.brand)
    opening = [greeting.replace("{topic}", words.about()), words.say("empathy")]
    listening = [call["listen"]] if approach == "help" else []
    return [opening, [*listening, words.say("look"), words.say("promise", "call"), words.say("help", "call")]]
