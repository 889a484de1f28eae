"""The texts to learn from and to check on, and what each label means.

Some texts stand in two sets: one that training sees anywhere is no check text.
"""

import math
import random
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

if TYPE_CHECKING:
    from opencc import OpenCC

from core import mention
from sentiment.text import prepare
from sentiment.training import noise
from sentiment.training.sets import TRAINING_SETS, UNLABELLED_SETS, is_check_row, rows

LABELS = tuple(map(str, mention.LABELS))
EMOTIONS = tuple(each or "none" for each in get_args(mention.Emotion))
UNLABELLED = -1
_LABEL_NUMBER = {label: number for number, label in enumerate(LABELS)}
_NEUTRAL = _LABEL_NUMBER["neutral"]
_NOT_OFFERED = -2.0
"""What the logit of "neutral" is lowered by where nobody was offered it: rarely right there, not impossible."""
_EMOTION_OF = {
    "neutral": "none", "none": "none",
    "angry": "anger", "anger": "anger", "disgust": "anger",
    "fear": "anxiety",
    "sad": "sadness", "sadness": "sadness",
    "happy": "joy", "happiness": "joy", "like": "joy", "optimism": "joy", "gratitude": "joy",
}  # fmt: skip
FORUM_EMOTIONS = {"anger": "anger", "sorrow": "sadness", "happiness": "joy"}
_STRONG = 3
"""From this strength (of five) the posts of `cantonese_forum` count as showing an emotion."""
_CHINESE_SHARE_TURNED = 0.3
_NOISY_SHARE = 0.15


@dataclass(frozen=True)
class Example:
    """A text and what is known of it; `UNLABELLED` where nothing is.

    `sentiment` is a number of `LABELS`, `emotion` one of `EMOTIONS`, `complaint` 0 or 1. `source` is the number of its
    set, which decides how its sentiment is taken, and `weight` how much that counts. `original` is the text before it
    was varied.
    """

    text: str
    source: int = 0
    original: str = ""
    sentiment: int = UNLABELLED
    weight: float = 1.0
    emotion: int = UNLABELLED
    complaint: int = UNLABELLED


def emotion_of(name: str, row: dict[str, str]) -> int:
    """The number of the emotion that a row was given by whoever labelled it; `UNLABELLED` where none was asked for."""
    if name == "zh-hant/cantonese_forum":
        strengths = {emotion: int(row[column]) for column, emotion in FORUM_EMOTIONS.items()}
        strongest = max(strengths, key=lambda emotion: strengths[emotion])
        if strengths[strongest] >= _STRONG:
            return EMOTIONS.index(strongest)
        return EMOTIONS.index("none") if not any(strengths.values()) else UNLABELLED
    emotion = _EMOTION_OF.get(row.get("label_raw", ""), "") if name.startswith("zh/") else ""
    return EMOTIONS.index(emotion) if emotion else UNLABELLED


def example(number: int, row: dict[str, str]) -> Example:
    """What is known of a row of `TRAINING_SETS[number]`."""
    each = TRAINING_SETS[number]
    return Example(
        text=prepare(row["text"]),
        source=number,
        sentiment=_LABEL_NUMBER.get(row.get("label", ""), UNLABELLED),
        weight=each.weight,
        emotion=emotion_of(each.path, row),
        complaint=int(row.get("complaint") or UNLABELLED),
    )


@cache
def _known(folder: Path) -> tuple[tuple[Example, ...], ...]:
    return tuple(
        tuple(
            example(number, row)
            for row in rows(folder, each.path)
            if row["text"].strip() and not is_check_row(each.path, row)
        )
        for number, each in enumerate(TRAINING_SETS)
    )


@cache
def _turners() -> "tuple[OpenCC, OpenCC]":
    from opencc import OpenCC  # noqa: PLC0415 - reading labelled texts needs no converter

    return OpenCC("s2twp"), OpenCC("s2hk")


def training_examples(folder: Path, seed: int) -> list[Example]:
    """One epoch over all training sets, in an order that depends only on the data and the seed.

    Some of the Simplified Chinese texts are turned into Traditional characters with the words of Taiwan or Hong Kong
    (OpenCC), because the sets hold far fewer Traditional texts; some texts are written less carefully than they were.
    """
    picker = random.Random(seed)
    chosen: list[Example] = []
    for each, known in zip(TRAINING_SETS, _known(folder), strict=True):
        usable = [one for one in known if _is_labelled(one)]
        picker.shuffle(usable)
        chosen.extend(_varied(one, each.path, picker) for one in usable[: each.limit] for _ in range(each.repeats))
    picker.shuffle(chosen)
    return chosen


def labelled_texts(folder: Path) -> list[str]:
    """Every text of which anything is known to learn from, each once."""
    return list(dict.fromkeys(one.text for known in _known(folder) for one in known if _is_labelled(one)))


def _is_labelled(one: Example) -> bool:
    return (one.sentiment, one.emotion, one.complaint) != (UNLABELLED,) * 3


def _varied(one: Example, name: str, picker: random.Random) -> Example:
    text = one.text
    if name.startswith("zh/") and picker.random() < _CHINESE_SHARE_TURNED:
        text = picker.choice(_turners()).convert(text)
    if picker.random() < _NOISY_SHARE:
        text = noise.written_in_haste(text, picker)
    return replace(one, text=text, original=one.text)


def logit_adjustments(folder: Path) -> list[list[float]]:
    """What is added to the three logits of a text of each training set while learning.

    The logarithm of how frequent each label is in its set: a set in which nearly all is negative then doesn't teach
    that its subject is (Menon et al., "Long-tail learning via logit adjustment", ICLR 2021). In use nothing is added.
    """
    found = []
    for each, known in zip(TRAINING_SETS, _known(folder), strict=True):
        counts = Counter(one.sentiment for one in known if one.sentiment != UNLABELLED)
        total = sum(counts.values()) or 1
        row = [math.log(max(counts[number], 1) / total) for number in range(len(LABELS))]
        if not each.three_way:
            row[_NEUTRAL] = _NOT_OFFERED
        found.append(row)
    return found


def check_examples(folder: Path, name: str) -> list[tuple[str, str]]:
    """The (text, label) pairs of a set whose texts training never sees, not in another set either."""
    seen = studied_texts(folder)
    return [
        (row["text"], row["label"])
        for row in rows(folder, name)
        if row["label"] in _LABEL_NUMBER
        and row["text"].strip()
        and is_check_row(name, row)
        and prepare(row["text"]) not in seen
    ]


def held_out_texts(folder: Path) -> list[str]:
    """The texts of the training sets that training never sees, each once."""
    seen = studied_texts(folder)
    found = (
        prepare(row["text"])
        for each in TRAINING_SETS
        for row in rows(folder, each.path)
        if row["text"].strip() and is_check_row(each.path, row)
    )
    return [text for text in dict.fromkeys(found) if text not in seen]


@cache
def studied_texts(folder: Path) -> dict[str, str]:
    """Every text that training may see, labelled or not, with the name of its set."""
    texts: dict[str, str] = {}
    for name in (*(each.path for each in TRAINING_SETS), *UNLABELLED_SETS):
        for row in rows(folder, name):
            if row["text"].strip() and not is_check_row(name, row):
                texts.setdefault(prepare(row["text"]), name)
    return texts


def all_texts(folder: Path) -> list[str]:
    """Every text that training may see, Simplified ones in Traditional characters too."""
    texts = studied_texts(folder)
    turned = (_turners()[0].convert(text) for text, name in texts.items() if name.startswith("zh/"))
    return list(dict.fromkeys((*texts, *turned)))
