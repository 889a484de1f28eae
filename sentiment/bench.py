"""How fast the classifier is on this machine, by precision and batch size."""

import random
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from core.ports import Clock
from sentiment.classifier import TransformerClassifier
from sentiment.precision import Precision

_TEMPLATES = (
    (
        "{thing} number {number} from your {place} {verdict}, I have been waiting since {day} and want to know more",
        ("the kettle", "the blue lamp", "my parcel", "the winter coat"),
        ("shop in town", "web page", "outlet", "warehouse"),
        ("arrived broken", "is wonderful", "was not what I ordered", "came on time"),
        ("Monday", "last week", "the holidays", "yesterday"),
    ),
    (
        "{day}在你們{place}買的{thing}，訂單{number}，{verdict}，想請問接下來會怎麼處理，什麼時候有回覆",
        ("熱水壺", "檯燈", "外套", "行李箱"),
        ("門市", "網站", "百貨專櫃", "倉庫"),
        ("收到就壞了", "真的很好用", "不是我訂的那一款", "準時送到"),
        ("星期一", "上週", "連假", "昨天"),
    ),
    (
        "{day}在你们{place}买的{thing}，订单{number}，{verdict}，想问一下接下来怎么处理，什么时候能回复",
        ("热水壶", "台灯", "外套", "行李箱"),
        ("门店", "网站", "专柜", "仓库"),
        ("收到就坏了", "真的很好用", "不是我订的那款", "准时送到"),
        ("星期一", "上周", "假期", "昨天"),
    ),
)


class Measure(Struct, frozen=True, kw_only=True):
    """One precision with one batch size: mentions a second, and milliseconds a batch (median, 99th percentile)."""

    precision: str
    batch: int
    per_second: float
    p50_ms: float
    p99_ms: float


class ClassifierBench(Struct, frozen=True, kw_only=True):
    """What was measured. `chosen` is the precision that ``auto`` takes here; `load_seconds` is to the first answer."""

    model: str
    chosen: str
    load_seconds: float
    texts: int
    measures: tuple[Measure, ...]


def measure(
    checkpoint: Path | str,
    clock: Clock,
    *,
    precisions: Sequence[Precision] = ("fp32", "bf16", "int8"),
    batches: Sequence[int] = (1, 8, 32, 128),
    count: int = 256,
    threads: int | None = None,
) -> ClassifierBench:
    """Time the checkpoint on generated texts of about 25 tokens in three languages, nothing remembered.

    Args:
        checkpoint: as for `TransformerClassifier`.
        clock: measures.
        precisions: which arithmetics to try.
        batches: how many texts go in together.
        count: how many texts each measure takes.
        threads: of torch.

    Raises:
        ModelError: the checkpoint can't be used.
    """
    began = clock.monotonic()
    usual = TransformerClassifier(checkpoint, threads=threads)
    usual.warm_up()
    load_seconds = clock.monotonic() - began
    texts = sample_texts(count)
    measures: list[Measure] = []
    for precision in precisions:
        classifier = TransformerClassifier(checkpoint, precision=precision, threads=threads, remembered=0)
        for size in batches:
            classifier.classify(texts[:size])
            measures.append(_one(classifier, texts, size, clock))
    return ClassifierBench(
        model=usual.name, chosen=usual.precision, load_seconds=load_seconds, texts=count, measures=tuple(measures)
    )


def sample_texts(count: int, seed: int = 6) -> list[str]:
    """Different texts of about 25 tokens, a third in each language, the same for the same seed."""
    picker = random.Random(seed)  # noqa: S311 - not a secret
    texts: list[str] = []
    for number in range(count):
        template, things, places, verdicts, days = _TEMPLATES[number % len(_TEMPLATES)]
        texts.append(
            template.format(
                thing=picker.choice(things),
                place=picker.choice(places),
                verdict=picker.choice(verdicts),
                day=picker.choice(days),
                number=1_000 + number,
            )
        )
    return texts


def _one(classifier: TransformerClassifier, texts: Sequence[str], size: int, clock: Clock) -> Measure:
    seconds: list[float] = []
    for start in range(0, len(texts), size):
        began = clock.monotonic()
        classifier.classify(texts[start : start + size])
        seconds.append(clock.monotonic() - began)
    total = sum(seconds)
    ordered = sorted(seconds)
    return Measure(
        precision=classifier.precision,
        batch=size,
        per_second=len(texts) / total if total else 0.0,
        p50_ms=1_000 * ordered[len(ordered) // 2],
        p99_ms=1_000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
    )
