"""What `sixminute evaluate` found, as a table for the terminal and as a page that stands alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from babel import Locale, UnknownLocaleError
from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.web.wording import Wording
from core.error_rates import wilson
from core.errors import InputError
from runtime.printing import printable
from sentiment import evaluation
from sentiment.evaluation import LABELS, Bin, Evaluation, Judged

_LONGEST = 300
_FEW = 100
"""With fewer texts the interval of 95 % around a share of a half is wider than ten points to each side."""


class Mistake(Struct, frozen=True):
    """A text that was read wrongly, its beginning where it is long, and how sure the model was."""

    text: str
    language: str
    wanted: str
    given: str
    confidence: float


class SetReport(Struct, frozen=True, kw_only=True):
    """Everything about one set; `apart`: by language, texts in languages that are never labelled, which don't count."""

    overall: Evaluation
    languages: dict[str, Evaluation]
    mistakes: tuple[Mistake, ...]
    apart: dict[str, int] = {}


class Report(Struct, frozen=True, kw_only=True):
    """All sets, which model was asked, and when (UTC)."""

    model: str
    at: datetime
    sets: dict[str, SetReport]


def about(judged: Sequence[Judged], mistakes: int, apart: Mapping[str, int] | None = None) -> SetReport:
    """The figures of a set and its hardest mistakes, beside how many texts are counted `apart`, by language."""
    return SetReport(
        overall=evaluation.measured(judged),
        languages=evaluation.by_language(judged),
        mistakes=tuple(
            Mistake(_beginning(each.text), each.language, each.wanted, each.given, each.confidence)
            for each in evaluation.hardest(judged, mistakes)
        ),
        apart=dict(apart or {}),
    )


def known_error(report: Report) -> dict[str, dict[str, dict[str, int]]]:
    """By language and wanted label, how often each label was given, in all sets that have the three labels together.

    Raises:
        InputError: none has: where nobody could say "neutral", the figures wouldn't be those of a stream.
    """
    found: dict[str, dict[str, dict[str, int]]] = {}
    for each in report.sets.values():
        if len(each.overall.recalls) < len(LABELS):
            continue
        for language, part in each.languages.items():
            table = found.setdefault(language, evaluation.confusion((), ()))
            for right, row in part.confusion.items():
                for said, count in row.items():
                    table[right][said] += count
    if not found:
        raise InputError(f"--confusion: no set has all of {', '.join(LABELS)}; give files that have.")
    return found


def _beginning(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def show(report: Report, console: Console) -> None:
    """A table: one line for each set, and one for each of its languages where it has several."""
    # As text, because names in square brackets are markup.
    table = Table(title=Text(f"Model {printable(report.model)}"), title_justify="left")
    table.add_column("set")
    for name in ("texts", "macro recall", *(f"{label} recall" for label in LABELS), "macro F1", "accuracy", "ECE"):
        table.add_column(name, justify="right")
    for name, each in report.sets.items():
        table.add_row(Text(printable(name)), *_cells(each.overall))
        if len(each.languages) > 1:
            for language, part in each.languages.items():
                table.add_row(f"  {language}", *_cells(part), style="dim")
    console.print(table)
    for name, each in report.sets.items():
        if each.apart:
            languages = ", ".join(f"{language} {count:,}" for language, count in each.apart.items())
            told = f"{printable(name)}: counted apart, in languages that are never labelled: {languages}."
            console.print(Text(told))
    if _lacking(report):
        console.print("In brackets: the recall if the model had to choose among the labels that the set has.")


def _cells(figures: Evaluation) -> list[str]:
    offered = f" ({figures.macro_recall_offered:.1f})" if len(figures.recalls) < len(LABELS) else ""
    recalls = [f"{100 * figures.recalls[label]:.1f}" if label in figures.recalls else "-" for label in LABELS]
    return [
        f"{figures.texts:,}",
        f"{figures.macro_recall:.1f}{offered}",
        *recalls,
        f"{figures.macro_f1:.1f}",
        f"{figures.accuracy:.1f}",
        f"{figures.calibration_error:.3f}",
    ]


def _lacking(report: Report) -> bool:
    """Whether a set, or a language of one, lacks a label."""
    every = (part for each in report.sets.values() for part in (each.overall, *each.languages.values()))
    return any(len(part.recalls) < len(LABELS) for part in every)


def page(report: Report) -> str:
    """One HTML file without any reference to another; texts are escaped."""
    environment = Environment(loader=PackageLoader("runtime"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("evaluation.html").render(
        report=report,
        labels=[str(label) for label in LABELS],
        few=_FEW,
        partial=_lacking(report),
        interval=_interval,
        brief=_brief,
        language_name=partial(_language_name, words=Wording.load()),
    )


def _interval(some: Bin) -> tuple[float, float]:
    """Where the share of hits lies, with 95 % confidence."""
    return wilson(round(some.hits * some.texts), some.texts)


def _brief(number: int) -> str:
    """A number as it fits over the bar of a diagram: at most five letters."""
    return f"{number:,}" if number < 10_000 else f"{number / 1000:,.0f}k"


def _language_name(code: str, words: Wording) -> str:
    """A language as the pages name it, else by its English name; a code that isn't known is shown as it is."""
    name = words.name("en", "language", code)
    if name != code:
        return name
    try:
        return str(Locale.parse(code, sep="-").english_name)
    except (UnknownLocaleError, ValueError):
        return code
