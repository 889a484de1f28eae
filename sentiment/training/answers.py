"""What a network says of many texts, as quickly as the processor can: for the temperature and the head for themes."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor
from transformers import BertConfig, BertForSequenceClassification

from sentiment.batching import form_batches, tokens_of
from sentiment.fast_bert import FastBert
from sentiment.linear import Floats, best_kind
from sentiment.padding import padded
from sentiment.text import prepare
from sentiment.training.corpus import LABELS
from sentiment.training.network import Learner, Network

_BUDGET = 4_096


def classifier_of(network: Network, temperature: float = 1.0) -> Any:
    """The encoder with the head for the sentiment, as the library has it; logits are divided by the temperature."""
    sizes: dict[str, Any] = network.bert.config.to_dict()
    for name in ("id2label", "label2id", "num_labels", "_attn_implementation", "dtype", "architectures"):
        sizes.pop(name, None)
    sizes |= {"id2label": dict(enumerate(LABELS)), "label2id": {label: number for number, label in enumerate(LABELS)}}
    model: Any = BertForSequenceClassification(BertConfig(**sizes))
    state = {f"bert.{name}": value for name, value in network.bert.state_dict().items()}
    state["classifier.weight"] = network.heads["sentiment"].weight.data / temperature  # type: ignore[operator]
    state["classifier.bias"] = network.heads["sentiment"].bias.data / temperature  # type: ignore[operator]
    model.load_state_dict(state)
    return model.eval()


def answers_of(learner: Learner, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """The sentiment's logits [texts, labels], and what the head for themes reads [texts, size], both in 32 bits.

    Args:
        learner: whose network lies on the processor.
        texts: prepared or not.
    """
    network, tokenizer = learner
    maker = Floats(best_kind(torch.bfloat16), torch.bfloat16)
    run = FastBert(classifier_of(network), maker, middle_layer(network))
    tokens = tokens_of(tokenizer, [prepare(text) for text in texts])
    logits = torch.empty(len(tokens), len(LABELS))
    middle = torch.empty(len(tokens), network.bert.config.hidden_size)
    for batch in form_batches([len(each) for each in tokens], _BUDGET):
        ids, mask = map(torch.from_numpy, padded([tokens[number] for number in batch], tokenizer.pad_token_id))
        logits[batch], vectors = run(ids, mask)
        middle[batch] = cast("Tensor", vectors.middle)
    return logits, middle


def middle_layer(network: Network) -> int:
    """After how many layers the head for themes reads: half of them."""
    return int(network.bert.config.num_hidden_layers) // 2
