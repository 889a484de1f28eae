"""What the bundled checkpoint is made by: a pretrained encoder, fine-tuned on everything labelled."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from sentiment.batching import MAX_TOKENS
from sentiment.training import corpus, sets
from sentiment.training.batches import Epochs, Labelled
from sentiment.training.loop import Schedule, learn
from sentiment.training.losses import Weights, loss_of
from sentiment.training.network import Learner
from sentiment.training.start import network_of, tokenizer_of
from sentiment.training.theme_head import learn_themes


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, besides the data, the constants and the versions of the libraries.

    `theme_texts`: of so many texts, at most, the themes are learnt, once everything else is.
    """

    seed: int = 20_261
    max_tokens: int = MAX_TOKENS
    dropout: float = 0.1
    theme_texts: int = 40_000
    schedule: Schedule = field(default_factory=lambda: Schedule(learning_rate=2e-4, epochs=1.5, layer_decay=0.93))


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
        max_tokens=recipe.max_tokens,
    )  # fmt: skip

    def loss(made: Labelled) -> Tensor:
        return loss_of(network, network(made.ids, made.mask), made, Weights())

    learn(
        "network", network, recipe.schedule, layers=network.bert.config.num_hidden_layers, steps=epochs.steps,
        batch=epochs.batch, loss=loss, latest=work / "network.pt",
    )  # fmt: skip
    finished = Learner(network.cpu().eval(), tokenizer)
    print("learning themes", flush=True)
    learn_themes(finished, data, count=recipe.theme_texts, seed=recipe.seed, max_tokens=recipe.max_tokens)
    return finished


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
