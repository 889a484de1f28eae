"""Scores for texts, in the stream and in files alike: the rules' reading and the classifier's probabilities."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.errors import ModelError
from core.language import LANGUAGES
from core.mention import Judgement, Label, Reading, Score
from core.ports import Classifier
from sentiment import reading

_CANT_SAY = Judgement(1 / 3, 1 / 3, 1 / 3)
_READ = frozenset({*LANGUAGES, "und"})
_HARMLESS = "hello"
_LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)


class Scorer:
    """Gives each text its score, or the reason why it has none.

    A text in a language that the product doesn't read gets the label ``unknown`` with a third for each probability,
    without asking the classifier; a text without letters (emoji, figures) is classified.

    Args:
        classifier: gives the probabilities.
        read: reads language, themes and sensitive words out of a text and its language hint.
    """

    def __init__(self, classifier: Classifier, read: Callable[[str, str], Reading] = reading.read) -> None:
        self._classifier = classifier
        self._read = read

    def scores(self, texts: Sequence[tuple[str, str]], now: datetime) -> list[Score | str]:
        """The score of each (text, language hint); a string says why a text has none. The others are not touched.

        Raises:
            ModelError: the classifier fails even on a harmless text.
        """
        readings = [self._reading(text, hint) for text, hint in texts]
        wanted = [
            number
            for number, ((text, _), found) in enumerate(zip(texts, readings, strict=True))
            if isinstance(found, Reading) and found.language in _READ and text.strip()
        ]
        answers = dict(zip(wanted, self._classify([texts[number][0] for number in wanted]), strict=True))
        scores: list[Score | str] = []
        for number, found in enumerate(readings):
            answer = answers.get(number, _CANT_SAY)
            if isinstance(found, str):
                scores.append(found)
            elif isinstance(answer, str):
                scores.append(answer)
            else:
                label = (
                    _LABELS[answer.probabilities.index(max(answer.probabilities))]
                    if number in answers
                    else Label.UNKNOWN
                )
                scores.append(self._score(label, answer, found, now))
        return scores

    def none(self, now: datetime) -> Score:
        """The score of nothing: what a deleted text is passed on with."""
        return self._score(Label.UNKNOWN, _CANT_SAY, Reading(language="zxx"), now)

    def _score(self, label: Label, answer: Judgement, found: Reading, now: datetime) -> Score:
        return Score(
            label=label,
            p_negative=answer.negative,
            p_neutral=answer.neutral,
            p_positive=answer.positive,
            reading=found,
            model=self._classifier.name,
            scored_at=now,
            emotion=answer.emotion,
            p_complaint=answer.complaint,
        )

    def _reading(self, text: str, hint: str) -> Reading | str:
        try:
            return self._read(text, hint)
        except Exception as error:  # noqa: BLE001 - whatever a text does to a reader, the others must go on
            return f"the text could not be read: {error!r}"

    def _classify(self, texts: Sequence[str]) -> Sequence[Judgement | str]:
        try:
            return self._checked(texts)
        except Exception:  # noqa: BLE001 - a model library may raise anything; each text gets its own chance
            answers = [self._classify_one(text) for text in texts]
        if any(isinstance(answer, str) for answer in answers):
            self._prove_it_works()
        return answers

    def _prove_it_works(self) -> None:
        """The fault lies with the texts only if the classifier still works without them."""
        try:
            self._checked([_HARMLESS])
        except Exception as error:
            raise ModelError(
                f"{self._classifier.name} fails on every text ({error!r}): restart, or try another SIXMINUTE_MODEL."
            ) from error

    def _classify_one(self, text: str) -> Judgement | str:
        try:
            return self._checked([text])[0]
        except Exception as error:  # noqa: BLE001 - the same
            return f"the text could not be classified: {error!r}"

    def _checked(self, texts: Sequence[str]) -> Sequence[Judgement]:
        answers = self._classifier.classify(texts) if texts else []
        if len(answers) != len(texts):
            raise ModelError(f"{self._classifier.name} gave {len(answers)} scores for {len(texts)} texts")
        return answers
