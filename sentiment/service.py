"""The sentiment worker: raw mentions in, scored mentions out."""

from collections.abc import Callable, Sequence

import msgspec

from core.errors import InputError, ModelError
from core.events import (
    MENTIONS_RAW,
    MENTIONS_SCORED,
    SENTIMENT,
    MentionReceived,
    decode,
    encode,
    scored_event,
)
from core.language import LANGUAGES
from core.mention import Label, Mention, Reading, Score, ScoredMention
from core.ports import Bus, Classifier, Clock, Consumer, Message, Received, Store
from core.service import dead_letter
from sentiment import reading

Probabilities = tuple[float, float, float]

_CANT_SAY: Probabilities = (1 / 3, 1 / 3, 1 / 3)
_READ = frozenset({*LANGUAGES, "und"})
_HARMLESS = "hello"
_LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)


class SentimentService:
    """Scores what arrives on ``mentions.raw``, keeps it in the store and passes it on as ``mentions.scored``.

    A text in a language that the product doesn't read gets the label ``unknown`` with a third for each probability,
    without asking the classifier; a text without letters (emoji, figures) is classified. What can't be read or scored
    goes to the dead letters, alone. Store first, then bus, then commit: after a crash the batch is done again, which
    changes nothing, because the ids of the events follow from those of the mentions.

    Args:
        bus: where mentions come from and scores go.
        store: where scored mentions are kept.
        classifier: gives the probabilities.
        clock: says when a mention was scored.
        read: reads language, themes and sensitive words out of a text and its language hint.
        batch: at most so many mentions in a step.
    """

    name = SENTIMENT

    def __init__(
        self,
        bus: Bus,
        store: Store,
        classifier: Classifier,
        clock: Clock,
        *,
        read: Callable[[str, str], Reading] = reading.read,
        batch: int = 256,
    ) -> None:
        self._bus = bus
        self._store = store
        self._classifier = classifier
        self._clock = clock
        self._read = read
        self._batch = batch
        self._consumer: Consumer | None = None

    def step(self, timeout: float) -> int:
        """Score one batch, waiting at most `timeout` seconds for it; say how many messages were done.

        After any error the group is left, so that the batch is delivered again, to the next step or to another worker.

        Raises:
            StorageError: the store or the bus can't be written.
            BackPressureError: a reader of the scored mentions is too far behind.
            ModelError: the classifier fails even on a harmless text.
        """
        if self._consumer is None:
            self._consumer = self._bus.consumer(SENTIMENT, (MENTIONS_RAW,))
        try:
            received = self._consumer.poll(self._batch, timeout)
            if received:
                self._do(received)
                self._consumer.commit(received)
        except BaseException:
            self.close()
            raise
        return len(received)

    def close(self) -> None:
        """Leave the group; what was polled and not committed goes to the next worker."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            consumer.close()

    def _do(self, received: Sequence[Received]) -> None:
        events: list[tuple[Received, MentionReceived]] = []
        letters: list[Message] = []
        for message in received:
            try:
                events.append((message, decode(message.value, MentionReceived)))
            except InputError as error:
                letters.append(dead_letter(message, str(error), self.name, self._clock))
        scores = self._scores([event for _, event in events])
        kept: list[ScoredMention] = []
        gone: list[str] = []
        scored: list[Message] = []
        for (message, event), score in zip(events, scores, strict=True):
            if isinstance(score, str):
                letters.append(dead_letter(message, score, self.name, self._clock))
                continue
            if event.kind == "deleted":
                event = msgspec.structs.replace(event, mention=_blank(event.mention))  # noqa: PLW2901
                gone.append(event.mention.id)
            else:
                kept.append(ScoredMention(mention=event.mention, score=score))
            scored.append(Message(MENTIONS_SCORED, event.mention.brand, encode(scored_event(event, score))))
        with self._store.unit() as unit:
            unit.put_mentions(kept)
            unit.erase_mentions(gone)
        self._bus.publish([*scored, *letters])

    def _scores(self, events: Sequence[MentionReceived]) -> list[Score | str]:
        """The score of each event, or the reason why it has none."""
        now = self._clock.now()
        readings = [self._reading(event) for event in events]
        wanted = [
            number
            for number, (event, found) in enumerate(zip(events, readings, strict=True))
            if isinstance(found, Reading) and found.language in _READ and event.mention.text.strip()
        ]
        answers = dict(zip(wanted, self._classify([events[number].mention.text for number in wanted]), strict=True))
        scores: list[Score | str] = []
        for number, found in enumerate(readings):
            answer = answers.get(number, _CANT_SAY)
            if isinstance(found, str) or isinstance(answer, str):
                scores.append(found if isinstance(found, str) else str(answer))
                continue
            negative, neutral, positive = answer
            label = _LABELS[max(range(3), key=answer.__getitem__)] if number in answers else Label.UNKNOWN
            scores.append(
                Score(
                    label=label,
                    p_negative=negative,
                    p_neutral=neutral,
                    p_positive=positive,
                    reading=found,
                    model=self._classifier.name,
                    scored_at=now,
                )
            )
        return scores

    def _reading(self, event: MentionReceived) -> Reading | str:
        if event.kind == "deleted":
            return Reading(language="zxx")
        try:
            return self._read(event.mention.text, event.mention.language_hint)
        except Exception as error:  # noqa: BLE001 - whatever a text does to a reader, the others must go on
            return f"the text could not be read: {error!r}"

    def _classify(self, texts: Sequence[str]) -> Sequence[Probabilities | str]:
        try:
            return self._checked(texts)
        except Exception:  # noqa: BLE001 - a model library may raise anything; each text gets its own chance
            answers = [self._classify_one(text) for text in texts]
        if any(isinstance(answer, str) for answer in answers):
            # The fault lies with the texts only if the classifier still works without them.
            self._checked([_HARMLESS])
        return answers

    def _classify_one(self, text: str) -> Probabilities | str:
        try:
            return self._checked([text])[0]
        except Exception as error:  # noqa: BLE001 - the same
            return f"the text could not be classified: {error!r}"

    def _checked(self, texts: Sequence[str]) -> Sequence[Probabilities]:
        answers = self._classifier.classify(texts) if texts else []
        if len(answers) != len(texts):
            raise ModelError(f"{self._classifier.name} gave {len(answers)} scores for {len(texts)} texts")
        return answers


def _blank(mention: Mention) -> Mention:
    """What may still be said of a deleted mention: that it was there, not what or who."""
    return msgspec.structs.replace(mention, text="", author="", url="", followers=None)
