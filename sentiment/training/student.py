"""The student: half of the large teacher's layers, learning from the labels and from what the teachers say."""

from pathlib import Path

import torch
from torch import Tensor

from sentiment.training import corpus
from sentiment.training.batches import Epochs, Labelled
from sentiment.training.loop import Schedule, learn
from sentiment.training.losses import Weights, of_labels, of_teachers
from sentiment.training.network import Learner
from sentiment.training.teachers import Taught

WEIGHTS = Weights(sentiment=0.5, teacher=1.0, pooled=2.0, themes=0.2)


def study(
    learner: Learner,
    said: Taught,
    data: Path,
    work: Path,
    *,
    schedule: Schedule,
    seed: int,
    max_tokens: int,
) -> None:
    """Learn from labels and teachers alike, or go on where an earlier run was stopped.

    The student reads texts in many variants (other characters, written in haste, words left out); what the teachers say
    is always of the text as it stood in its set, so that the student learns to read every variant like it.
    """
    network = learner.network
    epochs = Epochs(
        lambda number: corpus.studied_examples(data, seed + number),
        learner, torch.tensor(corpus.logit_adjustments(data)), schedule=schedule, seed=seed, max_tokens=max_tokens,
    )  # fmt: skip

    def batch(step: int) -> tuple[Labelled, Tensor, Tensor]:
        examples, made = epochs.batch(step)
        places = [said.place[one.origin] for one in examples]
        return made, said.logits[places].to(made.ids.device), said.pooled[places].to(made.ids.device)

    def loss(given: tuple[Labelled, Tensor, Tensor]) -> Tensor:
        made, logits, pooled = given
        answers = network(made.ids, made.mask)
        return of_labels(network, answers, made, WEIGHTS) + of_teachers(answers, logits, pooled, WEIGHTS)

    learn(
        "student", network, schedule, layers=network.bert.config.num_hidden_layers, steps=epochs.steps,
        batch=batch, loss=loss, latest=work / "student.pt",
    )  # fmt: skip
