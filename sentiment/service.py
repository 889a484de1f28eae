"""The sentiment worker: raw mentions in, scored mentions out."""

from collections.abc import Sequence

import msgspec

from core.errors import InputError
from core.events import (
    MENTIONS_RAW,
    MENTIONS_SCORED,
    SENTIMENT,
    MentionReceived,
    decode,
    encode,
    scored_event,
    without_words,
)
from core.mention import Score, ScoredMention
from core.ports.bus import Bus, Consumer, Message, Received
from core.ports.clock import Clock
from core.ports.store import Store
from core.service import dead_letter
from sentiment.scorer import Scorer


class SentimentService:
    """Scores what arrives on ``mentions.raw``, keeps it in the store and passes it on as ``mentions.scored``.

    What can't be read or scored goes to the dead letters, alone. Store first, then bus, then commit: after a crash the
    batch is done again, which changes nothing, because the ids of the events follow from those of the mentions.

    Args:
        bus: where mentions come from and scores go.
        store: where scored mentions are kept.
        scorer: gives the scores.
        clock: says when a mention was scored.
        batch: at most so many mentions in a step.
    """

    name = SENTIMENT

    def __init__(
        self,
        bus: Bus,
        store: Store,
        scorer: Scorer,
        clock: Clock,
        *,
        batch: int = 256,
    ) -> None:
        self._bus = bus
        self._store = store
        self._scorer = scorer
        self._clock = clock
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
                event = msgspec.structs.replace(event, mention=without_words(event.mention))  # noqa: PLW2901
                gone.append(event.mention.id)
            else:
                kept.append(ScoredMention(mention=event.mention, score=score))
            scored.append(
                Message(MENTIONS_SCORED, event.mention.brand, encode(scored_event(event, score)), message.trace)
            )
        with self._store.unit() as unit:
            unit.erase_mentions(gone)
            unit.put_mentions(kept)
        self._bus.publish([*scored, *letters])

    def _scores(self, events: Sequence[MentionReceived]) -> list[Score | str]:
        now = self._clock.now()
        living = [event.mention for event in events if event.kind != "deleted"]
        given = iter(self._scorer.scores([(mention.text, mention.language_hint) for mention in living], now))
        return [self._scorer.none(now) if event.kind == "deleted" else next(given) for event in events]
