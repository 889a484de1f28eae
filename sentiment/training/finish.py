"""From the finished network to the checkpoint: probabilities that mean what they say, and as few bytes as will do."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from sentiment.heads import FILE
from sentiment.training import corpus, sets, themes
from sentiment.training.answers import classifier_of, head_on, pooled_of
from sentiment.training.corpus import LABELS
from sentiment.training.network import THEMES, Learner
from sentiment.training.sets import CHECK_ONLY, CHECKED_SETS

_WORDS = "bert.embeddings.word_embeddings.weight"


def export(learner: Learner, data: Path, folder: Path, max_tokens: int) -> float:
    """Write the checkpoint in the format that every Hugging Face tool opens; give back the temperature.

    Layers are kept in half precision. The word embeddings, two fifths of all weights, are kept in 8-bit floats
    (e4m3): they came out of 4-bit blocks and lose less than one part in forty by it.
    """
    network, tokenizer = learner
    words = network.bert.embeddings.word_embeddings.weight.data
    words.copy_(words.to(torch.float8_e4m3fn).float())
    temperature = fitted_temperature(learner, data, max_tokens)
    model = classifier_of(network, temperature)
    model.half().save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    weights[_WORDS] = words.to(torch.float8_e4m3fn).contiguous()
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


def theme_thresholds(learner: Learner, data: Path, max_tokens: int) -> list[float]:
    """From which probability on a text has each theme; see `sentiment.training.themes.thresholds`.

    One half of the held-out texts decides, the other half tells how well it does (`sentiment.training.questions`).
    """
    texts = [text for text in corpus.held_out_texts(data) if not sets.of_second_half(text)]
    pooled = pooled_of(learner, [themes.without_theme_words(text) for text in texts], max_tokens)
    named = torch.tensor([[float(number in themes.numbers_of(text)) for number in range(THEMES)] for text in texts])
    return themes.thresholds(torch.sigmoid(head_on(learner.network, "themes", pooled)), named)


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
