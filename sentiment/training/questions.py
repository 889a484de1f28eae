"""How well a finished checkpoint answers what it is asked besides polarity."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from core.mention import Judgement
from sentiment.classifier import TransformerClassifier
from sentiment.reading import read
from sentiment.training import corpus, sets
from sentiment.training.corpus import EMOTIONS, UNLABELLED
from sentiment.training.sets import TRAINING_SETS
from sentiment.training.themes import asked, without_theme_words

_EMOTION_SETS = ("zh/ewect_usual", "zh/ewect_virus", "zh/nlpcc2014_emotion", "zh-hant/cantonese_forum")
_COMPLAINTS = "en/complaints"
_AIRLINES = "en/airline_2015"
_REASONS = {
    "Customer Service Issue": "service",
    "Flight Attendant Complaints": "service",
    "Late Flight": "delivery",
    "Cancelled Flight": "delivery",
    "Lost Luggage": "delivery",
    "Damaged Luggage": "delivery",
}
"""Which theme the reasons of `_AIRLINES` come to; those that fit none or several are left out."""


class Question(Struct, frozen=True, kw_only=True):
    """How well a head besides polarity answers on one set: recall of each answer, in percent, and their mean."""

    name: str
    texts: int
    macro_recall: float
    recalls: dict[str, float]


class Themes(Struct, frozen=True, kw_only=True):
    """How well themes are found in texts of which one theme each is known to be right.

    `by_words` and `together` are the percentages of texts whose theme is found by the words alone, and by the words or
    else the encoder. `added` is for how many texts the encoder named a theme where no word did, and `right` the
    percentage of those for which it is one that was wanted.
    """

    name: str
    texts: int
    by_words: float
    together: float
    added: int
    right: float


def _asked(
    classifier: TransformerClassifier, data: Path, name: str, wanted: Callable[[int, dict[str, str]], str],
    given: Callable[[Judgement], str],
) -> Question:  # fmt: skip
    """Recalls of a question on the held-out rows of a training set; rows for which `wanted` is empty are left out."""
    number = [each.path for each in TRAINING_SETS].index(name)
    rows = [row for row in sets.rows(data, name) if row["text"].strip() and sets.is_check_row(name, row)]
    known = [(row["text"], right) for row in rows if (right := wanted(number, row))]
    answers = classifier.classify([text for text, _ in known])
    total: Counter[str] = Counter(right for _, right in known)
    hits = Counter(right for (_, right), answer in zip(known, answers, strict=True) if given(answer) == right)
    recalls = {right: 100 * hits[right] / count for right, count in sorted(total.items())}
    return Question(name=name, texts=len(known), macro_recall=sum(recalls.values()) / len(recalls), recalls=recalls)


def emotions(classifier: TransformerClassifier, data: Path) -> tuple[Question, ...]:
    """The head for emotions, on the held-out rows of each set that has some."""

    def wanted(number: int, row: dict[str, str]) -> str:
        emotion = corpus.example(number, row).emotion
        return "" if emotion == UNLABELLED else EMOTIONS[emotion]

    return tuple(
        _asked(classifier, data, name, wanted, lambda answer: answer.emotion or "none") for name in _EMOTION_SETS
    )


def complaints(classifier: TransformerClassifier, data: Path) -> Question:
    """The head for complaints, on the held-out rows of the set that has some."""
    return _asked(
        classifier, data, _COMPLAINTS,
        lambda _, row: {"0": "no", "1": "yes"}.get(row["complaint"], ""),
        lambda answer: "yes" if (answer.complaint or 0.0) >= 0.5 else "no",
    )  # fmt: skip


def themes(classifier: TransformerClassifier, data: Path) -> tuple[Themes, ...]:
    """Where people gave the reason of a complaint, and where the words for a theme were taken out of held-out texts."""
    reasons = [
        (row["text"], frozenset({_REASONS[row["negative_reason"]]}))
        for row in sets.rows(data, _AIRLINES)
        if row["negative_reason"] in _REASONS
    ]
    hidden = [
        (without_theme_words(text), known)
        for text in corpus.held_out_texts(data)
        if sets.of_second_half(text) and (known := frozenset(read(text).themes).intersection(asked()))
    ]
    return (
        _themes(classifier, f"`{_AIRLINES}`, reasons given by people", reasons),
        _themes(classifier, "held-out texts, theme words hidden", hidden),
    )


def _themes(classifier: TransformerClassifier, name: str, texts: Sequence[tuple[str, frozenset[str]]]) -> Themes:
    named = [frozenset(read(text).themes) for text, _ in texts]
    seen = [answer.theme for answer in classifier.classify([text for text, _ in texts])]
    words = sum(bool(has & wanted) for has, (_, wanted) in zip(named, texts, strict=True))
    added = [theme in wanted for has, theme, (_, wanted) in zip(named, seen, texts, strict=True) if theme and not has]
    return Themes(
        name=name,
        texts=len(texts),
        by_words=100 * words / len(texts),
        together=100 * (words + sum(added)) / len(texts),
        added=len(added),
        right=100 * sum(added) / max(1, len(added)),
    )
