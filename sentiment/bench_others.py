"""Other engines for the same checkpoint, to measure the program's own against. Nothing in use runs on them."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers import pipeline as make_pipeline

from sentiment.batching import MAX_TOKENS, form_batches
from sentiment.engine import positions_of
from sentiment.labels import meaning
from sentiment.model_folder import where
from sentiment.padding import Numbers, padded
from sentiment.text import prepare

_BUDGET = 4_096
_CALIBRATION = 64
_NAMES = ("negative", "neutral", "positive")

Classify = Callable[[Sequence[str]], Sequence[str]]


def pipeline(checkpoint: Path | str, batch: int) -> Classify:
    """The ready-made pipeline of transformers, as most programs use it."""
    tokenizer, model = _loaded(checkpoint)
    run = make_pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    config, limit = model.config, _limit(model)
    places = dict(zip([config.id2label[number] for number in sorted(config.id2label)],
                      meaning(config.id2label), strict=True))  # fmt: skip

    def classify(texts: Sequence[str]) -> list[str]:
        prepared = [prepare(text) for text in texts]
        given = run(prepared, batch_size=batch, truncation=True, max_length=limit)
        return [_NAMES[places[each["label"]]] for each in given]

    return classify


def _loaded(checkpoint: Path | str, **more: Any) -> tuple[Any, Any]:
    place, local = where(checkpoint)
    tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=local)
    model = AutoModelForSequenceClassification.from_pretrained(
        place, local_files_only=local, dtype=torch.float32, **more
    )
    return tokenizer, model.eval()


def _limit(model: Any) -> int:
    return min(MAX_TOKENS, positions_of(model.config))


class _Logits(nn.Module):
    """Tokens and mask in, logits out: what exporters can follow."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        logits: Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
        return logits


def others(checkpoint: Path | str, texts: Sequence[str], threads: int | None) -> Iterator[tuple[str, Classify]]:
    """ONNX Runtime and OpenVINO, as far as they are installed; 8-bit ones are calibrated on a few of the texts."""
    tokenizer, model = _loaded(checkpoint, attn_implementation="eager")
    limit = _limit(model)
    labels = [_NAMES[number] for number in meaning(model.config.id2label)]
    count = threads or torch.get_num_threads()

    def classifying(run: Callable[[Numbers, Numbers], Any]) -> Classify:
        def classify(texts: Sequence[str]) -> list[str]:
            prepared = [prepare(text) for text in texts]
            tokens = tokenizer(prepared, truncation=True, max_length=limit)["input_ids"]
            given = [""] * len(texts)
            for batch in form_batches([len(each) for each in tokens], _BUDGET):
                numbers, mask = padded([tokens[place] for place in batch], tokenizer.pad_token_id or 0)
                for position, best in zip(batch, np.asarray(run(numbers, mask)).argmax(-1).tolist(), strict=True):
                    given[position] = labels[best]
            return given

        return classify

    few = tokenizer([prepare(text) for text in texts[:_CALIBRATION]], truncation=True, max_length=limit)["input_ids"]
    sample = padded(few[:4], tokenizer.pad_token_id or 0)
    logits = _Logits(model)
    with suppress(ImportError):
        yield "ONNX Runtime int8", classifying(_onnx(logits, sample, count))
    with suppress(ImportError):
        yield "OpenVINO bf16", classifying(_openvino(logits, sample, count, "bf16", None))
    with suppress(ImportError):
        inputs = [padded([each], tokenizer.pad_token_id or 0) for each in few]
        yield "OpenVINO int8", classifying(_openvino(logits, sample, count, "bf16", inputs))


def _onnx(logits: nn.Module, sample: tuple[Numbers, Numbers], threads: int) -> Callable[[Numbers, Numbers], Any]:
    import onnxruntime  # noqa: PLC0415 - an extra
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    names = ("input_ids", "attention_mask")
    with tempfile.TemporaryDirectory(prefix="sixminute-bench-") as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "int8.onnx"
        torch.onnx.export(
            logits, tuple(map(torch.from_numpy, sample)), str(plain), input_names=list(names), output_names=["logits"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in names}, dynamo=False, opset_version=17,
        )  # fmt: skip
        quantize_dynamic(plain, small, weight_type=QuantType.QInt8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(small.read_bytes(), options, providers=["CPUExecutionProvider"])
    return lambda numbers, mask: session.run(None, dict(zip(names, (numbers, mask), strict=True)))[0]


def _openvino(
    logits: nn.Module, sample: tuple[Numbers, Numbers], threads: int, precision: str,
    calibration: Sequence[tuple[Numbers, Numbers]] | None,
) -> Callable[[Numbers, Numbers], Any]:  # fmt: skip
    import openvino  # noqa: PLC0415 - an extra

    names = ("input_ids", "attention_mask")
    model = openvino.convert_model(logits, example_input=dict(zip(names, map(torch.from_numpy, sample), strict=True)))
    if calibration is not None:
        import nncf  # noqa: PLC0415 - an extra

        inputs = [dict(zip(names, each, strict=True)) for each in calibration]
        model = nncf.quantize(
            model, nncf.Dataset(inputs), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(inputs)
        )
    hints = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(model, "CPU", hints)
    return lambda numbers, mask: compiled(dict(zip(names, (numbers, mask), strict=True)))[0]
