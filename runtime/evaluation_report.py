"""What `sixminute evaluate` found, as a table for the terminal and as a page that stands alone."""

from collections.abc import Sequence
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from runtime.printing import printable
from sentiment import evaluation
from sentiment.evaluation import LABELS, Evaluation, Judged

_LONGEST = 300


class Mistake(Struct, frozen=True):
    """A text that was read wrongly, and how sure the model was."""

    text: str
    language: str
    wanted: str
    given: str
    confidence: float


class SetReport(Struct, frozen=True, kw_only=True):
    """Everything about one set."""

    overall: Evaluation
    languages: dict[str, Evaluation]
    mistakes: tuple[Mistake, ...]


class Report(Struct, frozen=True, kw_only=True):
    """All sets, which model was asked, and when (UTC)."""

    model: str
    at: datetime
    sets: dict[str, SetReport]


def about(judged: Sequence[Judged], mistakes: int) -> SetReport:
    """The figures of a set and its hardest mistakes."""
    return SetReport(
        overall=evaluation.measured(judged),
        languages=evaluation.by_language(judged),
        mistakes=tuple(
            Mistake(each.text[:_LONGEST], each.language, each.wanted, each.given, each.confidence)
            for each in evaluation.hardest(judged, mistakes)
        ),
    )


def show(report: Report, console: Console) -> None:
    """A table: one line for each set, and one for each of its languages where it has several."""
    table = Table(title=f"Model {printable(report.model)}", title_justify="left")
    table.add_column("set")
    for name in ("texts", "macro recall", *(f"{label} recall" for label in LABELS), "macro F1", "accuracy", "ECE"):
        table.add_column(name, justify="right")
    for name, each in report.sets.items():
        table.add_row(printable(name), *_cells(each.overall))
        if len(each.languages) > 1:
            for language, part in each.languages.items():
                table.add_row(f"  {printable(language)}", *_cells(part), style="dim")
    console.print(table)
    if any(len(each.overall.recalls) < len(LABELS) for each in report.sets.values()):
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


def page(report: Report) -> str:
    """One HTML file without any reference to another; texts are escaped."""
    environment = Environment(loader=PackageLoader("runtime"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("evaluation.html").render(report=report, labels=[str(label) for label in LABELS])
