"""The labelled sets: which are trained on, which rows are held out, and what each label means.

A row is held out when the hash of its text falls into one fifth of the range, so that the split depends neither on
order nor on the seed. Some sets have another rule (`is_check_row`), and some texts stand in two sets: one that training
sees anywhere is no check text. `airline_2015`, `customer_support_2017` and `tweeteval_sentiment_test` never appear
among the training sets.
"""

import csv
import gzip
import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

from core.errors import InputError
from sentiment.text import prepare
from sentiment.training import noise, themes

LABELS = ("negative", "neutral", "positive")
EMOTIONS = ("none", "anger", "anxiety", "sadness", "joy")
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
class TrainingSet:
    """One file to learn from.

    `limit`: at most so many rows a epoch; `repeats`: how often each row comes; `weight`: how much a row's loss counts
    (labels by rule or by star count less than 1); `three_way`: whether "neutral" was offered to whoever labelled;
    `aside`: whether its labels answer another question than the product asks (the feeling of the writer, the opinion
    of one subject among several, what a selected part says), so that a head beside the common one takes the difference.
    """

    path: str
    limit: int
    repeats: int = 1
    weight: float = 1.0
    three_way: bool = True
    aside: bool = False


@dataclass(frozen=True)
class Example:
    """A text and what is known of it; `UNLABELLED` where nothing is.

    `sentiment` is a number of `LABELS`, `emotion` one of `EMOTIONS`, `complaint` 0 or 1, `themes` are numbers as in
    `sentiment.training.themes`. `source` is the number of its set, which decides how its sentiment is taken, and
    `weight` how much that counts. `origin` is the text as it stands in the set, where `text` was changed.
    """

    text: str
    source: int = 0
    sentiment: int = UNLABELLED
    weight: float = 1.0
    emotion: int = UNLABELLED
    complaint: int = UNLABELLED
    themes: tuple[int, ...] = ()
    origin: str = ""


TRAINING_SETS = (
    TrainingSet("en/semeval_2013_2016", 60_000),
    TrainingSet("en/tweet_sentiment_extraction", 22_000, weight=0.5, aside=True),
    TrainingSet("en/brand_product_emotion_2011", 7_000, weight=0.6, aside=True),
    TrainingSet("en/entity_sentiment", 8_000, weight=0.4, aside=True),
    TrainingSet("en/complaints", 2_400, repeats=2),
    TrainingSet("zh/ewect_usual", 30_000),
    TrainingSet("zh/ewect_virus", 8_000),
    TrainingSet("zh/nlpcc2014_emotion", 5_000, weight=0.8, aside=True),
    TrainingSet("zh/clue_emotion", 5_000, weight=0.5, three_way=False, aside=True),
    TrainingSet("zh/covid_weibo_7", 6_000, weight=0.6, three_way=False, aside=True),
    TrainingSet("zh/weibo_covid_3class", 2_000),
    TrainingSet("zh/bdci_car_2018", 4_000, weight=0.3, aside=True),
    TrainingSet("zh/waimai_10k", 6_000, weight=0.8, three_way=False),
    TrainingSet("zh/hotel_chnsenticorp", 5_000, weight=0.8, three_way=False),
    TrainingSet("zh/online_shopping_10", 16_000, weight=0.8, three_way=False),
    TrainingSet("zh-hant/cantonese_forum", 4_000, repeats=2),
    TrainingSet("zh-hant/openrice_cantonese", 1_600, repeats=3),
    TrainingSet("zh-hant/ptt_stock", 500, repeats=3),
    TrainingSet("zh-hant/ptt_boards_weak", 4_000, weight=0.3, three_way=False, aside=True),
)
UNLABELLED_SETS = ("en/crisislex_labeled", "en/customer_care_2020", "zh/weibo_ncov_stream", "zh-hant/lihkg_stream_2019")
"""Read only for what language looks like, and by the teacher: they have no sentiment of their own."""

