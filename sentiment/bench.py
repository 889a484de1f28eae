"""How fast the classifier is on this machine, beside other ways to run the same checkpoint.

Every way starts from texts and ends with labels, tokenising included, with nothing remembered.
"""

import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from core.ports.clock import Clock
from sentiment.classifier import TransformerClassifier
from sentiment.precision import Precision

ROUNDS = 3
"""Each way is timed so often, and the median counts: other programs disturb."""
_ONE_BY_ONE = 0.25
"""Share of the texts that the slowest way is given."""

Classify = Callable[[Sequence[str]], Sequence[str]]
"""Texts to the labels of the checkpoint."""

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
    """One way to run the checkpoint.

    `per_second` texts of about 30 tokens; `times` as fast as the pipeline one by one; `agreement` is the share of
    texts (0 to 1) that get the label which 32-bit floats give.
    """

    engine: str
    per_second: float
    times: float
    agreement: float


def compare(
    checkpoint: Path | str,
    texts: Sequence[str],
    clock: Clock,
    *,
    precisions: Sequence[Precision] = ("fp32", "bf16", "int8"),
    threads: int | None = None,
) -> Iterator[Measure]:
    """Time each way after another; those whose library is not installed are left out.

    Args:
        checkpoint: as for `TransformerClassifier`.
        texts: what is classified.
        clock: measures.
        precisions: which of the program's own arithmetics to try.
        threads: of every library.

    Raises:
        ModelError: the checkpoint can't be used.
    """
    from sentiment.bench_others import others, pipeline  # noqa: PLC0415 - loads torch

    exact = _own(checkpoint, "fp32", threads)
    wanted = exact(texts)
    some = texts[: max(1, round(_ONE_BY_ONE * len(texts)))]
    per_second, given = _timed(pipeline(checkpoint, 1), some, clock)
    slowest = per_second

    def measure(engine: str, per_second: float, given: Sequence[str]) -> Measure:
        same = sum(one == other for one, other in zip(given, wanted, strict=False))
        return Measure(engine=engine, per_second=per_second, times=per_second / slowest, agreement=same / len(given))

    yield measure("transformers pipeline, one by one", per_second, given)
    yield measure("transformers pipeline, batches of 32", *_timed(pipeline(checkpoint, 32), texts, clock))
    for precision in precisions:
        way = exact if precision == "fp32" else _own(checkpoint, precision, threads)
        yield measure(f"sixminute {precision}", *_timed(way, texts, clock))
    for name, way in others(checkpoint, texts, threads):
        yield measure(name, *_timed(way, texts, clock))


def _own(checkpoint: Path | str, precision: Precision, threads: int | None) -> Classify:
    classifier = TransformerClassifier(checkpoint, precision=precision, threads=threads, remembered=0)

    def classify(texts: Sequence[str]) -> list[str]:
        return [each.label.value for each in classifier.classify(texts)]

    return classify


def _timed(classify: Classify, texts: Sequence[str], clock: Clock) -> tuple[float, Sequence[str]]:
    given = classify(texts)
    seconds: list[float] = []
    for _ in range(ROUNDS):
        began = clock.monotonic()
        given = classify(texts)
        seconds.append(clock.monotonic() - began)
    return len(texts) / statistics.median(seconds), given


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
