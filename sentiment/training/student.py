"""The student: half of the large teacher's layers, learning from the labels and from what the teachers say."""

import random
from pathlib import Path

import torch
from torch import Tensor

from sentiment.training import corpus
from sentiment.training.batches import Epochs, Labelled, encode_with, labelled
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
    network, tokenizer = learner
    encode = encode_with(tokenizer, max_tokens)
    epochs = Epochs(
        lambda number: corpus.studied_examples(data, seed + number),
        lambda examples: encode([one.text for one in examples]),
        schedule,
        seed,
    )
    adjustments = torch.tensor(corpus.logit_adjustments(data))
    device = next(network.parameters()).device

    def batch(step: int) -> tuple[Labelled, Tensor, Tensor]:
        examples, tokens = epochs[step]
        made = labelled(examples, tokens, adjustments, random.Random(seed * 7 + step), tokenizer.pad_token_id)
        places = [said.place[one.origin] for one in examples]
        return made.on(device), said.logits[places].to(device), said.pooled[places].to(device)

    def loss(given: tuple[Labelled, Tensor, Tensor]) -> Tensor:
        made, logits, pooled = given
        answers = network(made.ids, made.mask)
        return of_labels(network, answers, made, WEIGHTS) + of_teachers(answers, logits, pooled, WEIGHTS)

    learn(
        "student", network, schedule, layers=network.bert.config.num_hidden_layers, steps=epochs.steps,
        batch=batch, loss=loss, latest=work / "student.pt",
    )  # fmt: skip
