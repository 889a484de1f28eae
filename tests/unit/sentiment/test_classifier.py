import json
import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from core.errors import ModelError
from core.mention import Judgement
from sentiment import engine, linear
from sentiment.bench import compare, sample_texts
from sentiment.classifier import TransformerClassifier, bundled_model
from sentiment.precision import Precision
from tests.fakes import FakeClock
from tests.unit.sentiment import checkpoints

LABELS = ["negative", "neutral", "positive"]
TEXTS = ["bad", "good good good", "好", "", "a rather long text about nothing", "退款 😡"]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoints.bert(tmp_path_factory.mktemp("bert"), LABELS)


def change_config(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


@pytest.mark.parametrize(
    "make",
    [checkpoints.bert, checkpoints.distilbert, checkpoints.xlm_roberta, checkpoints.electra, checkpoints.xlnet],
)
def test_any_architecture_gives_probabilities(make: Callable[[Path, list[str]], Path], tmp_path: Path) -> None:
    classifier = TransformerClassifier(make(tmp_path, ["pos", "neg", "neu"]))
    classifier.warm_up()
    answers = classifier.classify(TEXTS)
    assert len(answers) == len(TEXTS)
    for answer in answers:
        assert sum(answer.probabilities) == pytest.approx(1)
        assert min(answer.probabilities) > 0
        assert (answer.emotion, answer.complaint) == ("", None)


@pytest.mark.parametrize(
    ("labels", "bias", "expected"),
    [
        (["positive", "negative", "neutral"], [0.0, 9.0, 0.0], 0),
        (["LABEL_0", "LABEL_1", "LABEL_2"], [0.0, 0.0, 9.0], 2),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], [0.0, 0.0, 9.0, 0.0, 0.0], 1),
        (["NEGATIVE", "POSITIVE"], [0.0, 9.0], 2),
    ],
)
def test_a_checkpoints_own_labels_are_put_in_order(
    tmp_path: Path, labels: list[str], bias: list[float], expected: int
) -> None:
    [answer] = TransformerClassifier(checkpoints.bert(tmp_path, labels, bias=bias), precision="fp32").classify(["ok"])
    assert answer.probabilities.index(max(answer.probabilities)) == expected
    assert answer[expected] > 0.99


def test_two_classes_never_say_neutral(tmp_path: Path) -> None:
    classifier = TransformerClassifier(checkpoints.bert(tmp_path, ["POSITIVE", "NEGATIVE"]), precision="fp32")
    assert [answer[1] for answer in classifier.classify(TEXTS)] == [0.0] * len(TEXTS)


def test_answers_stand_in_the_order_of_the_texts_whatever_the_batches(bert: Path) -> None:
    alone = [TransformerClassifier(bert, precision="fp32").classify([text])[0] for text in TEXTS]
    for budget in (1, 16, 4_096):
        together = TransformerClassifier(bert, precision="fp32", token_budget=budget).classify(TEXTS)
        for one, other in zip(alone, together, strict=True):
            assert other.probabilities == pytest.approx(one.probabilities, abs=1e-5)


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_a_lighter_arithmetic_agrees_with_the_exact_one(bert: Path, precision: Precision) -> None:
    exact = TransformerClassifier(bert, precision="fp32").classify(TEXTS)
    light = TransformerClassifier(bert, precision=precision)
    assert light.name.endswith(f"/{precision}")
    for one, other in zip(exact, light.classify(TEXTS), strict=True):
        assert other.probabilities == pytest.approx(one.probabilities, abs=0.02)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\ud800", "\x00", "😡" * 10_000, "x" * 100_000, "壞 " * 50_000, "<b>&amp;</b>", "=1+1"],
    ids=["empty", "space", "surrogate", "nul", "emoji", "long word", "many words", "html", "formula"],
)
@pytest.mark.parametrize("make", [checkpoints.bert, checkpoints.xlm_roberta])
def test_no_text_is_too_strange(make: Callable[[Path, list[str]], Path], tmp_path: Path, text: str) -> None:
    [answer] = TransformerClassifier(make(tmp_path, LABELS), precision="fp32").classify([text])
    assert sum(answer.probabilities) == pytest.approx(1)


