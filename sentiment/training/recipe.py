"""What the bundled checkpoint is made by: a pretrained encoder, fine-tuned on everything labelled."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from sentiment.training import corpus, sets
from sentiment.training.batches import Epochs, Labelled
from sentiment.training.loop import Schedule, learn
from sentiment.training.losses import loss_of
from sentiment.training.network import Learner
from sentiment.training.start import network_of, tokenizer_of


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the network, besides the data, the constants and the versions of the libraries."""

    seed: int = 20_261
    dropout: float = 0.1
    schedule: Schedule = field(default_factory=lambda: Schedule(learning_rate=2e-4, epochs=1.5))


def train(data: Path, work: Path, recipe: Recipe) -> Learner:
    """The finished network and its tokenizer; a run that was stopped goes on from its last checkpoint in `work`.

    Raises:
        SystemExit: what lies in `work` comes from something else, or data or packages are missing.
    """
    claim(work, data, recipe)
    tokenizer, kept = tokenizer_of(work, data)
    torch.manual_seed(recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = network_of(kept, recipe.dropout).to(device)
    epochs = Epochs(
        lambda number: corpus.training_examples(data, recipe.seed + number), Learner(network, tokenizer),
        torch.tensor(corpus.logit_adjustments(data)), schedule=recipe.schedule, seed=recipe.seed,
    )  # fmt: skip

    def loss(made: Labelled) -> Tensor:
        return loss_of(network, network(made.ids, made.mask), made)

    learn(
        network, recipe.schedule, layers=network.bert.config.num_hidden_layers, steps=epochs.steps,
        batch=epochs.batch, loss=loss, latest=work / "network.pt",
    )  # fmt: skip
    return Learner(network.cpu().eval(), tokenizer)


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
