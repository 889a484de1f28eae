"""The labelled sets: where their rows stand, which are trained on, and which rows are held out.

A row is held out when the hash of its text falls into one fifth of the range, so that the split depends neither on
order nor on the seed. Some sets have another rule (`is_check_row`). `airline_2015`, `customer_support_2017` and
`tweeteval_sentiment_test` never appear among the training sets.
"""

import csv
import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from sentiment.text import prepare


@dataclass(frozen=True)
class TrainingSet:
    """One file to learn from.

    `limit`: at most so many rows an epoch; `repeats`: how often each row comes; `weight`: how much a row's loss counts
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
"""Read for what language looks like and for their themes: they have no sentiment of their own."""

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


def fingerprint(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that training or checking reads, for the model card."""
    names: Sequence[str] = sorted({*(each.path for each in TRAINING_SETS), *UNLABELLED_SETS, *CHECK_ONLY})
    return {name: hashlib.sha256(path_of(folder, name).read_bytes()).hexdigest()[:16] for name in names}