def test_an_exact_repeat_is_answered_from_memory(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = TransformerClassifier(bert, remembered=2)
    asked: list[int] = []
    run = classifier._engine.read
    monkeypatch.setattr(classifier._engine, "read", lambda batch: asked.append(len(batch)) or run(batch))
    first = classifier.classify(["bad", "bad", "good"])
    assert first[0] == first[1]
    assert classifier.classify(["good", "bad  "]) == [first[2], first[0]]
    assert sum(asked) == 2
    classifier.classify(["new"])
    classifier.classify(["bad"])
    assert sum(asked) == 3
    classifier.classify(["good"])
    assert sum(asked) == 4
    assert classifier.classify([]) == []


def test_nothing_said_is_kept_in_memory(bert: Path) -> None:
    classifier = TransformerClassifier(bert)
    classifier.classify(["my secret"])
    assert all(isinstance(key, bytes) and b"secret" not in key for key in classifier._answers)


def test_threads_share_one_classifier(bert: Path) -> None:
    classifier = TransformerClassifier(bert, precision="fp32", threads=1)
    wanted = TransformerClassifier(bert, precision="fp32").classify(TEXTS)
    given: dict[int, Sequence[Judgement]] = {}

    def ask(number: int) -> None:
        given[number] = classifier.classify(TEXTS)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answers in given.values():
        for one, other in zip(wanted, answers, strict=True):
            assert other.probabilities == pytest.approx(one.probabilities, abs=1e-5)
    assert len(given) == 4


def test_the_name_tells_one_training_from_another(tmp_path: Path) -> None:
    one = checkpoints.bert(tmp_path / "a" / "same", LABELS, bias=[0.0, 0.0, 1.0])
    other = checkpoints.bert(tmp_path / "b" / "same", LABELS, bias=[0.0, 1.0, 0.0])
    names = {TransformerClassifier(folder, precision="fp32").name for folder in (one, one, other)}
    assert len(names) == 2
    assert all(name.startswith("same@") for name in names)


def test_probabilities_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    folder = checkpoints.bert(tmp_path, LABELS, bias=[float("nan"), 0.0, 0.0])
    with pytest.raises(ModelError, match="no probabilities"):
        TransformerClassifier(folder).classify(["ok"])


def test_labels_that_mean_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'joy'"):
        TransformerClassifier(checkpoints.bert(tmp_path, ["joy", "anger"]))


def test_labels_that_are_no_words_are_named(tmp_path: Path) -> None:
    folder = checkpoints.bert(tmp_path, LABELS)
    change_config(folder, id2label={"0": -1, "1": 0, "2": 1})
    with pytest.raises(ModelError, match="'-1', '0', '1'"):
        TransformerClassifier(folder)


@pytest.mark.parametrize("labels", [["negative", "positive"], [*LABELS, "mixed"]])
def test_a_configuration_with_other_sizes_than_the_weights_is_refused(tmp_path: Path, labels: list[str]) -> None:
    folder = checkpoints.bert(tmp_path, LABELS)
    change_config(folder, id2label=dict(enumerate(labels)))
    with pytest.raises(ModelError, match="weights of another size"):
        TransformerClassifier(folder)


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    """transformers makes an empty one, to which all texts are the same."""
    folder = checkpoints.bert(tmp_path, LABELS)
    for file in folder.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(ModelError, match="no tokenizer of its own"):
        TransformerClassifier(folder)


def test_the_tokenizer_of_a_larger_model_is_refused(tmp_path: Path) -> None:
    folder = checkpoints.bert(tmp_path, LABELS)
    for file in bundled_model().glob("tokenizer*"):
        shutil.copy(file, folder)
    with pytest.raises(ModelError, match="no tokenizer of its own"):
        TransformerClassifier(folder)


def test_heads_of_another_model_are_refused(tmp_path: Path) -> None:
    folder = checkpoints.bert(tmp_path, LABELS)
    shutil.copy(bundled_model() / "heads.safetensors", folder)
    with pytest.raises(
        ModelError, match="reads its themes from layer 6, but the model beside it has only the layers 0 to 1 "
    ):
        TransformerClassifier(folder)


def test_what_reads_the_last_piece_is_padded_at_the_front(tmp_path: Path) -> None:
    classifier = TransformerClassifier(checkpoints.xlnet(tmp_path, LABELS), precision="fp32", remembered=0)
    together = classifier.classify(["bad", "good good good good bad bad bad bad"])
    assert together[0].probabilities == pytest.approx(classifier.classify(["bad"])[0].probabilities, abs=1e-5)


def test_a_hub_that_cant_be_reached_is_told_once(bert: Path, caplog: pytest.LogCaptureFixture) -> None:
    TransformerClassifier(bert)
    logging.getLogger("huggingface_hub.utils._http").warning("Retrying in 8s [Retry 5/5].")
    assert not caplog.records


def test_an_encoder_without_a_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="isn't a classifier"):
        TransformerClassifier(checkpoints.bert(tmp_path, LABELS, head=False))


