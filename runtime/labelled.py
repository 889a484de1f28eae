"""Texts with labels out of somebody's own file, and what of it can't be used, in words."""

import sys
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from core.errors import InputError
from runtime.columns import check_column
from runtime.printing import printable

_SHOWN = 5
_LONGEST_LABEL = 40

Examples = list[tuple[str, str]]
"""Pairs of a text and negative, neutral or positive."""


def examples_of(path: Path, text_column: str, label_column: str) -> Examples:
    """The rows of a file that have a text and a label that is understood; the others are told on standard error.

    Raises:
        InputError: there is none, or the file can't be read.
    """
    from ingest.reading import Row, read_rows
    from sentiment.evaluation import LABELS
    from sentiment.labels import NAMES, place_of

    check_column(path, "--text-column", text_column)
    check_column(path, "--label-column", label_column)
    examples: Examples = []
    strange: Counter[str] = Counter()
    without: Counter[str] = Counter()
    for row in read_rows(path):
        if not isinstance(row, Row):
            without["that can't be read"] += 1
            print(f"left out: {path}, row {row.number}: {printable(row.reason)}", file=sys.stderr)
            continue
        text = row.values.get(text_column, "").strip()
        label = row.values.get(label_column, "").strip()
        place = place_of(label)
        if text and place is not None:
            examples.append((text, LABELS[place]))
        elif not text:
            without["without a text" if label else "without a text and a label"] += 1
        elif not label:
            without["without a label"] += 1
        else:
            strange[label[:_LONGEST_LABEL]] += 1
    if not examples and strange:
        raise InputError(f"{path}: no label is understood, such as {_named(strange)}; name them so: {NAMES}.")
    if not examples:
        raise InputError(f"{path}: no row has a text and a label ({_counted(without)}).")
    if strange:
        print(
            f"warning: {path}: {_rows(strange)} left out, whose labels aren't understood: {_named(strange)}. "
            f"Name them so: {NAMES}.",
            file=sys.stderr,
        )
    if without:
        print(f"{path}: {_rows(without)} left out: {_counted(without)}.", file=sys.stderr)
    return examples


def told_apart(
    name: str, examples: Sequence[tuple[str, str]], language_of: dict[str, str], languages: Collection[str]
) -> tuple[Examples, dict[str, int]]:
    """The texts whose language the program labels, and how many there are in each other language.

    Args:
        name: of the set, for the message.
        examples: texts with their labels.
        language_of: the language of each text.
        languages: those that the program labels.

    Raises:
        InputError: there is none that it labels.
    """
    kept = [(text, label) for text, label in examples if language_of[text] in languages]
    others = Counter(language_of[text] for text, _ in examples if language_of[text] not in languages)
    if not kept:
        raise InputError(
            f"{name}: every text is in a language that is never labelled ({', '.join(dict(others.most_common()))}); "
            "name it in SIXMINUTE_LANGUAGES where the model has learnt it"
        )
    return kept, dict(others.most_common())


def _rows(counted: Counter[str]) -> str:
    return f"{counted.total()} row{'s' if counted.total() > 1 else ''}"


def _named(strange: Counter[str]) -> str:
    shown = ", ".join(f"{label!r} ({count})" for label, count in strange.most_common(_SHOWN))
    return shown + (" …" if len(strange) > _SHOWN else "")


def _counted(without: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in without.most_common()) or "there are no rows"
