"""Scores for texts, in the stream and in files alike: the rules' reading and the classifier's probabilities."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from core.errors import ModelError
from core.mention import Judgement, Label, Reading, Score
from core.ports.classifier import Classifier
from sentiment import reading
from sentiment.routing import LanguageRouter
from sentiment.tone import doubted

IRONY_WEIGHT = 0.8
"""How much irony takes from a positive judgement, unless the settings say otherwise; see `sentiment.tone.doubted`."""

_CANT_SAY = Judgement(1 / 3, 1 / 3, 1 / 3)
_HARMLESS = "hello"


class Scorer:
    """Gives each text its score, or the reason why it has none.

    The themes are those that the words of a text name, or, where they name none, the one that the classifier sees.

    A text in a language that no classifier judges gets the label ``unknown`` with a third for each probability; a text
    without letters (emoji, figures) is classified. The score of a text names the classifier that judged it.

    Args:
        classifier: gives the probabilities; a `LanguageRouter` chooses among several by the language of a text, any
            other is asked for the three languages of the product.
        read: reads language, themes, sensitive words and tone out of a text and its language hint.
        irony_weight: see `sentiment.tone.doubted`.
    """

    def __init__(
        self,
        classifier: Classifier,
        read: Callable[[str, str], Reading] = reading.read,
        irony_weight: float = IRONY_WEIGHT,
    ) -> None:
        self._router = classifier if isinstance(classifier, LanguageRouter) else LanguageRouter(classifier)
        self._read = read
        self._irony_weight = irony_weight

    def scores(self, texts: Sequence[tuple[str, str]], now: datetime) -> list[Score | str]:
        """The score of each (text, language hint); a string says why a text has none. The others are not touched.

        Raises:
            ModelError: a classifier fails even on a harmless text.
        """
        readings = [self._reading(text, hint) for text, hint in texts]
        judges = [
            self._router.for_language(found.language) if isinstance(found, Reading) and text.strip() else None
            for (text, _), found in zip(texts, readings, strict=True)
        ]
        answers: dict[int, Judgement | str] = {}
        for judge in {id(each): each for each in judges if each is not None}.values():
            numbers = [number for number, each in enumerate(judges) if each is judge]
            judged = _classify(judge, [texts[number][0] for number in numbers])
            answers.update(zip(numbers, judged, strict=True))
        return [
            found if isinstance(found, str) else self._outcome(found, judges[number], answers.get(number), now)
            for number, found in enumerate(readings)
        ]

    def none(self, now: datetime) -> Score:
        """The score of nothing: what a deleted text is passed on with."""
        return _score(Label.UNKNOWN, _CANT_SAY, Reading(language="zxx"), self._router.name, now)

    def _reading(self, text: str, hint: str) -> Reading | str:
        try:
            return self._read(text, hint)
        except ModelError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a text does to a reader, the others must go on
            return f"the text could not be read: {error!r}"

    def _outcome(
        self, found: Reading, judge: Classifier | None, answer: Judgement | str | None, now: datetime
    ) -> Score | str:
        if isinstance(answer, str):
            return answer
        if judge is None or answer is None:
            return _score(Label.UNKNOWN, _CANT_SAY, found, self._router.name, now)
        if found.ironic:
            answer = doubted(answer, self._irony_weight)
        if answer.theme and not found.themes:
            found = replace(found, themes=(answer.theme,))
        return _score(answer.label, answer, found, judge.name, now)


def _score(label: Label, answer: Judgement, found: Reading, model: str, now: datetime) -> Score:
    return Score(
        label=label,
        p_negative=answer.negative,
        p_neutral=answer.neutral,
        p_positive=answer.positive,
        reading=found,
        model=model,
        scored_at=now,
        emotion=answer.emotion,
        p_complaint=answer.complaint,
    )


def _classify(classifier: Classifier, texts: Sequence[str]) -> Sequence[Judgement | str]:
    try:
        return _checked(classifier, texts)
    except Exception:  # noqa: BLE001 - a model library may raise anything; each text gets its own chance
        answers = [_classify_one(classifier, text) for text in texts]
    if any(isinstance(answer, str) for answer in answers):
        _prove_it_works(classifier)
    return answers


def _prove_it_works(classifier: Classifier) -> None:
    """The fault lies with the texts only if the classifier still works without them."""
    try:
        _checked(classifier, [_HARMLESS])
    except Exception as error:
        raise ModelError(
            f"{classifier.name} fails on every text ({error!r}): restart, or try another SIXMINUTE_MODEL or, where it "
            "is that one, SIXMINUTE_MODEL_OTHER."
        ) from error


def _classify_one(classifier: Classifier, text: str) -> Judgement | str:
    try:
        return _checked(classifier, [text])[0]
    except Exception as error:  # noqa: BLE001 - the same
        return f"the text could not be classified: {error!r}"


def _checked(classifier: Classifier, texts: Sequence[str]) -> Sequence[Judgement]:
    answers = classifier.classify(texts)
    if len(answers) != len(texts):
        raise ModelError(f"{classifier.name} gave {len(answers)} scores for {len(texts)} texts")
    return answers