CHECKED_SETS = (
    "en/tweeteval_sentiment_test",
    "en/airline_2015",
    "en/semeval_2013_2016",
    "zh/ewect_usual",
    "zh/ewect_virus",
    "zh/weibo_covid_3class",
    "zh/online_shopping_10",
    "zh/waimai_10k",
    "zh/hotel_chnsenticorp",
    "zh-hant/cantonese_forum",
    "zh-hant/openrice_cantonese",
    "zh-hant/ptt_stock",
)
CHECK_ONLY = ("en/tweeteval_sentiment_test", "en/airline_2015")
UNSEEN_CATEGORY = "平板"
"""The category of goods in `online_shopping_10` that training never sees."""


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of one file of the data folder: NAME.csv.gz, or else NAME.jsonl.gz with an object in each line."""
    path = path_of(folder, name)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        if path.name.endswith(".csv.gz"):
            yield from csv.DictReader(file)
            return
        for line in file:
            yield {key: "" if value is None else str(value) for key, value in json.loads(line).items()}


def path_of(folder: Path, name: str) -> Path:
    """Where the rows of a set stand.

    Raises:
        InputError: nowhere.
    """
    for path in (folder / f"{name}.csv.gz", folder / f"{name}.jsonl.gz"):
        if path.exists():
            return path
    raise InputError(f"{folder} has neither {name}.csv.gz nor {name}.jsonl.gz: name the data folder with --data.")


def held_out(text: str) -> bool:
    """Whether a text belongs to the fifth that training never sees."""
    return hashlib.blake2b(prepare(text).encode(), digest_size=4).digest()[0] < 51


def of_second_half(text: str) -> bool:
    """Whether a held-out text belongs to the half by which nothing is chosen, only measured."""
    return bool(hashlib.blake2b(text.encode(), digest_size=4).digest()[1] & 1)


def is_check_row(name: str, row: dict[str, str]) -> bool:
    """Whether a row of a set is for checking: the whole of the check-only sets, else the unseen part."""
    if name in CHECK_ONLY:
        return True
    if name == "en/semeval_2013_2016":
        return row["split"] == "val"
    if name == "zh/online_shopping_10":
        return row["category"] == UNSEEN_CATEGORY
    return held_out(row["text"])


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
        origin=prepare(row["text"]),
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
        usable = [one for one in known if (one.sentiment, one.emotion, one.complaint) != (UNLABELLED,) * 3]
        picker.shuffle(usable)
        chosen.extend(_varied(one, each.path, picker) for one in usable[: each.limit] for _ in range(each.repeats))
    picker.shuffle(chosen)
    return chosen


def _varied(one: Example, name: str, picker: random.Random) -> Example:
    text = one.text
    if name.startswith("zh/") and picker.random() < _CHINESE_SHARE_TURNED:
        text = picker.choice(_turners()).convert(text)
    if picker.random() < _NOISY_SHARE:
        text = noise.written_in_haste(text, picker)
    return replace(one, text=text)


def studied_examples(folder: Path, seed: int) -> list[Example]:
    """One epoch for who learns from teachers: `training_examples`, and every other text once without its labels.

    The others are those beyond the limit of their set, and the sets without labels. One text in two that names themes
    has the words for them taken out.
    """
    picker = random.Random(seed)
    chosen = training_examples(folder, seed)
    seen = {one.origin for one in chosen}
    chosen.extend(
        _varied(Example(text, origin=text), name, picker)
        for text, name in studied_texts(folder).items()
        if text not in seen
    )
    picker.shuffle(chosen)
    return [
        replace(one, text=themes.sometimes_without(one.text, picker), themes=themes.numbers_of(one.text))
        for one in chosen
    ]


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
    turner, _ = _turners()
    texts = studied_texts(folder)
    turned = (turner.convert(text) for text, name in texts.items() if name.startswith("zh/"))
    return list(dict.fromkeys((*texts, *turned)))


def fingerprint(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that training or checking reads, for the model card."""
    names: Sequence[str] = sorted({*(each.path for each in TRAINING_SETS), *UNLABELLED_SETS, *CHECK_ONLY})
    return {name: hashlib.sha256(path_of(folder, name).read_bytes()).hexdigest()[:16] for name in names}
