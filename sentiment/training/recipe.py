"""What the bundled checkpoint is made by: a pretrained encoder, fine-tuned on everything labelled, and taught."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from sentiment.training import corpus, sets
from sentiment.training.batches import Epochs, Labelled
from sentiment.training.loop import Schedule, learn
from sentiment.training.losses import loss_of
from sentiment.training.network import Learner, Network
from sentiment.training.reading import Gaps, Guesser
from sentiment.training.start import network_of, tokenizer_of
from sentiment.training.teachers import Teaching, probabilities


@dataclass(frozen=True)
class Lesson:
    """How one network learns from everything labelled: its seed, its schedule, and whether its encoder read first."""

    seed: int
    schedule: Schedule
    has_read: bool = True


_READING = Schedule(learning_rate=3e-4, steps=100, tokens=12_288, layer_decay=1.0, head_factor=1.0)
_TEACHERS = (
    Lesson(20_261, Schedule(learning_rate=2e-4, steps=200), has_read=False),
    Lesson(777, Schedule(learning_rate=2e-4, steps=200, tokens=8_192), has_read=False),
    Lesson(777, Schedule(learning_rate=3e-4, epochs=2, tokens=16_384)),
    Lesson(20_261, Schedule(learning_rate=3e-4, epochs=3, tokens=16_384)),
)
_STUDENT = Lesson(4_242, Schedule(learning_rate=3e-4, epochs=2, tokens=16_384))


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the network, besides the data, the constants and the versions of the libraries.

    The encoder reads (`reading`); the teachers learn, the short ones because they keep more of what the encoder knew,
    the long ones because they know the sets; the student, which is kept, learns from the labels and from them.
    """

    seed: int = 20_261
    dropout: float = 0.1
    reading: Schedule = field(default_factory=lambda: _READING)
    teachers: tuple[Lesson, ...] = field(default_factory=lambda: _TEACHERS)
    student: Lesson = field(default_factory=lambda: _STUDENT)


class School:
    """Where networks learn, one after the other; each goes on from its last checkpoint in the folder.

    Args:
        data: folder of the sets.
        work: folder of checkpoints.
        recipe: what is done.
    """

    def __init__(self, data: Path, work: Path, recipe: Recipe) -> None:
        self._data, self._work, self._recipe = data, work, recipe
        self._tokenizer, self._kept = tokenizer_of(work, data)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def learner(self, name: str, lesson: Lesson, teaching: Teaching | None = None) -> Learner:
        """A network that has had its lesson."""
        network = self._beginner(lesson.seed)
        if lesson.has_read:
            network.bert.load_state_dict(self._read())
        learner = Learner(network.to(self._device), self._tokenizer)
        epochs = Epochs(
            lambda number: corpus.training_examples(self._data, lesson.seed + number), learner,
            torch.tensor(corpus.logit_adjustments(self._data)),
            schedule=lesson.schedule, seed=lesson.seed, teaching=teaching,
        )  # fmt: skip

        def loss(made: Labelled) -> Tensor:
            return loss_of(network, network(made.ids, made.mask), made)

        print(f"{name}: {epochs.steps} steps", flush=True)
        learn(
            network, lesson.schedule, layers=_layers(network), steps=epochs.steps, batch=epochs.batch, loss=loss,
            latest=self._work / f"{name}.pt",
        )  # fmt: skip
        return learner

    def teaching(self) -> Teaching | None:
        """What the teachers say of all texts with a label, if there are teachers."""
        texts = corpus.labelled_texts(self._data)
        said = [self._said(f"teacher-{number}", each, texts) for number, each in enumerate(self._recipe.teachers)]
        return Teaching(texts, torch.stack(said).mean(0)) if said else None

    def _said(self, name: str, lesson: Lesson, texts: list[str]) -> Tensor:
        kept = self._work / f"{name}.said.pt"
        if not kept.exists():
            torch.save(probabilities(self.learner(name, lesson), texts), kept)
        said: Tensor = torch.load(kept, weights_only=True)
        return said

    def _beginner(self, seed: int) -> Network:
        torch.manual_seed(seed)
        return network_of(self._kept, self._recipe.dropout)

    def _read(self) -> dict[str, Tensor]:
        """The encoder's state after it has read."""
        kept = self._work / "read.pt"
        if not kept.exists():
            schedule, seed = self._recipe.reading, self._recipe.seed
            guesser = Guesser(self._beginner(seed).bert).to(self._device)
            gaps = Gaps(self._tokenizer, corpus.all_texts(self._data), schedule, seed)
            print(f"reading: {gaps.steps} steps", flush=True)
            learn(
                guesser, schedule, layers=guesser.bert.config.num_hidden_layers, steps=gaps.steps,
                batch=lambda step: [each.to(self._device) for each in gaps.batch(step)],
                loss=lambda given: guesser(*given), latest=self._work / "reading.pt",
            )  # fmt: skip
            torch.save(guesser.bert.state_dict(), kept)
        state: dict[str, Tensor] = torch.load(kept, map_location="cpu", weights_only=True)
        return state


def train(data: Path, work: Path, recipe: Recipe) -> Learner:
    """The finished network and its tokenizer; a run that was stopped goes on from its last checkpoint in `work`.

    Raises:
        SystemExit: what lies in `work` comes from something else, or data or packages are missing.
    """
    claim(work, data, recipe)
    school = School(data, work, recipe)
    network, tokenizer = school.learner("network", recipe.student, school.teaching())
    return Learner(network.cpu().eval(), tokenizer)


def _layers(network: Network) -> int:
    return int(network.bert.config.num_hidden_layers)


def claim(work: Path, data: Path, recipe: Recipe) -> None:
    """Make the folder this run's own: what lies in it must come from the same recipe, sets and data."""
    work.mkdir(parents=True, exist_ok=True)
    made_from = json.dumps(
        {
            "recipe": asdict(recipe),
            "sets": [asdict(each) for each in sets.TRAINING_SETS],
            "data": sets.fingerprint(data),
        },
        indent=1,
    )
    note = work / "made_from.json"
    if not note.exists():
        note.write_text(made_from + "\n", encoding="utf-8")
    elif json.loads(note.read_text(encoding="utf-8")) != json.loads(made_from):
        raise SystemExit(
            f"{work} holds a training by another recipe, with other sets or from other data: name another folder "
            "with --work, or take it away."
        )
