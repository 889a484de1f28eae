"""The teachers: large networks that learn from labels, and what they then say of every text."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, PreTrainedTokenizerFast

from sentiment.training import corpus, encoder, sets
from sentiment.training.answers import head_on, pooled_of
from sentiment.training.batches import Epochs, Labelled
from sentiment.training.loop import Schedule, learn
from sentiment.training.losses import Weights, of_labels
from sentiment.training.network import Learner, Network


def tokenizer_of(work: Path, data: Path) -> tuple[PreTrainedTokenizerFast, list[int]]:
    """The trimmed tokenizer and its rows in the full vocabulary; made once, then read."""
    folder = work / "tokenizer"
    if not (folder / "rows.json").exists():
        print("counting tokens", flush=True)
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
        **{"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, **sizes},
        hidden_dropout_prob=dropout, attention_probs_dropout_prob=0.0,
    )  # fmt: skip


def base_network(rows: list[int], dropout: float) -> Network:
    """The whole pretrained encoder with the trimmed vocabulary and untrained heads."""
    sizes, state = encoder.encoder_state(rows)
    network = Network(config_of(sizes, dropout))
    _load_encoder(network, state)
    return network


def _load_encoder(network: Network, state: dict[str, Tensor]) -> None:
    missing, unexpected = network.bert.load_state_dict(state, strict=False)
    left = [name for name in missing if not name.startswith("pooler.") and "position_ids" not in name]
    if left or unexpected:
        raise SystemExit(f"The encoder does not fit: missing {left}, unexpected {unexpected}.")


def english_network(dropout: float, device: torch.device) -> Learner:
    """The pretrained English encoder with untrained heads, and its tokenizer."""
    sizes, state, tokenizer = encoder.english_encoder()
    network = Network(config_of(sizes, dropout))
    _load_encoder(network, state)
    return Learner(network.to(device), tokenizer)


def teach(
    name: str,
    learner: Learner,
    data: Path,
    work: Path,
    *,
    schedule: Schedule,
    seed: int,
    max_tokens: int,
    wanted: Callable[[str], bool] = lambda _: True,
) -> None:
    """Fine-tune on the labelled sets whose names are `wanted`, or go on where an earlier run was stopped."""
    network = learner.network
    epochs = Epochs(
        lambda number: [
            one for one in corpus.training_examples(data, seed + number) if wanted(sets.TRAINING_SETS[one.source].path)
        ],
        learner, torch.tensor(corpus.logit_adjustments(data)), schedule=schedule, seed=seed, max_tokens=max_tokens,
    )  # fmt: skip

    def loss(made: Labelled) -> Tensor:
        return of_labels(network, network(made.ids, made.mask), made, Weights())

    learn(
        name, network, schedule, layers=network.bert.config.num_hidden_layers, steps=epochs.steps,
        batch=lambda step: epochs.batch(step)[1], loss=loss, latest=work / f"{name}.pt",
    )  # fmt: skip


class Taught(NamedTuple):
    """What the teachers say of texts: `logits` [texts, labels] of the sentiment, `pooled` [texts, size], in 16 bits."""

    place: dict[str, int]
    logits: Tensor
    pooled: Tensor


def taught(
    whole: Learner,
    english: Learner,
    data: Path,
    path: Path,
    max_tokens: int,
) -> Taught:
    """What the teachers say of every text that training may see; kept in `path`.

    The logits of English texts are the mean of both teachers' (of their logarithms of probabilities), those of the
    others and all vectors are those of the teacher of the `whole`.
    """
    texts = corpus.studied_texts(data)
    place = {text: number for number, text in enumerate(texts)}
    if not path.exists():
        pooled = pooled_of(whole, list(texts), max_tokens)
        logits = functional.log_softmax(head_on(whole.network, "sentiment", pooled), -1)
        of_english = [number for number, name in enumerate(texts.values()) if name.startswith("en/")]
        read = pooled_of(english, [text for text, name in texts.items() if name.startswith("en/")], max_tokens)
        logits[of_english] += functional.log_softmax(head_on(english.network, "sentiment", read), -1)
        logits[of_english] /= 2
        part = path.with_suffix(".part")
        torch.save({"logits": logits.half(), "pooled": pooled.half()}, part)
        part.replace(path)
    kept = torch.load(path, weights_only=True)
    if len(kept["logits"]) != len(place):
        raise SystemExit(f"{path} was made from other data: take it away and start again.")
    return Taught(place, kept["logits"], kept["pooled"])
