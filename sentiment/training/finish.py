"""From the finished network to the checkpoint: probabilities that mean what they say, and as few bytes as will do."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from sentiment.heads import FILE
from sentiment.training import corpus, themes
from sentiment.training.answers import classifier_of, head_on, pooled_of
from sentiment.training.corpus import LABELS
from sentiment.training.network import Learner, Network
from sentiment.training.sets import CHECK_ONLY, CHECKED_SETS
from sentiment.training.theme_head import theme_thresholds

_SHORT = torch.float8_e4m3fn


def export(learner: Learner, data: Path, folder: Path, max_tokens: int) -> float:
    """Write the checkpoint in the format that every Hugging Face tool opens; give back the temperature.

    The word embeddings and the matrices of all layers are kept in 8-bit floats (e4m3), which a loader turns into the
    precision that it is asked for; everything else in 16 bits. They are rounded first, so that the temperature and the
    thresholds fit what is written.
    """
    network, tokenizer = learner
    short = {f"bert.{name}" for name in shortened(network)}
    temperature = fitted_temperature(learner, data, max_tokens)
    model = classifier_of(network, temperature)
    model.half().save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    weights |= {name: weights[name].to(_SHORT) for name in short}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    heads = {
        f"{name}.{part}": getattr(network.heads[name], part).data.to(torch.float16).contiguous()
        for name in ("emotion", "complaint", "themes")
        for part in ("weight", "bias")
    }
    known = {"themes": themes.asked(), "thresholds": theme_thresholds(learner, data, max_tokens)}
    save_file(heads, folder / FILE, metadata={name: json.dumps(value) for name, value in known.items()})
    tokenizer.save_pretrained(folder)
    # Without its blanks the vocabulary is two thirds as long.
    written = folder / "tokenizer.json"
    vocabulary = json.loads(written.read_text(encoding="utf-8"))
    written.write_text(json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    for file in folder.iterdir():
        file.chmod(0o644)
    return temperature


def shortened(network: Network) -> list[str]:
    """Round the large matrices of the encoder to what 8-bit floats hold, in place; their names."""
    large = [
        (name, weight) for name, weight in network.bert.named_parameters()
        if name == "embeddings.word_embeddings.weight" or (name.startswith("encoder.layer.") and weight.ndim > 1)
    ]  # fmt: skip
    for _, weight in large:
        weight.data.copy_(weight.data.to(_SHORT).to(weight.dtype))
    return [name for name, _ in large]


def fitted_temperature(learner: Learner, data: Path, max_tokens: int) -> float:
    """What all logits are divided by so that probabilities mean what they say (Guo et al. 2017).

    Fitted on the held-out texts of the sets with three labels; the check-only sets are not looked at.
    """
    logits: list[Tensor] = []
    wanted: list[int] = []
    for name in CHECKED_SETS:
        examples = corpus.check_examples(data, name)
        if name in CHECK_ONLY or len({label for _, label in examples}) < len(LABELS):
            continue
        pooled = pooled_of(learner, [text for text, _ in examples], max_tokens)
        logits.append(head_on(learner.network, "sentiment", pooled))
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
