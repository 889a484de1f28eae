"""The labelled sets: which are trained on, which rows are held out, and what each label means.

A row is held out when the hash of its text falls into one fifth of the range, so that the split depends on nothing but
the text: not on order, seed or the other sets. `airline_2015`, `customer_support_2017` and
`tweeteval_sentiment_test` never appear among the training sets.
"""

import csv
import gzip
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from opencc import OpenCC

from sentiment.text import prepare

LABELS = ("negative", "neutral", "positive")
_LABEL_NUMBER = {label: number for number, label in enumerate(LABELS)}
_CHINESE_SHARE_TURNED = 0.25


@dataclass(frozen=True)
class TrainingSet:
    """One file to learn from.

    `limit`: at most so many rows a pass; `repeats`: how often each row comes; `weight`: how much a row's loss counts
    (labels by rule or by star count less than 1); `three_way`: whether "neutral" was offered to whoever labelled.
    """

    path: str
    limit: int
    repeats: int = 1
    weight: float = 1.0
    three_way: bool = True


@dataclass(frozen=True)
class Example:
    """A text with its label's number; where only two labels were offered, `three_way` is false."""

    text: str
    label: int
    weight: float
    three_way: bool


TRAINING_SETS = (
    TrainingSet("en/semeval_2013_2016", 60_000),
    TrainingSet("en/tweet_sentiment_extraction", 10_000, weight=0.6),
    TrainingSet("en/brand_product_emotion_2011", 7_000, weight=0.7),
    TrainingSet("en/entity_sentiment", 5_000, weight=0.5),
    TrainingSet("zh/ewect_usual", 30_000),
    TrainingSet("zh/ewect_virus", 8_000),
    TrainingSet("zh/nlpcc2014_emotion", 5_000, weight=0.8),
    TrainingSet("zh/clue_emotion", 4_000, weight=0.5, three_way=False),
    TrainingSet("zh/covid_weibo_7", 5_000, weight=0.7, three_way=False),
    TrainingSet("zh/weibo_covid_3class", 2_000),
    TrainingSet("zh/bdci_car_2018", 4_000, weight=0.4),
    TrainingSet("zh/waimai_10k", 4_000, weight=0.8, three_way=False),
    TrainingSet("zh/hotel_chnsenticorp", 3_000, weight=0.8, three_way=False),
    TrainingSet("zh/online_shopping_10", 10_000, weight=0.8, three_way=False),
    TrainingSet("zh-hant/cantonese_forum", 4_000, repeats=2),
    TrainingSet("zh-hant/openrice_cantonese", 1_600, repeats=2),
    TrainingSet("zh-hant/ptt_stock", 500, repeats=2),
    TrainingSet("zh-hant/ptt_boards_weak", 4_000, weight=0.3, three_way=False),
)

CHECK_ONLY = ("en/tweeteval_sentiment_test", "en/airline_2015")
UNSEEN_CATEGORY = "平板"
"""The category of goods in `online_shopping_10` that training never sees."""


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of one gzipped CSV file of the data folder."""
    csv.field_size_limit(10_000_000)
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def held_out(text: str) -> bool:
    """Whether a text belongs to the fifth that training never sees."""
    return hashlib.blake2b(prepare(text).encode(), digest_size=4).digest()[0] < 51


def is_check_row(name: str, row: dict[str, str]) -> bool:
    """Whether a row of a set is for checking: the whole of the check-only sets, else the unseen part."""
    if name in CHECK_ONLY:
        return True
    if name == "en/semeval_2013_2016":
        return row["split"] == "val"
    if name == "zh/online_shopping_10":
        return row["category"] == UNSEEN_CATEGORY
    return held_out(row["text"])


def training_examples(folder: Path, seed: int) -> list[Example]:
    """One pass over all training sets, in an order that depends only on the data and the seed.

    A quarter of the Simplified Chinese texts is turned into Traditional characters with the words of Taiwan or
    Hong Kong (OpenCC), because the sets hold far fewer Traditional texts.
    """
    picker = random.Random(seed)
    turners = (OpenCC("s2twp"), OpenCC("s2hk"))
    examples: list[Example] = []
    for training_set in TRAINING_SETS:
        usable = [
            row
            for row in rows(folder, training_set.path)
            if row["label"] in _LABEL_NUMBER and row["text"].strip() and not is_check_row(training_set.path, row)
        ]
        picker.shuffle(usable)
        for row in usable[: training_set.limit]:
            for _ in range(training_set.repeats):
                text = prepare(row["text"])
                if training_set.path.startswith("zh/") and picker.random() < _CHINESE_SHARE_TURNED:
                    text = picker.choice(turners).convert(text)
                number = _LABEL_NUMBER[row["label"]]
                examples.append(Example(text, number, training_set.weight, training_set.three_way))
    picker.shuffle(examples)
    return examples


def check_examples(folder: Path, name: str) -> list[tuple[str, str]]:
    """The (text, label) pairs of a set that training never saw."""
    return [
        (row["text"], row["label"])
        for row in rows(folder, name)
        if row["label"] in _LABEL_NUMBER and row["text"].strip() and is_check_row(name, row)
    ]


def all_texts(folder: Path) -> Iterator[str]:
    """Every text of the training sets, labelled or not: what the vocabulary is counted on."""
    turner = OpenCC("s2twp")
    for training_set in TRAINING_SETS:
        for row in rows(folder, training_set.path):
            text = prepare(row["text"])
            yield text
            if training_set.path.startswith("zh/"):
                yield turner.convert(text)


def fingerprint(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that training or checking reads, for the model card."""
    names = sorted({training_set.path for training_set in TRAINING_SETS} | set(CHECK_ONLY))
    return {name: hashlib.sha256((folder / f"{name}.csv.gz").read_bytes()).hexdigest()[:16] for name in names}
