"""What the bundled checkpoint is made by: the pretrained encoder, halved, and fine-tuned on everything labelled."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, PreTrainedTokenizerFast

from sentiment.batching import without_middle
from sentiment.training import corpus, encoder
from sentiment.training.corpus import UNLABELLED, Example
from sentiment.training.loop import Schedule, learn, plan_of
from sentiment.training.network import Network, half_of, padded

_SHORTENED = 0.5
_DROPPED_SHARE = 0.06


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, besides the data and the versions of the libraries."""

    seed: int = 20_261
    max_pieces: int = 128
    label_smoothing: float = 0.05
    emotion_weight: float = 0.3
    complaint_weight: float = 0.3
    dropout: float = 0.1
    schedule: Schedule = field(default_factory=lambda: Schedule(rate=2.5e-4, passes=3, layer_factor=0.95))


class Passes:
    """Batches of passes over examples that are made anew for each pass; one pass is kept in memory.

    Args:
        make: the examples of a pass, by its number.
        encode: their pieces.
        schedule: how many passes, and how large a batch is.
        seed: of the order.
    """

    def __init__(
        self,
        make: Callable[[int], Sequence[Any]],
        encode: Callable[[Sequence[Any]], list[list[int]]],
        schedule: Schedule,
        seed: int,
    ) -> None:
        self._make, self._encode, self._schedule, self._seed = make, encode, schedule, seed
        self._number = -1
        self._load(0)
        self._each = len(self._plan)
        self.steps = self._each * schedule.passes

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        self._examples = self._make(number)
        self._pieces = self._encode(self._examples)
        self._plan = plan_of([len(each) for each in self._pieces], self._schedule.pieces, self._seed + number)
        self._number = number

    def __getitem__(self, step: int) -> tuple[list[Any], list[list[int]]]:
        """Examples and pieces of a step. A later pass may have a few batches more or less than the first one."""
        self._load(step // self._each)
        chosen = self._plan[(step % self._each) % len(self._plan)]
        return [self._examples[number] for number in chosen], [self._pieces[number] for number in chosen]


def tokenizer_of(work: Path, data: Path) -> tuple[PreTrainedTokenizerFast, list[int]]:
    """The trimmed tokenizer and its rows in the full vocabulary; made once, then read."""
    folder = work / "tokenizer"
    if not (folder / "rows.json").exists():
        print("counting pieces", flush=True)
        trimmed, kept = encoder.trimmed_tokenizer(encoder.count_pieces(corpus.all_texts(data)))
        folder.mkdir(parents=True, exist_ok=True)
        raw = folder / "raw.json"
        raw.write_text(json.dumps(trimmed, ensure_ascii=False), encoding="utf-8")
        PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer.from_file(str(raw)),
            bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>",
            model_max_length=encoder.POSITIONS,
        ).save_pretrained(folder)  # fmt: skip
        (folder / "rows.json").write_text(json.dumps(kept), encoding="utf-8")
    return PreTrainedTokenizerFast.from_pretrained(folder), json.loads((folder / "rows.json").read_text())


def config_of(sizes: dict[str, Any], dropout: float) -> BertConfig:
    """Configuration of an encoder of these sizes. Attention itself drops nothing out: it costs much and adds little."""
    return BertConfig(
        **sizes, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        hidden_dropout_prob=dropout, attention_probs_dropout_prob=0.0,
    )  # fmt: skip


def base_network(rows: list[int], dropout: float) -> Network:
    """The whole pretrained encoder with the trimmed vocabulary and untrained heads."""
    sizes, state = encoder.encoder_state(rows)
    network = Network(config_of(sizes, dropout))
    missing, unexpected = network.bert.load_state_dict(state, strict=False)
    left = [name for name in missing if not name.startswith("pooler.") and "position_ids" not in name]
    if left or unexpected:
        raise SystemExit(f"The encoder does not fit: missing {left}, unexpected {unexpected}.")
    return network


def encode_with(tokenizer: PreTrainedTokenizerFast, limit: int) -> Callable[[Sequence[str]], list[list[int]]]:
    """Texts to pieces, the middle of long ones left out."""

    def encode(texts: Sequence[str]) -> list[list[int]]:
        return [without_middle(each, limit) for each in tokenizer(list(texts), verbose=False)["input_ids"]]

    return encode


