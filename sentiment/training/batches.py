"""Batches: which texts a step learns from, as tokens and numbers, with all that is known of them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from sentiment.batching import tokens_of
from sentiment.padding import padded
from sentiment.training.corpus import Example
from sentiment.training.loop import Schedule, plan_of
from sentiment.training.network import Learner

_SHORTENED = 0.5
_DROPPED_SHARE = 0.06


@dataclass(frozen=True)
class Labelled:
    """A batch with what is known of it."""

    ids: Tensor
    mask: Tensor
    sentiment: Tensor
    sets: Tensor
    adjustments: Tensor
    weights: Tensor
    emotion: Tensor
    complaint: Tensor
    taught: Tensor

    def on(self, device: torch.device) -> "Labelled":
        """The same on another device."""
        return Labelled(*(getattr(self, each.name).to(device) for each in fields(self)))


def labelled(
    examples: Sequence[Example],
    tokens: Sequence[list[int]],
    adjustments: Tensor,
    picker: random.Random,
    padding: int,
    *,
    taught: Tensor | None = None,
) -> Labelled:
    """Make a batch; half of its texts lose a few tokens, so that no single word decides.

    Args:
        examples: the texts of the batch.
        tokens: of each text.
        adjustments: what each set adds to the logits, [sets, labels], as from `corpus.logit_adjustments`.
        picker: decides what is lost.
        padding: the number of the token that fills up shorter texts.
        taught: what the teachers say of each text, [texts, answers of all heads].
    """
    shortened = [
        [each[0], *(token for token in each[1:-1] if picker.random() >= _DROPPED_SHARE), each[-1]]
        if picker.random() < _SHORTENED
        else each
        for each in tokens
    ]
    ids, mask = map(torch.from_numpy, padded(shortened, padding))
    return Labelled(
        ids=ids,
        mask=mask,
        sentiment=torch.tensor([one.sentiment for one in examples]),
        sets=(sets := torch.tensor([one.source for one in examples])),
        adjustments=adjustments[sets],
        weights=torch.tensor([one.weight for one in examples]),
        emotion=torch.tensor([one.emotion for one in examples]),
        complaint=torch.tensor([one.complaint for one in examples]),
        taught=torch.empty(len(examples), 0) if taught is None else taught,
    )


class Epochs:
    """Batches of epochs over examples that are made anew for each epoch; one epoch is kept in memory.

    Args:
        make: the examples of an epoch, by its number.
        learner: whose tokens and device the batches are for.
        adjustments: as for `labelled`.
        schedule: how many epochs, and how large a batch is.
        seed: of the order, and of what texts lose.
        teaching: what the teachers say of a text before it is varied, where there are teachers.
    """

    def __init__(
        self,
        make: Callable[[int], Sequence[Example]],
        learner: Learner,
        adjustments: Tensor,
        *,
        schedule: Schedule,
        seed: int,
        teaching: Callable[[Sequence[str]], Tensor] | None = None,
    ) -> None:
        self._teaching = teaching
        self._make, self._adjustments, self._schedule, self._seed = make, adjustments, schedule, seed
        self._tokenizer = learner.tokenizer
        self._device = next(learner.network.parameters()).device
        self._number = -1
        self._load(0)
        self._each = len(self._plan)
        self.steps = schedule.steps or round(self._each * schedule.epochs)

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        self._examples = self._make(number)
        self._tokens = tokens_of(self._tokenizer, [one.text for one in self._examples])
        self._plan = plan_of([len(each) for each in self._tokens], self._schedule.tokens, self._seed + number)
        self._number = number

    def batch(self, step: int) -> Labelled:
        """What a step learns from. A later epoch may have a few batches more or less than the first one."""
        self._load(step // self._each)
        chosen = self._plan[(step % self._each) % len(self._plan)]
        examples = [self._examples[number] for number in chosen]
        tokens = [self._tokens[number] for number in chosen]
        picker = random.Random(self._seed * 7 + step)
        taught = self._teaching([one.original for one in examples]) if self._teaching else None
        made = labelled(examples, tokens, self._adjustments, picker, self._tokenizer.pad_token_id, taught=taught)
        return made.on(self._device)
