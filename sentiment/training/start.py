"""Where training starts: the pretrained encoder with a trimmed vocabulary."""

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import BertConfig, PreTrainedTokenizerFast

from sentiment.training import corpus, encoder
from sentiment.training.network import Network


def tokenizer_of(work: Path, data: Path) -> tuple[PreTrainedTokenizerFast, list[int]]:
    """The trimmed tokenizer and its rows in the full vocabulary; made once, then read."""
    folder = work / "tokenizer"
    if not (folder / "rows.json").exists():
        print("counting tokens", flush=True)
        trimmed, kept = encoder.trimmed_tokenizer(encoder.count_tokens(corpus.all_texts(data)))
        folder.mkdir(parents=True, exist_ok=True)
        raw = folder / "raw.json"
        raw.write_text(json.dumps(trimmed, ensure_ascii=False), encoding="utf-8")
        PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer.from_file(str(raw)),
            bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>",
            model_max_length=encoder.POSITIONS,
        ).save_pretrained(folder)  # fmt: skip
        (folder / "rows.json").write_text(json.dumps(kept), encoding="utf-8")
    return PreTrainedTokenizerFast.from_pretrained(folder), json.loads((folder / "rows.json").read_text())


def network_of(rows: list[int], dropout: float) -> Network:
    """The pretrained encoder with the trimmed vocabulary and untrained heads.

    Attention itself drops nothing out: it costs much and adds little.

    Raises:
        SystemExit: the package holds another encoder than this one was written for.
    """
    sizes, state = encoder.encoder_state(rows)
    special: dict[str, Any] = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    network = Network(
        BertConfig(**special, **sizes, hidden_dropout_prob=dropout, attention_probs_dropout_prob=0.0)
    )  # fmt: skip
    missing, unexpected = network.bert.load_state_dict(state, strict=False)
    left = [name for name in missing if not name.startswith("pooler.") and "position_ids" not in name]
    if left or unexpected:
        raise SystemExit(f"The encoder does not fit: missing {left}, unexpected {unexpected}.")
    return network
