"""The classifier port, answered by a transformer. torch and transformers are imported when one is made, not before."""

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.mention import Judgement
from sentiment.batching import MAX_TOKENS, form_batches, share_of
from sentiment.labels import meaning
from sentiment.model_folder import bundled_model
from sentiment.precision import Precision
from sentiment.text import prepare
from sentiment.waiting import wait_without_spinning

if TYPE_CHECKING:
    from sentiment.heads import Extra

__all__ = ["Precision", "TransformerClassifier", "bundled_model"]

_WARM_UP = ("Thank you!", "My order is late and nobody answers.", "等了三個星期還沒有收到，客服也不理人。")
_MEBIBYTE = 1 << 20
_BUDGET = 4_096
_BUDGETS = {"fp32": 2_048, "int8": 768}
"""Smaller where numbers are wider: what a layer makes must stay in the processor's cache (measured)."""


class TransformerClassifier:
    """Any sequence-classification checkpoint as the product's classifier; may be called from several threads.

    A text said before gets the answer given before, without the model; what is remembered is a digest, never the text.

    Args:
        checkpoint: a folder in the Hugging Face format, or a name on its model hub. A folder causes no network traffic.
        precision: ``auto`` (the fastest that the machine has), ``fp32``, ``bf16``, ``fp16`` or ``int8``.
        threads: of torch, for the whole process; None leaves torch's own choice.
        max_tokens: tokens of a text that the model reads; the rest is cut.
        token_budget: what a batch may cost in tokens (longest × count); None takes what is fastest for the precision.
        remembered: how many answers are kept for exact repeats; 0 keeps none.

    Raises:
        ModelError: the checkpoint can't be found or read, or its labels aren't understood.
    """

    def __init__(
        self,
        checkpoint: Path | str,
        *,
        precision: Precision = "auto",
        threads: int | None = None,
        max_tokens: int = MAX_TOKENS,
        token_budget: int | None = None,
        remembered: int = 50_000,
    ) -> None:
        wait_without_spinning()
        from sentiment.engine import Engine  # noqa: PLC0415  torch takes seconds and is not needed to read this module

        self._engine = Engine(checkpoint, precision, threads, max_tokens)
        self._places = meaning(self._engine.labels)
        self._budget = token_budget or _BUDGETS.get(self._engine.precision, _BUDGET)
        self._remembered = remembered
        self._answers: OrderedDict[bytes, Judgement] = OrderedDict()
        self._lock = threading.Lock()
        version = self._engine.revision or _fingerprint(Path(checkpoint).expanduser())
        self.precision = self._engine.precision
        self.name = f"{Path(checkpoint).name}@{version[:8]}/{self.precision}"

    def warm_up(self) -> None:
        """Run a few texts, so that the first real ones don't wait for memory and kernels to be made ready."""
        with self._lock:
            self._run(_WARM_UP)

    def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
        """Judgement (negative, neutral, positive) of each text, in its order; any text will do, also an empty one.

        Raises:
            ModelError: the model gave something that is no probability.
        """
        prepared = [prepare(text) for text in texts]
        digests = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in prepared]
        with self._lock:
            found = {digest: self._answers[digest] for digest in digests if digest in self._answers}
            fresh = {digest: text for digest, text in zip(digests, prepared, strict=True) if digest not in found}
            found.update(zip(fresh, self._run(list(fresh.values())), strict=True))
            self._remember(found)
        return [found[digest] for digest in digests]

    def _run(self, texts: Sequence[str]) -> list[Judgement]:
        tokens = self._engine.tokens_of(texts) if texts else []
        answers: dict[int, Judgement] = {}
        lengths = [len(each) for each in tokens]
        batches = form_batches(lengths, share_of(lengths, self._budget, self._engine.at_once))
        found = self._engine.read_all([[tokens[position] for position in batch] for batch in batches])
        for batch, (rows, extras) in zip(batches, found, strict=True):
            answers.update(zip(batch, map(self._judgement, rows, extras), strict=True))
        return [answers[position] for position in range(len(texts))]

    def _judgement(self, row: Sequence[float], extra: "Extra") -> Judgement:
        sums = [0.0, 0.0, 0.0]
        for place, probability in zip(self._places, row, strict=True):
            sums[place] += probability
        total = sum(sums)
        if not math.isfinite(total) or total <= 0:
            advice = (
                "name another checkpoint"
                if self.precision == "fp32"
                else "try SIXMINUTE_PRECISION=fp32, else name another"
            )
            raise ModelError(f"{self.name} gave {row}, which are no probabilities: {advice}.")
        return Judgement(sums[0] / total, sums[1] / total, sums[2] / total, *extra)

    def _remember(self, found: dict[bytes, Judgement]) -> None:
        for digest, answer in found.items():
            self._answers[digest] = answer
            self._answers.move_to_end(digest)
        while len(self._answers) > self._remembered:
            self._answers.popitem(last=False)


def _fingerprint(folder: Path) -> str:
    """A digest of a checkpoint's files: tells one training from another, so that a score can be traced to it."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(path for path in folder.glob("*") if path.suffix in {".json", ".safetensors", ".bin"}):
        with path.open("rb") as file:
            while chunk := file.read(_MEBIBYTE):
                digest.update(chunk)
    return digest.hexdigest()
