"""Figures of a finished checkpoint on texts it never saw, and the model card that states them."""

import json
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from string import Template

import msgspec
import torch
import transformers
from msgspec import Struct

from sentiment.classifier import TransformerClassifier
from sentiment.evaluation import LABELS, Evaluation, Judged, judge, measured
from sentiment.language import language_of
from sentiment.model_folder import CONFUSION_FILE
from sentiment.training import corpus, questions, sets
from sentiment.training.questions import Question, Themes
from sentiment.training.recipe import Recipe
from sentiment.training.sets import CHECK_ONLY, CHECKED_SETS, TRAINING_SETS


class Figures(Struct, frozen=True, kw_only=True):
    """Everything that was measured. `sets` by name, `confusion` by language, wanted label and given label."""

    sets: dict[str, Evaluation]
    confusion: dict[str, dict[str, dict[str, int]]]
    emotion: tuple[Question, ...]
    complaint: Question
    themes: tuple[Themes, ...]


def measure(checkpoint: Path, data: Path) -> Figures:
    """Results on every checked set, in 32 bits, so that they don't depend on the machine's fast paths."""
    classifier = TransformerClassifier(checkpoint, precision="fp32")
    sets: dict[str, Evaluation] = {}
    counted: dict[str, Counter[tuple[str, str]]] = {}
    for name in CHECKED_SETS:
        judged = judge(classifier, corpus.check_examples(data, name), language_of)
        sets[name] = measured(judged)
        if name not in CHECK_ONLY and len(sets[name].recalls) == len(LABELS):
            _count(judged, counted)
        print(
            f"{name:32} {sets[name].texts:6} texts  macro recall {sets[name].macro_recall:5.1f}"
            f"  calibration error {sets[name].calibration_error:.3f}",
            flush=True,
        )
    return Figures(
        sets=sets,
        confusion={
            language: {right: {said: pairs[right, said] for said in map(str, LABELS)} for right in map(str, LABELS)}
            for language, pairs in sorted(counted.items())
        },
        emotion=questions.emotions(classifier, data),
        complaint=questions.complaints(classifier, data),
        themes=questions.themes(classifier, data),
    )


def _count(judged: Sequence[Judged], counted: dict[str, Counter[tuple[str, str]]]) -> None:
    for each in judged:
        if each.language in {"en", "zh-Hant", "zh-Hans"}:
            counted.setdefault(each.language, Counter())[each.wanted, each.given] += 1


def write(folder: Path, figures: Figures, recipe: Recipe, data: Path, temperature: float) -> None:
    """Write the card (README.md), figures.json and confusion.json beside the weights."""
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) / 1e6
    asked = [*((f"emotion, `{each.name}`", each) for each in figures.emotion),
                 (f"complaint, `{figures.complaint.name}`", figures.complaint)]  # fmt: skip
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    card = Template(resources.files("sentiment.training").joinpath("card.md").read_text(encoding="utf-8"))
    text = card.substitute(
        layers=config["num_hidden_layers"],
        hidden=config["hidden_size"],
        tokens=f"{config['vocab_size']:,}",
        size=f"{size:.1f}",
        temperature=f"{temperature:.2f}",
        table="\n".join(_line(name, each) for name, each in figures.sets.items()),
        questions="\n".join(
            f"| {name} | {each.texts:,} | **{each.macro_recall:.1f}** | {_listed(each.recalls)} |"
            for name, each in asked
        ),
        themes="\n".join(
            f"| {each.name} | {each.texts:,} | {each.by_words:.1f} | **{each.together:.1f}** | {each.added:,} "
            f"| {each.right:.1f} |"
            for each in figures.themes
        ),
        sets="\n".join(
            f"| `{each.path}` | {each.limit:,} | {each.repeats} | {each.weight} | {'yes' if each.three_way else 'no'} "
            f"| {'yes' if each.aside else 'no'} |"
            for each in TRAINING_SETS
        ),
        recipe=json.dumps(asdict(recipe), indent=2),
        torch=torch.__version__.split("+")[0],
        transformers=transformers.__version__,
        python=platform.python_version(),
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    _write_json(folder / CONFUSION_FILE, figures.confusion)
    _write_json(
        folder / "figures.json",
        {"figures": msgspec.to_builtins(figures), "recipe": asdict(recipe), "data": sets.fingerprint(data)},
    )


def _line(name: str, each: Evaluation) -> str:
    recalls = " | ".join(f"{100 * each.recalls[label]:.1f}" if label in each.recalls else "-" for label in LABELS)
    offered = f"{each.macro_recall_offered:.1f}" if len(each.recalls) < len(LABELS) else "-"
    return (
        f"| `{name}` | {each.texts:,} | **{each.macro_recall:.1f}** | {offered} | {recalls} "
        f"| {each.calibration_error:.3f} |"
    )


def _listed(recalls: Mapping[str, float]) -> str:
    return ", ".join(f"{answer} {recall:.0f}" for answer, recall in recalls.items())


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
