"""The one training loop: a plan of batches, a rate that rises and falls, and checkpoints to go on from."""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from sentiment.batching import form_batches

POOL = 64
"""Batches are formed of texts of similar length within so many batches' worth of shuffled texts."""
_KEPT_EVERY = 120.0
"""Seconds between two checkpoints: nobody who stops a training loses more, on whatever machine it runs."""


@dataclass(frozen=True)
class Schedule:
    """How the network learns.

    `learning_rate` is the highest one of the top layer; each layer below learns `layer_decay` times as fast as the one
    above it, the heads `head_factor` times as fast as the top layer. `tokens` is the size of a batch with its padding.
    It takes `steps` steps, or where that is 0 so many `epochs`.
    """

    learning_rate: float
    epochs: float = 1.0
    steps: int = 0
    tokens: int = 4_096
    layer_decay: float = 0.93
    head_factor: float = 3.0
    warm_up: float = 0.06
    weight_decay: float = 0.01


def plan_of(lengths: Sequence[int], tokens: int, seed: int) -> list[list[int]]:
    """Numbers of examples by batch, each once: shuffled, then texts of similar length together."""
    picker = random.Random(seed)
    order = list(range(len(lengths)))
    picker.shuffle(order)
    mean = max(1, sum(lengths) // max(1, len(lengths)))
    pool = POOL * max(1, tokens // mean)
    plan: list[list[int]] = []
    for start in range(0, len(order), pool):
        part = order[start : start + pool]
        formed = form_batches([lengths[number] for number in part], tokens)
        plan.extend([part[place] for place in batch] for batch in formed)
    picker.shuffle(plan)
    return plan


def optimiser_of(model: nn.Module, schedule: Schedule, layers: int) -> torch.optim.AdamW:
    """AdamW with a rate of its own for each layer (Howard and Ruder, "Universal Language Model Fine-tuning", 2018)."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if "encoder.layer." in name:
            below_top = layers - 1 - int(name.partition("encoder.layer.")[2].partition(".")[0])
            factor = schedule.layer_decay**below_top
        elif "embeddings." in name:
            factor = schedule.layer_decay**layers
        else:
            factor = schedule.head_factor
        decay = 0.0 if parameter.ndim < 2 else schedule.weight_decay
        groups.setdefault((factor, decay), []).append(parameter)
    parts = [
        {"params": members, "lr": 0.0, "peak": schedule.learning_rate * factor, "weight_decay": decay}
        for (factor, decay), members in groups.items()
    ]
    return torch.optim.AdamW(parts, betas=(0.9, 0.98), fused=True)


def rate_at(progress: float, warm_up: float) -> float:
    """Share of the highest rate when so much of the way is done: up in a line, down in half a cosine."""
    if progress < warm_up:
        return max(progress / warm_up, 0.01)
    return max(0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up))), 0.01)


def learn(
    model: nn.Module,
    schedule: Schedule,
    *,
    layers: int,
    steps: int,
    batch: Callable[[int], Any],
    loss: Callable[[Any], Tensor],
    latest: Path,
) -> None:
    """Take all steps, or those that are left since the checkpoint `latest`.

    Args:
        model: learns in place.
        schedule: how.
        layers: of its encoder.
        steps: how many there are.
        batch: the batch of a step's number, the same each time it is asked.
        loss: of a batch; computed in bfloat16 where that is safe.
        latest: file with everything that going on needs.
    """
    device = next(model.parameters()).device
    optimiser = optimiser_of(model, schedule, layers)
    done = 0
    if latest.exists():
        saved = torch.load(latest, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        if saved["step"] == steps:
            return
        optimiser.load_state_dict(saved["optimiser"])
        torch.set_rng_state(saved["random"].cpu())
        done = saved["step"]
        print(f"going on at step {done} of {steps}", flush=True)
    model.train()
    began, first, running = time.monotonic(), done, math.nan
    kept = began
    while done < steps:
        share = rate_at(done / steps, schedule.warm_up)
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * share
        with torch.autocast(device.type, dtype=torch.bfloat16):
            value = loss(batch(done))
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        number = value.item()
        if not math.isfinite(number):
            raise SystemExit(f"The loss is not a number at step {done}: stop and look at the data.")
        running = number if math.isnan(running) else 0.99 * running + 0.01 * number
        done += 1
        now = time.monotonic()
        if now - kept >= _KEPT_EVERY or done == steps:
            kept = now
            left = (steps - done) * (now - began) / (done - first) / 60
            print(f"step {done}/{steps}  loss {running:.4f}  {left:.0f} min left", flush=True)
            part = latest.with_suffix(".part")
            torch.save(
                {"model": model.state_dict(), "optimiser": optimiser.state_dict(),
                 "random": torch.get_rng_state(), "step": done},
                part,
            )  # fmt: skip
            part.replace(latest)