@dataclass(frozen=True)
class Labelled:
    """A batch with what is known of it."""

    ids: Tensor
    mask: Tensor
    sentiment: Tensor
    offsets: Tensor
    weights: Tensor
    emotion: Tensor
    complaint: Tensor

    def on(self, device: torch.device) -> "Labelled":
        """The same on another device."""
        return Labelled(*(getattr(self, each.name).to(device) for each in fields(self)))


def labelled(
    examples: Sequence[Example], pieces: Sequence[list[int]], offsets: Tensor, picker: random.Random, padding: int
) -> Labelled:
    """Make a batch; half of its texts lose a few pieces, so that no single word decides."""
    shortened = [
        [each[0], *(piece for piece in each[1:-1] if picker.random() >= _DROPPED_SHARE), each[-1]]
        if picker.random() < _SHORTENED
        else each
        for each in pieces
    ]
    ids, mask = padded(shortened, padding)
    return Labelled(
        ids=ids,
        mask=mask,
        sentiment=torch.tensor([one.sentiment for one in examples]),
        offsets=offsets[torch.tensor([one.source for one in examples])],
        weights=torch.tensor([one.weight for one in examples]),
        emotion=torch.tensor([one.emotion for one in examples]),
        complaint=torch.tensor([one.complaint for one in examples]),
    )


def loss_of(given: dict[str, Tensor], made: Labelled, recipe: Recipe) -> Tensor:
    """Cross-entropy of each head over the texts that have its label; the sentiment's is weighted."""
    total = given["pooled"].new_zeros((), dtype=torch.float32)
    known = made.sentiment != UNLABELLED
    if known.any():
        logits = given["sentiment"].float() + made.offsets
        each = functional.cross_entropy(
            logits[known], made.sentiment[known], reduction="none", label_smoothing=recipe.label_smoothing
        )
        total = total + (each * made.weights[known]).sum() / made.weights[known].sum()
    for name, labels, weight in (
        ("emotion", made.emotion, recipe.emotion_weight),
        ("complaint", made.complaint, recipe.complaint_weight),
    ):
        if (labels != UNLABELLED).any():
            share = (labels != UNLABELLED).float().mean()
            part = functional.cross_entropy(
                given[name].float(), labels, ignore_index=UNLABELLED, label_smoothing=recipe.label_smoothing
            )
            total = total + weight * share * part
    return total


def teach(network: Network, tokenizer: PreTrainedTokenizerFast, data: Path, work: Path, recipe: Recipe) -> None:
    """Fine-tune on everything that is labelled, or go on where an earlier run was stopped."""
    encode = encode_with(tokenizer, recipe.max_pieces)
    passes = Passes(
        lambda number: corpus.training_examples(data, recipe.seed + number),
        lambda examples: encode([one.text for one in examples]),
        recipe.schedule,
        recipe.seed,
    )
    offsets = torch.tensor(corpus.offsets(data))
    device = next(network.parameters()).device

    def batch(step: int) -> Labelled:
        examples, pieces = passes[step]
        picker = random.Random(recipe.seed * 7 + step)
        return labelled(examples, pieces, offsets, picker, tokenizer.pad_token_id).on(device)

    def loss(made: Labelled) -> Tensor:
        return loss_of(network(made.ids, made.mask), made, recipe)

    learn(
        "teach", network, recipe.schedule, layers=network.bert.config.num_hidden_layers, steps=passes.steps,
        batch=batch, loss=loss, latest=work / "six.pt",
    )  # fmt: skip


def train(data: Path, work: Path, recipe: Recipe) -> tuple[Network, PreTrainedTokenizerFast]:
    """The finished network and its tokenizer; a run that was stopped goes on from its last checkpoint in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    tokenizer, kept = tokenizer_of(work, data)
    torch.manual_seed(recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = half_of(base_network(kept, recipe.dropout)).to(device)
    teach(network, tokenizer, data, work, recipe)
    return network.cpu().eval(), tokenizer
