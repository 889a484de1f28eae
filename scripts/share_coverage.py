"""How often the interval of the corrected share of negative posts holds the true share.

`python scripts/share_coverage.py [--draws 4000]`, a seeded simulation: in each draw the model is first tried on texts
with labels, as before a release, then it counts an hour of posts whose true share is known.

`python scripts/share_coverage.py --reviews [--draws 1000]`, the same where people have reviewed some of the posts,
which they chose in several ways. The true share is then that among these very posts.

`python scripts/share_coverage.py --scored FILE --by COLUMN`, on posts that people labelled: FILE is what
`sixminute classify` made of a file with a column `label` (it is then called `label_original`), a column `created_at`,
and one whose values (brands) are counted apart, hour by hour.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.corrected_share import LabelCount, negative_share
from core.mention import Label
from core.model_error import Confusion, GivenCounts
from sentiment.model_folder import bundled_model, known_error

SEED = 20_277
WANTED = 0.95
ROUNDING = 1e-9
LEAST_POSTS = 30
"""Of an hour that is looked at: as many as the share rule of the alarm asks for."""


@dataclass(frozen=True)
class Language:
    """A language of the model: how right it is there, and with how many texts it was tried."""

    sensitivity: float
    specificity: float
    negative_texts: int
    other_texts: int
    weight: float = 1.0


MODELS = {
    "good model, many texts": (Language(0.90, 0.92, 1000, 1000),),
    "middling model, many texts": (Language(0.75, 0.85, 500, 1200),),
    "middling model, few texts": (Language(0.75, 0.85, 40, 100),),
    "three languages, the first model": (
        Language(0.64, 0.93, 285, 1542, 0.4),
        Language(0.75, 0.78, 566, 709, 0.4),
        Language(0.925, 0.867, 1054, 946, 0.2),
    ),
}
SHARES = (0.02, 0.1, 0.3, 0.6, 0.9)
POSTS = (20, 50, 200, 1000)


def tried(language: Language, random: np.random.Generator) -> Confusion:
    """What trying the model gives."""
    found = int(random.binomial(language.negative_texts, language.sensitivity))
    spared = int(random.binomial(language.other_texts, language.specificity))
    return Confusion(
        negative=GivenCounts(found, language.negative_texts - found, 0),
        neutral=GivenCounts(language.other_texts - spared, spared, 0),
        positive=GivenCounts(0, 0, 0),
    )


class Way(NamedTuple):
    """The chances that a post is reviewed: one called negative, rightly and wrongly; any other, wrongly and rightly."""

    hit: float = 0.0
    false_alarm: float = 0.0
    miss: float = 0.0
    spared: float = 0.0


NOBODY = Way()
WAYS = {
    "nobody reviews": NOBODY,
    "all that are called negative": Way(1.0, 1.0),
    "a random half of those called negative": Way(0.5, 0.5),
    "of those called negative, what they doubt": Way(0.1, 0.7),
    "of those called negative, what is plainly so": Way(0.7, 0.1),
    "what they doubt, whatever it is called": Way(0.1, 0.7, 0.7, 0.1),
    "a random half of all": Way(0.5, 0.5, 0.5, 0.5),
    "all but a tenth": Way(0.9, 0.9, 0.9, 0.9),
}
"""How people choose. Who doubts is mostly right: reviewed are 7 of 10 wrong labels, and 1 of 10 right ones."""


def hour(
    languages: tuple[Language, ...], posts: int, share: float, random: np.random.Generator, way: Way = NOBODY
) -> tuple[list[LabelCount], float]:
    """What stands in an hour of posts, each negative with the chance `share`, and how many truly are negative."""
    counts, truly = [], 0
    weights = [language.weight for language in languages]
    for number, (language, of) in enumerate(zip(languages, random.multinomial(posts, weights), strict=True)):
        negative = random.binomial(of, share)
        hits = random.binomial(negative, language.sensitivity)
        spared = random.binomial(of - negative, language.specificity)
        truly += int(negative)
        for kind, mentions, called, label in (
            ("hit", hits, Label.NEGATIVE, Label.NEGATIVE),
            ("false_alarm", of - negative - spared, Label.NEGATIVE, Label.NEUTRAL),
            ("miss", negative - hits, Label.NEUTRAL, Label.NEGATIVE),
            ("spared", spared, Label.NEUTRAL, Label.NEUTRAL),
        ):
            reviewed = int(random.binomial(mentions, getattr(way, kind)))
            for stands, given, some in ((label, called, reviewed), (called, None, int(mentions) - reviewed)):
                counts.append(LabelCount(language=str(number), label=stands, given=given, mentions=some))
    return counts, truly / posts


def simulate(draws: int) -> None:
    """Print a line for each set-up: how often the interval held the truth, and how wide it was."""
    random = np.random.default_rng(SEED)
    print(f"{'set-up':<38}{'posts':>6}{'true':>6}{'held':>8}{'width':>8}{'counted alone':>15}")
    every: list[float] = []
    for (name, languages), posts, share in product(MODELS.items(), POSTS, SHARES):
        held = width = told = naive = 0.0
        for _ in range(draws):
            known = {str(number): tried(language, random) for number, language in enumerate(languages)}
            found = negative_share(hour(languages, posts, share, random)[0], known)
            if found.corrected is None:
                continue
            told += 1
            held += found.low <= share <= found.high
            width += found.high - found.low
            half = 1.959964 * np.sqrt(found.share * (1 - found.share) / posts)
            naive += abs(found.share - share) <= half
        every.append(held / told)
        print(
            f"{name:<38}{posts:>6}{share:>6.2f}{held / told:>8.3f}{width / told:>8.3f}{naive / told:>15.3f}"
            + ("" if told == draws else f"  (no correction in {1 - told / draws:.1%})")
        )
    print(f"held on average {np.mean(every):.3f}, at least {min(every):.3f}, at most {max(every):.3f}; wanted {WANTED}")


def simulate_reviews(draws: int) -> None:
    """Print a line for each way of choosing what to review, over all models, posts and shares."""
    print(f"{'reviewed':<46}{'held, least to most':>20}{'average':>9}{'width':>7}{'error':>7}{'as labels stand':>17}")
    for name, way in WAYS.items():
        random = np.random.default_rng(SEED)
        held, widths, errors, plain = [], [], [], []
        for languages, posts, share in product(MODELS.values(), POSTS, SHARES):
            holds = []
            for _ in range(draws):
                known = {str(number): tried(language, random) for number, language in enumerate(languages)}
                counts, truly = hour(languages, posts, share, random, way)
                found = negative_share(counts, known)
                if found.corrected is None:
                    continue
                holds.append(found.low - ROUNDING <= truly <= found.high + ROUNDING)
                widths.append(found.high - found.low)
                errors.append(abs(found.corrected - truly))
                plain.append(abs(found.share - truly))
            held.append(np.mean(holds))
        told = f"{min(held):.3f} to {max(held):.3f}"
        print(
            f"{name:<46}{told:>20}{np.mean(held):>9.3f}{np.mean(widths):>7.3f}{np.mean(errors):>7.3f}"
            f"{np.mean(plain):>17.3f}"
        )


def look(file: Path, column: str) -> None:
    """Print how far the counted and the corrected share of each hour were from what people labelled."""
    known = known_error(bundled_model())
    hours: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            hours["all", ""].append(row)
            hours[row[column], row["created_at"][:13]].append(row)
    counted, corrected, held = [], [], []
    for (brand, _), rows_of in hours.items():
        found = negative_share(_counts(rows_of), known)
        if found.corrected is None or len(rows_of) < LEAST_POSTS:
            continue
        truly = sum(row["label_original"] == Label.NEGATIVE for row in rows_of) / len(rows_of)
        if brand == "all":
            print(
                f"all {len(rows_of)} posts: truly {truly:.3f}, counted {found.share:.3f}, "
                f"corrected {found.corrected:.3f} ({found.low:.3f} to {found.high:.3f})"
            )
            continue
        counted.append(abs(found.share - truly))
        corrected.append(abs(found.corrected - truly))
        held.append(found.low <= truly <= found.high)
    print(
        f"{len(held)} hours of {LEAST_POSTS} posts and more: mean error {np.mean(counted):.3f} as counted, "
        f"{np.mean(corrected):.3f} as corrected; the interval held the truth in {np.mean(held):.3f}"
    )


def _counts(rows: list[dict[str, str]]) -> list[LabelCount]:
    found = Counter((row["language"], row["label"]) for row in rows)
    return [
        LabelCount(language=language, label=Label(label), mentions=mentions)
        for (language, label), mentions in found.items()
    ]


def main() -> None:
    """Simulate, or look at a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int)
    parser.add_argument("--reviews", action="store_true")
    parser.add_argument("--scored", type=Path)
    parser.add_argument("--by", default="brand")
    options = parser.parse_args()
    if options.scored:
        look(options.scored, options.by)
    elif options.reviews:
        simulate_reviews(options.draws or 1_000)
    else:
        simulate(options.draws or 4_000)


if __name__ == "__main__":
    main()
