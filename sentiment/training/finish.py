"""From the finished network to the checkpoint: probabilities that mean what they say, and as few bytes as will do."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from sentiment.batching import form_batches
from sentiment.heads import FILE
from sentiment.text import prepare
from sentiment.training import corpus
from sentiment.training.corpus import CHECK_ONLY, CHECKED_SETS, LABELS
from sentiment.training.network import Network, padded
from sentiment.training.recipe import encode_with

_WORDS = "bert.embeddings.word_embeddings.weight"
_BUDGET = 8_192


def export(network: Network, tokenizer: PreTrainedTokenizerFast, data: Path, folder: Path, max_pieces: int) -> float:
    """Write the checkpoint in the format that every Hugging Face tool opens; give back the temperature.

    Layers are kept in half precision. The word embeddings, two fifths of all weights, are kept in 8-bit floats
    (e4m3): they came out of 4-bit blocks and lose less than one part in forty by it.
    """
    words = network.bert.embeddings.word_embeddings.weight.data
    words.copy_(words.to(torch.float8_e4m3fn).float())
    temperature = fitted_temperature(network, tokenizer, data, max_pieces)
    sizes: dict[str, Any] = network.bert.config.to_dict()
    for name in ("id2label", "label2id", "num_labels", "_attn_implementation", "dtype", "architectures"):
        sizes.pop(name, None)
    sizes |= {"id2label": dict(enumerate(LABELS)), "label2id": {label: number for number, label in enumerate(LABELS)}}
    model = BertForSequenceClassification(BertConfig(**sizes))
    state = {f"bert.{name}": value for name, value in network.bert.state_dict().items()}
    state["classifier.weight"] = network.heads["sentiment"].weight.data / temperature  # type: ignore[operator]
    state["classifier.bias"] = network.heads["sentiment"].bias.data / temperature  # type: ignore[operator]
    model.load_state_dict(state)
    model.half().save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    weights[_WORDS] = words.to(torch.float8_e4m3fn).contiguous()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    heads = {
        f"{name}.{part}": getattr(network.heads[name], part).data.to(torch.float16).contiguous()
        for name in ("emotion", "complaint")
        for part in ("weight", "bias")
    }
    save_file(heads, folder / FILE)
    tokenizer.save_pretrained(folder)
    # Without its blanks the vocabulary is two thirds as long.
    written = folder / "tokenizer.json"
    vocabulary = json.loads(written.read_text(encoding="utf-8"))
    written.write_text(json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    for file in folder.iterdir():
        file.chmod(0o644)
    return temperature


def fitted_temperature(network: Network, tokenizer: PreTrainedTokenizerFast, data: Path, max_pieces: int) -> float:
    """What all logits are divided by so that probabilities mean what they say (Guo et al. 2017).

    Fitted on the held-out texts of the sets with three labels; the check-only sets are not looked at.
    """
    logits: list[Tensor] = []
    wanted: list[int] = []
    for name in CHECKED_SETS:
        examples = corpus.check_examples(data, name)
        if name in CHECK_ONLY or len({label for _, label in examples}) < len(LABELS):
            continue
        logits.append(logits_of(network, tokenizer, [text for text, _ in examples], max_pieces)["sentiment"])
        wanted.extend(LABELS.index(label) for _, label in examples)
    rows, labels = torch.cat(logits), torch.tensor(wanted)
    logarithm = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([logarithm], max_iter=50)

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = functional.cross_entropy(rows / logarithm.exp(), labels)
        loss.backward()
        return loss

    optimiser.step(closure)
    return float(logarithm.exp().item())


def logits_of(
    network: Network, tokenizer: PreTrainedTokenizerFast, texts: list[str], max_pieces: int
) -> dict[str, Tensor]:
    """What every head says of each text, in 32 bits."""
    pieces = encode_with(tokenizer, max_pieces)([prepare(text) for text in texts])
    found: dict[int, dict[str, Tensor]] = {}
    network.eval()
    with torch.inference_mode():
        for batch in form_batches([len(each) for each in pieces], _BUDGET):
            given = network(*padded([pieces[number] for number in batch], tokenizer.pad_token_id))
            for place, number in enumerate(batch):
                found[number] = {name: rows[place].float().clone() for name, rows in given.items()}
    return {name: torch.stack([found[number][name] for number in range(len(texts))]) for name in found[0]}
