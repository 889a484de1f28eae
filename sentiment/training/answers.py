"""What a network says of many texts: as quickly as the machine can, for the head of themes and for measuring."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertForSequenceClassification

from sentiment.batching import form_batches
from sentiment.fast_bert import FastBert
from sentiment.linear import best_kind
from sentiment.padding import padded
from sentiment.text import prepare
from sentiment.training.batches import encode_with
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


def pooled_of(learner: Learner, texts: Sequence[str], max_tokens: int) -> Tensor:
    """What the heads read of each text, prepared or not, in 32 bits: [texts, size]."""
    network, tokenizer = learner
    tokens = encode_with(tokenizer, max_tokens)([prepare(text) for text in texts])
    run = _runner(network)
    found = torch.empty(len(tokens), network.bert.config.hidden_size)
    for batch in form_batches([len(each) for each in tokens], _BUDGET):
        ids, mask = map(torch.from_numpy, padded([tokens[number] for number in batch], tokenizer.pad_token_id))
        found[batch] = run(ids, mask).float().cpu()
    return found


def head_on(network: Network, name: str, pooled: Tensor) -> Tensor:
    """The logits of a head for vectors from `pooled_of`."""
    head: Any = network.heads[name]
    return functional.linear(pooled, head.weight.detach().cpu(), head.bias.detach().cpu())


def _runner(network: Network) -> Callable[[Tensor, Tensor], Tensor]:
    device = next(network.parameters()).device
    network.eval()
    if device.type == "cpu":
        fast = FastBert(classifier_of(network), best_kind(torch.bfloat16), torch.bfloat16)
        return lambda ids, mask: fast(ids, mask)[1]

    def run(ids: Tensor, mask: Tensor) -> Tensor:
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16):
            given: dict[str, Tensor] = network(ids.to(device), mask.to(device))
            return given["pooled"]

    return run
