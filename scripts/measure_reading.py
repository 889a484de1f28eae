"""What the reading of language and words is worth on public data sets.

Usage: measure_reading.py DATA {language,themes,urgency,irony} [--show N]

DATA is the folder of the data sets. `--show` prints N texts of what was found, for judging them by eye; nothing of them
is kept. `irony` loads the bundled model.
"""

import argparse
import csv
import gzip
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.mention import Judgement  # noqa: E402
from sentiment import language  # noqa: E402 - found by the line above
from sentiment.classifier import TransformerClassifier, bundled_model  # noqa: E402
from sentiment.reading import read  # noqa: E402
from sentiment.tone import doubted  # noqa: E402

Row = dict[str, str]
SEED = 7
OF_LANGUAGE = {
    "en": ("en/semeval_2013_2016", "en/airline_2015"),
    "zh-Hans": (
        *("zh/ewect_usual", "zh/ewect_virus", "zh/nlpcc2014_emotion", "zh/clue_emotion", "zh/covid_weibo_7"),
        *("zh/weibo_covid_3class", "zh/bdci_car_2018", "zh/waimai_10k", "zh/hotel_chnsenticorp"),
        "zh/online_shopping_10",
    ),
    "zh-Hant": (
        *("zh-hant/cantonese_forum", "zh-hant/openrice_cantonese", "zh-hant/ptt_stock", "zh-hant/ptt_boards_weak"),
        "zh-hant/lihkg_stream_2019",
    ),
}
REASONS = {
    "Late Flight": "delivery",
    "Cancelled Flight": "delivery",
    "Lost Luggage": "delivery",
    "Damaged Luggage": "delivery",
    "Customer Service Issue": "service",
    "Flight Attendant Complaints": "service",
    "Flight Booking Problems": "technical",
}
SUBJECTS = {"价格": "price", "安全性": "safety"}
WEIGHTS = (0.0, 0.5, 0.8, 1.0)