@pytest.mark.parametrize("name", ["/no/such/folder", "./model/", "..\\x", Path("absent")])
def test_a_missing_folder_is_named(name: str | Path) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        TransformerClassifier(name)


def test_an_incomplete_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="can't be read") as caught:
        TransformerClassifier(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_hub_name_that_cant_be_reached_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError("We couldn't connect to the hub\nand more lines")

    monkeypatch.setattr(engine.AutoTokenizer, "from_pretrained", unreachable)
    with pytest.raises(ModelError, match="download it and name its folder") as caught:
        TransformerClassifier("someone/sentiment")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        ({"amx_bf16": True, "avx512_bf16": True, "avx512_vnni": True}, "bf16"),
        ({"avx512_bf16": True, "avx512_vnni": True}, "int8"),
        ({"avx512_bf16": True}, "bf16"),
        ({"avx_vnni": True}, "int8"),
        ({}, "fp32"),
    ],
)
def test_the_fastest_arithmetic_of_the_processor_is_chosen(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], precision: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert engine.choose_precision() == precision


def test_integers_that_torch_cant_multiply_are_not_chosen(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise NotImplementedError("no such kernel")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_vnni": True})
    monkeypatch.setattr(linear.Int8, "__init__", missing)
    assert engine.choose_precision() == "fp32"
    with pytest.raises(ModelError, match="SIXMINUTE_PRECISION to auto"):
        TransformerClassifier(bert, precision="int8")


def test_a_gpu_works_in_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert engine.choose_precision() == "fp16"


def test_importing_the_classifier_loads_no_model_library() -> None:
    script = (
        "import sys, sentiment.classifier, sentiment.service, sentiment.bench\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_bench_compares_every_way_with_the_pipeline_one_by_one(bert: Path) -> None:
    class Ticking(FakeClock):
        def monotonic(self) -> float:
            self.forward(seconds=1)
            return super().monotonic()

    found = {each.engine: each for each in compare(bert, sample_texts(8), Ticking(), precisions=("fp32", "int8"))}
    assert list(found)[:4] == [
        "transformers pipeline, one by one", "transformers pipeline, batches of 32", "sixminute fp32", "sixminute int8",
    ]  # fmt: skip
    # The slowest way is given a quarter of the texts in the same second.
    assert [each.per_second for each in found.values()][:3] == [2.0, 8.0, 8.0]
    assert [each.times for each in found.values()][:3] == [1.0, 4.0, 4.0]
    assert found["transformers pipeline, batches of 32"].agreement == found["sixminute fp32"].agreement == 1.0


def test_bench_texts_are_all_different_and_always_the_same() -> None:
    texts = sample_texts(90)
    assert len(set(texts)) == 90
    assert texts == sample_texts(90)


def test_the_bundled_model_lies_in_the_package() -> None:
    assert bundled_model().parent.name == "sentiment"


def test_batches_that_are_computed_at_once_say_what_each_says_alone(bert: Path) -> None:
    classifier = TransformerClassifier(bert, precision="fp32", threads=2, token_budget=128, remembered=0)
    texts = [f"good {number} bad" * (number % 7 + 1) for number in range(200)]
    together = classifier.classify(texts)
    for text, judgement in list(zip(texts, together, strict=True))[::23]:
        assert classifier.classify([text])[0].probabilities == pytest.approx(judgement.probabilities, abs=1e-5)
