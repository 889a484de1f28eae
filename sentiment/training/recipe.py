"""What the bundled checkpoint is made by: two teachers fine-tuned on everything labelled, and a student of both."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from sentiment.training import sets
from sentiment.training.loop import Schedule
from sentiment.training.network import Learner, half_of
from sentiment.training.student import study
from sentiment.training.teachers import base_network, english_network, taught, teach, tokenizer_of


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, besides the data, the constants and the versions of the libraries."""

    seed: int = 20_261
    max_tokens: int = 256
    dropout: float = 0.1
    whole: Schedule = field(default_factory=lambda: Schedule(learning_rate=2e-4, epochs=2, layer_decay=0.93))
    english: Schedule = field(default_factory=lambda: Schedule(learning_rate=2e-4, epochs=4, layer_decay=0.9))
    student: Schedule = field(default_factory=lambda: Schedule(learning_rate=2e-4, epochs=4, layer_decay=0.95))


def train(data: Path, work: Path, recipe: Recipe) -> Learner:
    """The finished network and its tokenizer; a run that was stopped goes on from its last checkpoint in `work`.

    Raises:
        SystemExit: what lies in `work` comes from something else, or data or packages are missing.
    """
    claim(work, data, recipe)
    tokenizer, kept = tokenizer_of(work, data)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(recipe.seed)
    whole = Learner(base_network(kept, recipe.dropout).to(device), tokenizer)
    teach("whole", whole, data, work, schedule=recipe.whole, seed=recipe.seed, max_tokens=recipe.max_tokens)
    english = english_network(recipe.dropout, device)
    teach(
        "english", english, data, work, schedule=recipe.english, seed=recipe.seed, max_tokens=recipe.max_tokens,
        wanted=lambda name: name.startswith("en/"),
    )  # fmt: skip
    said = taught(whole, english, data, work / "taught.pt", recipe.max_tokens)
    student = Learner(half_of(whole.network.cpu()).to(device), tokenizer)
    study(student, said, data, work, schedule=recipe.student, seed=recipe.seed, max_tokens=recipe.max_tokens)
    return Learner(student.network.cpu().eval(), tokenizer)


def claim(work: Path, data: Path, recipe: Recipe) -> None:
    """Make the folder this run's own: what lies in it must come from the same recipe, sets and data."""
    work.mkdir(parents=True, exist_ok=True)
    made_from = {
        "recipe": asdict(recipe),
        "sets": [asdict(each) for each in sets.TRAINING_SETS],
        "data": sets.fingerprint(data),
    }
    note = work / "made_from.json"
    if not note.exists():
        note.write_text(json.dumps(made_from, indent=1) + "\n", encoding="utf-8")
    elif json.loads(note.read_text(encoding="utf-8")) != made_from:
        raise SystemExit(
            f"{work} holds a training by another recipe, with other sets or from other data: name another folder "
            "with --work, or take it away."
        )
