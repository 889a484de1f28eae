"""Fine-tuning, resumable: every checkpoint holds all that the next step needs."""

import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from sentiment.training import corpus, encoder
from sentiment.training.corpus import LABELS, Example

_NEUTRAL = LABELS.index("neutral")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, besides the data and the versions of the libraries."""

    seed: int = 20_261
    passes: int = 2
    batch_size: int = 32
    max_pieces: int = 96
    learning_rate: float = 1.5e-4
    embedding_factor: float = 2.0
    head_factor: float = 4.0
    warm_up: float = 0.06
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    checkpoint_every: int = 200


def make_student(folder: Path, data: Path, seed: int) -> None:
    """Write the untrained student (tokenizer, configuration, weights) once; an existing one is kept."""
    if (folder / "config.json").exists():
        return
    torch.manual_seed(seed)
    tokenizer, kept = encoder.trimmed_tokenizer(encoder.count_pieces(corpus.all_texts(data)))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "raw_tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    fast = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_file(str(folder / "raw_tokenizer.json")),
        bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>",
        model_max_length=encoder.POSITIONS,
    )  # fmt: skip
    (folder / "raw_tokenizer.json").unlink()
    fast.save_pretrained(folder)
    sizes, state = encoder.student_state(kept)
    model = BertForSequenceClassification(
        BertConfig(
            **sizes, pad_token_id=1, bos_token_id=0, eos_token_id=2,
            id2label=dict(enumerate(LABELS)), label2id={label: number for number, label in enumerate(LABELS)},
        )
    )  # fmt: skip
    missing, unexpected = model.load_state_dict(state, strict=False)
    left = [name for name in missing if not name.startswith("classifier.") and "position_ids" not in name]
    if left or unexpected:
        raise SystemExit(f"The encoder does not fit: missing {left}, unexpected {unexpected}.")
    model.save_pretrained(folder)


def batches(examples: Sequence[Example], lengths: Sequence[int], recipe: Recipe) -> list[list[int]]:
    """Numbers of examples by batch: within pools of 64 batches, examples of similar length stand together."""
    picker = random.Random(recipe.seed + 1)
    result: list[list[int]] = []
    for _ in range(recipe.passes):
        order = list(range(len(examples)))
        picker.shuffle(order)
        pool = recipe.batch_size * 64
        for start in range(0, len(order), pool):
            part = sorted(order[start : start + pool], key=lambda number: lengths[number])
            cut = [part[i : i + recipe.batch_size] for i in range(0, len(part), recipe.batch_size)]
            picker.shuffle(cut)
            result.extend(cut)
    return result


def loss_of(logits: Tensor, labels: Tensor, weights: Tensor, three_way: Tensor, smoothing: float) -> Tensor:
    """Weighted cross-entropy; where "neutral" was not offered to the labellers, it is left out of the choice."""
    blocked = torch.zeros_like(logits)
    blocked[:, _NEUTRAL] = (~three_way).to(logits.dtype) * -30.0
    logarithms = functional.log_softmax(logits + blocked, dim=-1)
    right = -logarithms.gather(1, labels[:, None]).squeeze(1)
    offered = torch.ones_like(logits)
    offered[:, _NEUTRAL] = three_way.to(logits.dtype)
    spread = -(logarithms * offered).sum(-1) / offered.sum(-1)
    return (((1 - smoothing) * right + smoothing * spread) * weights).sum() / weights.sum()


def _optimiser(model: BertForSequenceClassification, recipe: Recipe) -> torch.optim.AdamW:
    groups: dict[tuple[float, float], list[Any]] = {}
    for name, parameter in model.named_parameters():
        factor = 1.0
        if "word_embeddings" in name:
            factor = recipe.embedding_factor
        elif name.startswith(("classifier", "bert.pooler")):
            factor = recipe.head_factor
        decay = 0.0 if parameter.ndim < 2 else recipe.weight_decay
        groups.setdefault((factor, decay), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": members, "lr": recipe.learning_rate * factor, "peak": recipe.learning_rate * factor,
             "weight_decay": decay}
            for (factor, decay), members in groups.items()
        ]
    )  # fmt: skip


def train(data: Path, work: Path, recipe: Recipe) -> Path:
    """Train, or go on where an earlier run was stopped; return the folder of the finished checkpoint."""
    start, latest = work / "student", work / "latest.pt"
    make_student(start, data, recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(start)
    examples = corpus.training_examples(data, recipe.seed)
    pieces = tokenizer([example.text for example in examples], truncation=True, max_length=recipe.max_pieces)
    encoded: list[list[int]] = pieces["input_ids"]
    plan = batches(examples, [len(ids) for ids in encoded], recipe)
    model = BertForSequenceClassification.from_pretrained(start).to(device)  # type: ignore[arg-type]
    model.train()
    optimiser = _optimiser(model, recipe)
    torch.manual_seed(recipe.seed)
    done = 0
    if latest.exists():
        saved = torch.load(latest, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        torch.set_rng_state(saved["random"].cpu())
        done = saved["step"]
        print(f"going on at step {done} of {len(plan)}", flush=True)
    began, first, running = time.monotonic(), done, 0.0
    for step in range(done, len(plan)):
        progress = step / len(plan)
        rate = progress / recipe.warm_up if progress < recipe.warm_up else (1 - progress) / (1 - recipe.warm_up)
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * max(rate, 0.01)
        chosen = plan[step]
        longest = max(len(encoded[number]) for number in chosen)
        ids = torch.full((len(chosen), longest), tokenizer.pad_token_id)
        for place, number in enumerate(chosen):
            ids[place, : len(encoded[number])] = torch.tensor(encoded[number])
        ids = ids.to(device)
        labels = torch.tensor([examples[number].label for number in chosen], device=device)
        weights = torch.tensor([examples[number].weight for number in chosen], device=device)
        three_way = torch.tensor([examples[number].three_way for number in chosen], device=device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            logits = model(input_ids=ids, attention_mask=(ids != tokenizer.pad_token_id).long()).logits
        loss = loss_of(logits.float(), labels, weights, three_way, recipe.label_smoothing)
        if not math.isfinite(loss.item()):
            raise SystemExit(f"The loss is not a number at step {step}: stop and look at the data.")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        running = loss.item() if step == first else 0.98 * running + 0.02 * loss.item()
        done = step + 1
        if done % recipe.checkpoint_every == 0 or done == len(plan):
            speed = (done - first) * recipe.batch_size / (time.monotonic() - began)
            left = (len(plan) - done) * recipe.batch_size / speed / 60
            print(f"step {done}/{len(plan)}  loss {running:.4f}  {speed:.0f} texts/s  {left:.0f} min left", flush=True)
            part = latest.with_suffix(".part")
            torch.save(
                {"model": model.state_dict(), "optimiser": optimiser.state_dict(),
                 "random": torch.get_rng_state(), "step": done},
                part,
            )  # fmt: skip
            part.replace(latest)
    return export(model, tokenizer, work / "finished")


def export(model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Path:
    """Write the checkpoint in half precision, in the format that every Hugging Face tool opens."""
    model.eval().to(torch.float16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
