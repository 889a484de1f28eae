"""The transformer itself: loading a checkpoint, choosing its arithmetic, and running batches.

Importing this module imports torch and transformers; `sentiment.classifier` does so only when a classifier is made.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.utils import logging as hub_logging
from torch import Tensor
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

from core.errors import ModelError
from sentiment import eight_bits
from sentiment.batching import tokens_of
from sentiment.fast_bert import FastBert, Maker, Vectors, fits, mean_of
from sentiment.heads import Extra, heads_of
from sentiment.heads_file import FILE, check_layer
from sentiment.heap import keep_freed_memory
from sentiment.linear import Floats, Int8, Plain, best_kind, with_layers, works
from sentiment.model_folder import where
from sentiment.padding import padded
from sentiment.precision import Precision
from sentiment.reach_file import Numbers, reaches_in
from sentiment.side_by_side import SideBySide

_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "int8": torch.float32}
_OFFSET_POSITIONS = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer"})
"""Architectures whose first position is not 0 but the one after the padding's."""

_READ_THE_END = frozenset({"xlnet"})
"""Architectures whose classifier reads what stands last, so that padding goes before a text."""

_NOTHING = Extra("", None)
_ANY_TEXT = "hello"
_UNLIMITED = 1 << 30


class Engine:
    """A sequence-classification checkpoint, ready to run.

    Args:
        checkpoint: a folder in the Hugging Face format, or a name on its model hub.
        precision: the arithmetic; ``auto`` takes the fastest that this machine has (see `choose_precision`).
        threads: how many compute, for the whole process; None leaves it to torch.
        max_tokens: longer texts are cut; also cut to what the checkpoint can take.

    Attributes:
        at_once: how many batches are computed at the same time.

    Raises:
        ModelError: the checkpoint can't be found, read or used.
    """

    def __init__(self, checkpoint: Path | str, precision: Precision, threads: int | None, max_tokens: int) -> None:
        logging.disable_progress_bar()
        logging.set_verbosity_error()
        # What it has to say goes the way of everything else that is logged.
        logging.disable_default_handler()
        logging.enable_propagation()
        # Each of its attempts to reach the hub would else be told twice, before the one line that counts.
        hub_logging.set_verbosity_error()
        keep_freed_memory()
        if threads is not None:
            torch.set_num_threads(threads)
        self.precision = choose_precision() if precision == "auto" else precision
        if self.precision == "int8" and not works(Int8, torch.float32):
            raise ModelError("torch can't multiply 8-bit integers on this machine: set SIXMINUTE_PRECISION to auto.")
        on_gpu = torch.cuda.is_available() and self.precision != "int8"
        self._device = torch.device("cuda" if on_gpu else "cpu")
        # On the processor the layers are made from exact weights; what must stay exact then does.
        dtype = _TYPES[self.precision] if on_gpu else torch.float32
        place, local = where(checkpoint)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(place, local_files_only=local)
            model, report = AutoModelForSequenceClassification.from_pretrained(
                place, local_files_only=local, dtype=dtype, output_loading_info=True, ignore_mismatched_sizes=True
            )
        except Exception as error:
            what = "can't be read" if local else "is no folder here and can't be fetched from the model hub"
            advice = "name a complete checkpoint" if local else "correct the name, or download it and name its folder"
            raise ModelError(f"The model {checkpoint} {what}: {advice} in SIXMINUTE_MODEL ({_why(error)})") from error
        if others := sorted(name for name, *_ in report["mismatched_keys"]):
            raise ModelError(
                f"The model {checkpoint} has {len(others)} weights of another size than its config.json says "
                f"({others[0]} …): name a complete checkpoint in SIXMINUTE_MODEL."
            )
        if missing := sorted(report["missing_keys"]):
            raise ModelError(
                f"The model {checkpoint} lacks {len(missing)} weights ({missing[0]} …): it isn't a classifier; "
                "name one that was trained to classify sentiment in SIXMINUTE_MODEL."
            )
        config: Any = model.config
        self._check_tokenizer(checkpoint, config)
        self.labels = {int(number): str(label) for number, label in config.id2label.items()}
        self.revision = str(getattr(config, "_commit_hash", None) or "")
        self._reads_the_end = config.model_type in _READ_THE_END
        self._padding = self._tokenizer.pad_token_id or 0
        self._limit = min(max_tokens, self._tokenizer.model_max_length, positions_of(config))
        self._heads = heads_of(Path(place), self._device) if local and fits(model) else None
        if self._heads:
            check_layer(Path(place) / FILE, self._heads.layer, config.num_hidden_layers)
        on_processor = self._device.type == "cpu" and fits(model)
        self._side_by_side = SideBySide() if on_processor else None
        self.at_once = self._side_by_side.count if self._side_by_side else 1
        measured = None
        if local and self.precision == "int8" and fits(model) and eight_bits.work():
            measured = reaches_in(Path(place), config.to_dict())
        try:
            self._run = self._prepared(model.eval(), measured)
            self.read(self.tokens_of([_ANY_TEXT]))
        except Exception as error:
            raise ModelError(
                f"The model {checkpoint} can't be run, so its files may not belong together: name a complete "
                f"checkpoint in SIXMINUTE_MODEL ({_why(error)})"
            ) from error

    def _check_tokenizer(self, checkpoint: Path | str, config: Any) -> None:
        """Refuse a tokenizer that would make the same of every text, or tokens that the model doesn't know.

        transformers makes an empty one where a folder has none.
        """
        known, special = self._tokenizer.vocab_size, len(self._tokenizer.all_special_ids)
        if not special < known <= getattr(config, "vocab_size", known):
            raise ModelError(
                f"The model {checkpoint} has no tokenizer of its own ({known} tokens): put the files of its tokenizer "
                "beside it, or name a complete checkpoint in SIXMINUTE_MODEL."
            )

    def _prepared(
        self, model: Any, measured: Mapping[str, Numbers] | None
    ) -> Callable[[Tensor, Tensor], tuple[Tensor, Vectors | None]]:
        """What computes logits, and where there are heads what they read."""
        dtype = _TYPES[self.precision]
        layer = self._heads.layer if self._heads else None
        if self._device.type == "cpu":
            kind = Int8 if self.precision == "int8" else best_kind(dtype)
            if fits(model):
                maker: Maker = Floats(kind, dtype)
                if measured:
                    maker = eight_bits.EightBits({name: torch.from_numpy(each) for name, each in measured.items()})
                return FastBert(model, maker, layer)
            model.to(dtype)
            if kind is not Plain:
                with_layers(model, kind)
        model.to(self._device)
        if self._heads is None:
            return lambda ids, mask: (model(input_ids=ids, attention_mask=mask).logits, None)

        def for_heads(ids: Tensor, mask: Tensor) -> tuple[Tensor, Vectors]:
            found = model.bert(input_ids=ids, attention_mask=mask, output_hidden_states=layer is not None)
            middle = None if layer is None else mean_of(found.hidden_states[layer], mask)
            return model.classifier(found.pooler_output), Vectors(found.pooler_output, middle)

        return for_heads

    def tokens_of(self, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of the tokens of each text, as many as the model takes."""
        return tokens_of(self._tokenizer, texts, self._limit)

    def read_all(self, batches: Sequence[Sequence[Sequence[int]]]) -> list[tuple[list[list[float]], list[Extra]]]:
        """What `read` says of each batch, several of them computed at once."""
        return self._side_by_side.map(self.read, batches) if self._side_by_side else list(map(self.read, batches))

    def read(self, batch: Sequence[Sequence[int]]) -> tuple[list[list[float]], list[Extra]]:
        """For each text, given as tokens, the probabilities of the checkpoint's labels, and what else it says."""
        ids, mask = map(torch.from_numpy, padded(batch, self._padding, in_front=self._reads_the_end))
        with torch.inference_mode():
            logits, vectors = self._run(ids.to(self._device), mask.to(self._device))
            answers: list[list[float]] = torch.softmax(logits.double(), dim=-1).cpu().tolist()
            if self._heads is None or vectors is None:
                return answers, [_NOTHING] * len(batch)
            return answers, self._heads.read(vectors)


def choose_precision() -> Precision:
    """The fastest arithmetic that this machine has in hardware.

    Half precision on a GPU; bfloat16 on processors that multiply matrices of it (AMX); else 8-bit integers where there
    are instructions for them, which are faster than bfloat16 without AMX; else bfloat16 where it is multiplied
    natively; else plain 32-bit floats.
    """
    if torch.cuda.is_available():
        return "fp16"
    has = torch.cpu.get_capabilities()
    if has.get("amx_bf16"):
        return "bf16"
    if (has.get("avx512_vnni") or has.get("avx_vnni")) and works(Int8, torch.float32):
        return "int8"
    return "bf16" if any(has.get(name) for name in ("avx512_bf16", "sve_bf16", "arm_bf16")) else "fp32"


def positions_of(config: Any) -> int:
    """How many tokens a checkpoint can take."""
    positions = int(getattr(config, "max_position_embeddings", None) or 512)
    if positions < 0:  # XLNet's way to say that there is no limit
        return _UNLIMITED
    return positions - config.pad_token_id - 1 if config.model_type in _OFFSET_POSITIONS else positions


def _why(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