def rows(data: Path, name: str) -> list[Row]:
    """All rows of a data set."""
    csv.field_size_limit(sys.maxsize)
    with gzip.open(data / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def some(each: Sequence[Row], count: int) -> list[Row]:
    """At most `count` rows, the same ones every time."""
    return random.Random(SEED).sample(each, min(count, len(each)))


def show(heading: str, texts: Sequence[str], count: int) -> None:
    """A few texts, each on a line."""
    if count:
        print(f"\n{heading}")
        for text in random.Random(SEED).sample(texts, min(count, len(texts))):
            print("  " + " ".join(text.split())[:200])


def measure_language(data: Path, count: int) -> None:
    """The share of each set that is given its language, and the time that a text takes."""
    language.language_of("a text that loads what must be loaded")
    print(f"{'set':<30}{'texts':>7}{'right %':>9}{'μs a text':>11}  others")
    for wanted, names in OF_LANGUAGE.items():
        for name in names:
            texts = [row["text"] for row in some(rows(data, name), 5_000)]
            began = time.perf_counter()
            given = Counter(map(language.language_of, texts))
            took = (time.perf_counter() - began) / len(texts) * 1e6
            others = {code: n for code, n in given.most_common(6) if code != wanted}
            print(f"{name:<30}{len(texts):>7}{100 * given[wanted] / len(texts):>9.2f}{took:>11.0f}  {others}")
    for name in ("en/customer_support_2017", "en/crisislex_labeled"):
        found = [(language.language_of(row["text"]), row["text"]) for row in rows(data, name)]
        print(name, Counter(code for code, _ in found).most_common(12))
        show("English", [text for code, text in found if code == "en"], count)
        show("others", [f"{code}: {text}" for code, text in found if code not in {"en", "und"}], count)


def measure_themes(data: Path, count: int) -> None:
    """Recall by stated reason, and precision, recall and F1 by labelled subject."""
    reasons: dict[str, list[bool]] = {reason: [] for reason in REASONS}
    missed: dict[str, list[str]] = {reason: [] for reason in REASONS}
    for row in rows(data, "en/airline_2015"):
        if (reason := row["negative_reason"]) in reasons:
            hit = REASONS[reason] in read(row["text"]).themes
            reasons[reason].append(hit)
    for reason, hits in reasons.items():
        print(f"{reason:<30}{REASONS[reason]:<12}{len(hits):>6}{100 * sum(hits) / len(hits):>8.1f} % recall")
    subjects: dict[str, set[str]] = {}
    for row in rows(data, "zh/bdci_car_2018"):
        subjects.setdefault(row["text"], set()).add(row["subject"])
    themes = {text: read(text).themes for text in subjects}
    for subject, theme in SUBJECTS.items():
        for_subject(subject, theme, subjects, themes)
        missed[subject] = [text for text, of in subjects.items() if subject in of and theme not in themes[text]]
        show(f"missed: {subject}", missed[subject], count)
        show(
            f"wrong: {theme}",
            [text for text, of in subjects.items() if subject not in of and theme in themes[text]],
            count,
        )


def for_subject(subject: str, theme: str, subjects: dict[str, set[str]], themes: dict[str, tuple[str, ...]]) -> None:
    """One line of precision, recall and F1."""
    wanted = {text for text, of in subjects.items() if subject in of}
    given = {text for text, of in themes.items() if theme in of}
    precision, recall = len(wanted & given) / max(1, len(given)), len(wanted & given) / max(1, len(wanted))
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    print(f"{subject} {theme}: {len(wanted)} texts, precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")


def measure_urgency(data: Path, count: int) -> None:
    """How often a customer asks for help at once."""
    for name in ("en/customer_support_2017", "en/airline_2015", "zh/waimai_10k", "zh-hant/ptt_boards_weak"):
        texts = [row["text"] for row in rows(data, name) if row.get("inbound", "True").lower() == "true"]
        urgent = [text for text in texts if read(text).urgent]
        print(f"{name:<30}{len(texts):>7} texts, {len(urgent)} urgent")
        show("urgent", urgent, count)


def measure_irony(data: Path, count: int) -> None:
    """How often irony is found, what the labels say there, and what doubting does to the model's answers."""
    semeval = rows(data, "en/semeval_2013_2016")
    sarcasm = [row for row in semeval if row["source_file"] == "2014sarcasm"]
    ordinary = [row for row in semeval if row["split"] == "val" and row["source_file"] != "2014sarcasm"]
    airline = some(rows(data, "en/airline_2015"), 3_000 - len(ordinary))
    classifier = TransformerClassifier(bundled_model())
    for name, part in (("sarcasm", sarcasm), ("validation", ordinary), ("airline", airline)):
        irony_of(name, [row for row in part if row["label"]], classifier, count)
    for name in (*OF_LANGUAGE["en"], *OF_LANGUAGE["zh-Hans"], *OF_LANGUAGE["zh-Hant"]):
        irony_of(name, [row for row in rows(data, name) if row.get("label")], classifier, count)


def irony_of(name: str, part: Sequence[Row], classifier: TransformerClassifier, count: int) -> None:
    """What irony does to one set: label by label, for several weights."""
    fired = [row for row in part if read(row["text"]).ironic]
    answers = classifier.classify([row["text"] for row in fired])
    print(f"{name}: {len(part)} texts, {len(fired)} ironic, labels {dict(Counter(row['label'] for row in fired))}")
    for weight in WEIGHTS if fired else ():
        said = [label_of(doubted(answer, weight)) for answer in answers]
        wrong = sum(given == "positive" != row["label"] for given, row in zip(said, fired, strict=True))
        right = sum(given == row["label"] for given, row in zip(said, fired, strict=True))
        print(f"  weight {weight}: {said.count('positive')} said positive, {wrong} wrongly; {right} right")
    show("ironic", [f"{row['label']}: {row['text']}" for row in fired], count)


def label_of(answer: Judgement) -> str:
    """The label that a judgement comes to."""
    return answer.label.value


def parts() -> Iterator[tuple[str, Callable[[Path, int], None]]]:
    """What can be measured, by name."""
    yield "language", measure_language
    yield "themes", measure_themes
    yield "urgency", measure_urgency
    yield "irony", measure_irony


def main() -> None:
    """Measure one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("part", choices=[name for name, _ in parts()])
    parser.add_argument("--show", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    dict(parts())[arguments.part](arguments.data, arguments.show)


if __name__ == "__main__":
    main()
