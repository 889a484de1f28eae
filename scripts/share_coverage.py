"""How often the interval of the corrected share of negative posts holds the true share.

`python scripts/share_coverage.py [--draws 4000]`, a seeded simulation: in each draw the model is first tried on texts
with labels, as before a release, then it counts an hour of posts whose true share is known.

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

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.corrected_share import Confusion, GivenCounts, LabelCount, negative_share
from core.mention import Label
from sentiment.model_folder import bundled_model, known_error

SEED = 20_277
WANTED = 0.95
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


def counted(languages: tuple[Language, ...], posts: int, share: float, random: np.random.Generator) -> list[LabelCount]:
    """What the model counts in an hour of posts, each negative with the chance `share`."""
    counts = []
    weights = [language.weight for language in languages]
    for number, (language, of) in enumerate(zip(languages, random.multinomial(posts, weights), strict=True)):
        chance = share * language.sensitivity + (1 - share) * (1 - language.specificity)
        negative = int(random.binomial(of, chance))
        for label, mentions in ((Label.NEGATIVE, negative), (Label.NEUTRAL, int(of) - negative)):
            counts.append(LabelCount(language=str(number), label=label, corrected=False, mentions=mentions))
    return counts


def simulate(draws: int) -> None:
    """Print a line for each set-up: how often the interval held the truth, and how wide it was."""
    random = np.random.default_rng(SEED)
    print(f"{'set-up':<38}{'posts':>6}{'true':>6}{'held':>8}{'width':>8}{'counted alone':>15}")
    every: list[float] = []
    for (name, languages), posts, share in product(MODELS.items(), POSTS, SHARES):
        held = width = told = naive = 0.0
        for _ in range(draws):
            known = {str(number): tried(language, random) for number, language in enumerate(languages)}
            found = negative_share(counted(languages, posts, share, random), known)
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
        LabelCount(language=language, label=Label(label), corrected=False, mentions=mentions)
        for (language, label), mentions in found.items()
    ]


def main() -> None:
    """Simulate, or look at a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=4_000)
    parser.add_argument("--scored", type=Path)
    parser.add_argument("--by", default="brand")
    options = parser.parse_args()
    if options.scored:
        look(options.scored, options.by)
    else:
        simulate(options.draws)


if __name__ == "__main__":
    main()
