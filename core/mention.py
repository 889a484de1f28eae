"""A mention: something that somebody said about a brand, and what was read out of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from core.identity import identity

MAX_TEXT = 25_000
"""Characters of a mention's text that are kept. The longest posts that X allows have as many."""

MOST_FOLLOWERS = 2**31 - 1
"""Networks can state any number; nobody has as many, and sums of them must stay numbers that a database holds."""

YEARS = range(1990, 2101)
"""Years in which a mention can stand; anything else is an error of its source."""

Moment = Annotated[datetime, Meta(tz=True)]
"""A moment that is read from elsewhere: one without a time zone is refused."""

Origin = Literal["live", "replay", "demonstration"]
"""Where a mention came from: a network, a recorded file, or the built-in demonstration."""


class Label(StrEnum):
    """The sentiment of a mention towards the world; ``unknown`` where the language isn't supported."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    UNKNOWN = "unknown"


LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
"""Those that a classifier or a person can give, in the order of a classifier's probabilities."""


class Mention(Struct, frozen=True, kw_only=True):
    """What a source delivers, already matched to one brand.

    All times are aware datetimes in UTC. `created_at` is the network's time (event time), `ingested_at` ours.
    `source` is the network or channel (``x``, ``reddit``, ``bluesky``, ``weibo``, ``ptt``, ``email``, ``form`` …).
    A text about two brands gives two mentions. `revision` grows with each edit; a higher one replaces a lower one.
    `followers` is the author's reach where known. `network_id` identifies the post on its network.
    """

    id: str
    brand: str
    source: str
    network_id: str
    created_at: Moment
    ingested_at: Moment
    text: str
    author: str = ""
    conversation: str = ""
    in_reply_to: str = ""
    url: str = ""
    language_hint: str = ""
    followers: int | None = None
    revision: int = 0
    origin: Origin = "live"


def mention_id(source: str, network_id: str, brand: str) -> str:
    """The id of the mention of `brand` in the post `network_id` of `source`."""
    return identity("mention", source, network_id, brand)


class Reading(Struct, frozen=True, kw_only=True):
    """What rules read out of a text, without a model.

    `language` is one of the product's languages, or another BCP 47 code, or ``und``. `themes` are names such as
    ``delivery`` or ``safety``. `sensitive` are the kinds of words found that raise an alarm at once: ``safety``,
    ``injury``, ``legal``, ``media``, ``regulator``, ``data_leak``, ``boycott``. `urgent`: it asks for help at once.
    `ironic`: it may mean the opposite of what its words say.
    """

    language: str
    themes: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    urgent: bool = False
    ironic: bool = False


Emotion = Literal["", "anger", "anxiety", "sadness", "joy"]
"""What a text shows of its author's feelings; empty where it shows none, or where nobody looked."""


class Judgement(NamedTuple):
    """What a classifier makes of a text.

    `negative`, `neutral` and `positive` are probabilities that sum to 1. `complaint` is the probability that the text
    states a complaint, `theme` what it is most surely about, whether or not it has a word for it; they are None and
    empty, as is `emotion`, where the classifier doesn't say.
    """

    negative: float
    neutral: float
    positive: float
    emotion: Emotion = ""
    complaint: float | None = None
    theme: str = ""

    @property
    def probabilities(self) -> tuple[float, float, float]:
        """Those of negative, neutral and positive."""
        return self.negative, self.neutral, self.positive

    @property
    def label(self) -> Label:
        """The most probable one; of several that are equally probable the first of `LABELS`."""
        return LABELS[self.probabilities.index(max(self.probabilities))]


class Score(Struct, frozen=True, kw_only=True):
    """What the classifier says, and the reading of the rules.

    The first three probabilities are between 0 and 1 and sum to 1. `p_complaint` is that of a complaint, None where
    the classifier doesn't say.
    """

    label: Label
    p_negative: float
    p_neutral: float
    p_positive: float
    reading: Reading
    model: str
    scored_at: Moment
    emotion: Emotion = ""
    p_complaint: float | None = None


class ScoredMention(Struct, frozen=True, kw_only=True):
    """A mention together with its score."""

    mention: Mention
    score: Score


class TimeBudget(Struct, frozen=True, kw_only=True):
    """When a mention passed each stage (UTC), so that the stage which spent the six minutes can be named."""

    posted: datetime
    ingested: datetime
    scored: datetime | None = None
    alerted: datetime | None = None
    seen: datetime | None = None
    approved: datetime | None = None
    sent: datetime | None = None


Stage = Literal["alerted", "seen", "approved", "sent"]
"""The stages after scoring; each is marked once, the first time wins."""


class Correction(Struct, frozen=True, kw_only=True):
    """What a person said about the label of a mention; a confirmation that it was right counts too.

    `label` is the right one. `given` is what the model had said, with its probabilities and its name; `language` and
    `brand` are those of the mention, whose text stands with the mention alone.
    """

    mention: str
    brand: str
    language: str
    label: Label
    given: Label
    p_negative: float
    p_neutral: float
    p_positive: float
    model: str
    corrected_by: str
    corrected_at: Moment


class StoredMention(Struct, frozen=True, kw_only=True):
    """A mention as the store gives it back.

    Where a person has looked at the label, `score.label` is what that person said, and `correction` says who and when,
    and what the model had said. The probabilities are always those of the model.
    """

    mention: Mention
    score: Score
    budget: TimeBudget
    correction: Correction | None = None
