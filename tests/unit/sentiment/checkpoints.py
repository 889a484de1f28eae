"""Small real checkpoints, made on the spot: random weights, a vocabulary of letters and Chinese characters."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    ElectraConfig,
    ElectraForSequenceClassification,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLNetConfig,
    XLNetForSequenceClassification,
)

_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789@好壞坏差退款😡"
PIECES = [*_SPECIAL, *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
PADDING = 1


def save_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(PIECES)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(folder)


def bert(folder: Path, labels: list[str], *, head: bool = True, bias: list[float] | None = None) -> Path:
    """`head` false: an encoder without a classifier. `bias` decides what the classifier says to everything."""
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(PIECES), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        max_position_embeddings=32, pad_token_id=PADDING, id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    if not head:
        BertModel(config).save_pretrained(folder)
    else:
        model = BertForSequenceClassification(config)
        if bias is not None:
            model.classifier.weight.data.zero_()
            model.classifier.bias.data = torch.tensor(bias)
        model.save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def distilbert(folder: Path, labels: list[str]) -> Path:
    torch.manual_seed(2)
    config = DistilBertConfig(
        vocab_size=len(PIECES), dim=32, n_layers=1, n_heads=2, hidden_dim=48, max_position_embeddings=32,
        pad_token_id=PADDING, id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    DistilBertForSequenceClassification(config).save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def xlm_roberta(folder: Path, labels: list[str]) -> Path:
    torch.manual_seed(3)
    config = XLMRobertaConfig(
        vocab_size=len(PIECES), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=48,
        max_position_embeddings=34, pad_token_id=PADDING, id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    XLMRobertaForSequenceClassification(config).save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def electra(folder: Path, labels: list[str]) -> Path:
    torch.manual_seed(4)
    config = ElectraConfig(
        vocab_size=len(PIECES), embedding_size=16, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=48, max_position_embeddings=32, pad_token_id=PADDING, id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    ElectraForSequenceClassification(config).save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def xlnet(folder: Path, labels: list[str]) -> Path:
    """Reads any length, and its classifier reads the last piece."""
    torch.manual_seed(5)
    config = XLNetConfig(
        vocab_size=len(PIECES), d_model=32, n_layer=1, n_head=2, d_inner=48, pad_token_id=PADDING,
        id2label=dict(enumerate(labels)), label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    XLNetForSequenceClassification(config).save_pretrained(folder)
    save_tokenizer(folder)
    return folder
