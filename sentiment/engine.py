"""The transformer itself: loading a checkpoint, choosing its arithmetic, and running batches.

Importing this module imports torch and transformers; `sentiment.classifier` does so only when a classifier is made.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

from core.errors import ModelError
from sentiment.model_folder import where
from sentiment.precision import Precision

_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "int8": torch.float32}
_OFFSET_POSITIONS = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer"})
"""Architectures whose first position is not 0 but the one after the padding's."""


class Engine:
    """A sequence-classification checkpoint, ready to run.

    Args:
        checkpoint: a folder in the Hugging Face format, or a name on its model hub.
        precision: the arithmetic; ``auto`` takes the fastest that this machine has (see `choose_precision`).
        threads: of torch, for the whole process; None leaves torch's own choice.
        max_pieces: longer texts are cut; also cut to what the checkpoint can take.

    Raises:
        ModelError: the checkpoint can't be found, read or used.
    """

    def __init__(self, checkpoint: Path | str, precision: Precision, threads: int | None, max_pieces: int) -> None:
        logging.disable_progress_bar()
        logging.set_verbosity_error()
        # What it has to say goes the way of everything else that is logged.
        logging.disable_default_handler()
        logging.enable_propagation()
        if threads is not None:
            torch.set_num_threads(threads)
        self.precision = choose_precision() if precision == "auto" else precision
        on_gpu = torch.cuda.is_available() and self.precision != "int8"
        self._device = torch.device("cuda" if on_gpu else "cpu")
        place, local = where(checkpoint)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(place, local_files_only=local)
            model, report = AutoModelForSequenceClassification.from_pretrained(
                place, local_files_only=local, dtype=_TYPES[self.precision], output_loading_info=True
            )
        except Exception as error:
            what = "can't be read" if local else "can't be fetched from the model hub"
            advice = "name a complete checkpoint" if local else "download it and name its folder"
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise ModelError(f"The model {checkpoint} {what}: {advice} in SIXMINUTE_MODEL ({reason})") from error
        if missing := sorted(report["missing_keys"]):
            raise ModelError(
                f"The model {checkpoint} lacks {len(missing)} weights ({missing[0]} …): it isn't a classifier; "
                "name one that was trained to classify sentiment in SIXMINUTE_MODEL."
            )
        model = model.eval()
        self._model: Any = _with_int8_layers(model) if self.precision == "int8" else model.to(self._device)
        config: Any = model.config
        self.labels: dict[int, str] = dict(config.id2label)
        self.revision = str(getattr(config, "_commit_hash", None) or "")
        self._padding = self._tokenizer.pad_token_id or 0
        self._limit = min(max_pieces, self._tokenizer.model_max_length, _positions(config))

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of the pieces of each text, special ones included, cut to the limit."""
        encoded: list[list[int]] = self._tokenizer(list(texts), truncation=True, max_length=self._limit)["input_ids"]
        return encoded

    def probabilities(self, batch: Sequence[Sequence[int]]) -> list[list[float]]:
        """The probability of each label for each text of a batch of pieces."""
        longest = max(len(pieces) for pieces in batch)
        ids = torch.full((len(batch), max(longest, 1)), self._padding)
        mask = torch.zeros_like(ids)
        for row, pieces in enumerate(batch):
            ids[row, : len(pieces)] = torch.tensor(pieces, dtype=ids.dtype)
            mask[row, : len(pieces)] = 1
        with torch.inference_mode():
            logits = self._model(input_ids=ids.to(self._device), attention_mask=mask.to(self._device)).logits
            answers: list[list[float]] = torch.softmax(logits.double(), dim=-1).cpu().tolist()
        return answers


def choose_precision() -> Precision:
    """The fastest arithmetic that this machine has in hardware.

    Half precision on a GPU; bfloat16 on processors that multiply it natively; else 8-bit integers where there are
    instructions for them; else plain 32-bit floats.
    """
    if torch.cuda.is_available():
        return "fp16"
    has = torch.cpu.get_capabilities()
    if any(has.get(name) for name in ("avx512_bf16", "amx_bf16", "sve_bf16", "arm_bf16")):
        return "bf16"
    return "int8" if has.get("avx512_vnni") or has.get("avx_vnni") else "fp32"


def _positions(config: Any) -> int:
    positions = int(getattr(config, "max_position_embeddings", None) or 512)
    return positions - config.pad_token_id - 1 if config.model_type in _OFFSET_POSITIONS else positions


class _Int8Linear(nn.Module):
    """A linear layer in 8-bit integers: weights scaled per row once, inputs per call (dynamic quantisation).

    It uses oneDNN's kernels on plain integer tensors, as torch's own compiler does, because `torch.ao.quantization`
    and quantised tensors are deprecated.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        self.scale = (weight.abs().amax(1) / 127).clamp_min(1e-8)
        self.zero = torch.zeros(len(self.scale), dtype=torch.int32)
        rounded = (weight / self.scale[:, None]).round().clamp(-127, 127).to(torch.int8)
        self.packed = torch.ops.onednn.qlinear_prepack(rounded, None)
        self.bias = None if linear.bias is None else linear.bias.detach()

    def forward(self, values: Tensor) -> Tensor:
        low, high = (bound.item() for bound in torch.aminmax(values))
        scale = max((max(high, 0.0) - min(low, 0.0)) / 255, 1e-8)
        zero = round(-min(low, 0.0) / scale)
        rounded = (values / scale).add_(zero).round_().clamp_(0, 255).to(torch.uint8)
        answer: Tensor = torch.ops.onednn.qlinear_pointwise(
            rounded, scale, zero, self.packed, self.scale, self.zero, self.bias,
            1.0, 0, torch.float32, "none", [], "",
        )  # fmt: skip
        return answer


def _with_int8_layers(model: nn.Module) -> nn.Module:
    for name, child in model.named_children():
        if isinstance(child, nn.Linear):
            setattr(model, name, _Int8Linear(child))
        else:
            _with_int8_layers(child)
    return model
