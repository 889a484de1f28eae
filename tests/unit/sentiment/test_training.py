"""What of the training recipe must hold whatever the data are."""

import csv
import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig, PreTrainedTokenizerFast

from core.errors import InputError
from sentiment.training import corpus, sets
from sentiment.training.answers import answers_of, middle_layer
from sentiment.training.batches import labelled
from sentiment.training.corpus import UNLABELLED, Example
from sentiment.training.finish import fitted_temperature, round_matrices
from sentiment.training.loop import Schedule, learn, plan_of, rate_at
from sentiment.training.losses import loss_of
from sentiment.training.network import HEADS, DropoutPool, Learner, Network
from sentiment.training.noise import written_in_haste
from sentiment.training.reading import Gaps, Guesser
from sentiment.training.recipe import Lesson, Recipe, claim, train
from sentiment.training.sets import TRAINING_SETS, held_out
from sentiment.training.teachers import Teaching
from sentiment.training.theme_head import fitted
from sentiment.training.themes import asked, numbers_of, thresholds, without_theme_words
from tests.unit.sentiment import checkpoints


@given(st.lists(st.integers(2, 128), max_size=300), st.integers(0, 5))
def test_a_plan_holds_every_example_once(lengths: list[int], seed: int) -> None:
    plan = plan_of(lengths, 512, seed)
    assert sorted(number for batch in plan for number in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or max(lengths[n] for n in batch) * len(batch) <= 512 for batch in plan)
    assert plan == plan_of(lengths, 512, seed)


def test_the_rate_rises_and_falls_and_never_stands_still() -> None:
    rates = [rate_at(step / 100, 0.1) for step in range(100)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < min(rates) < max(rates) <= 1


def letters(text: str) -> Counter[str]:
    return Counter(character for character in text.lower() if character.isalnum())


@given(st.text(max_size=60), st.integers(0, 1_000))
def test_haste_changes_little_and_the_same_each_time(text: str, seed: int) -> None:
    written = written_in_haste(text, random.Random(seed))
    before, after = letters(text), letters(written)
    assert (after - before).total() == 0
    assert (before - after).total() <= 1
    assert written == written_in_haste(text, random.Random(seed))


def network(layers: int, tokens: int = 30, dropout: float = 0.0) -> Network:
    torch.manual_seed(3)
    return Network(
        BertConfig(
            vocab_size=tokens, pad_token_id=1, hidden_size=16, num_hidden_layers=layers, num_attention_heads=2,
            intermediate_size=24, max_position_embeddings=16, hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=0.0,
        )
    )  # fmt: skip


def test_learning_lowers_the_loss_of_every_head() -> None:
    model = network(layers=2)
    examples = [
        Example("", 0, sentiment=0, emotion=1, complaint=1),
        Example("", 0, sentiment=2, emotion=4, complaint=0),
        Example("", 0, emotion=4),
        Example("", 0, complaint=1),
    ]
    tokens = [[0, 5, 6, 2], [0, 9, 2], [0, 9, 9, 2], [0, 5, 5, 6, 2]]
    made = labelled(examples, tokens, torch.zeros(1, 3), random.Random(1), 1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    first = loss_of(model, model(made.ids, made.mask), made).item()
    for _ in range(40):
        optimiser.zero_grad()
        loss = loss_of(model, model(made.ids, made.mask), made)
        loss.backward()
        optimiser.step()
    given_ = model(made.ids, made.mask)
    assert loss.item() < first / 2
    assert given_["sentiment"].argmax(-1)[:2].tolist() == [0, 2]
    assert given_["emotion"].argmax(-1)[:2].tolist() == [1, 4]
    assert given_["complaint"].argmax(-1)[:2].tolist() == [1, 0]


def test_what_teachers_say_is_learnt_where_there_is_no_label() -> None:
    model = network(layers=1)
    texts = ["kettle", "toaster"]
    said = torch.tensor([[0.1, 0.1, 0.8, 0.6, 0.1, 0.1, 0.1, 0.1, 0.9, 0.1], [0.7, 0.2, 0.1, *[0.2] * 5, 0.3, 0.7]])
    teaching = Teaching(texts, said)
    torch.testing.assert_close(teaching(["toaster", "kettle"]), said.flip(0))
    made = labelled(
        [Example("", 0)] * 2, [[0, 5, 6, 2], [0, 9, 2]], torch.zeros(1, 3), random.Random(1), 1, taught=teaching(texts)
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimiser.zero_grad()
        loss_of(model, model(made.ids, made.mask), made).backward()
        optimiser.step()
    given_ = model(made.ids, made.mask)
    learnt = torch.cat([given_[name].softmax(-1) for name in HEADS], dim=1)
    torch.testing.assert_close(learnt, said, atol=0.05, rtol=0)


def tokenizer_in(folder: Path) -> PreTrainedTokenizerFast:
    checkpoints.save_tokenizer(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def test_gaps_hide_some_tokens_and_are_filled_by_reading(tmp_path: Path) -> None:
    torch.manual_seed(1)
    tokenizer = tokenizer_in(tmp_path)
    schedule = Schedule(learning_rate=0.01, tokens=256, steps=60)
    gaps = Gaps(tokenizer, ["good good good", "bad bad bad"] * 20, schedule, seed=1)
    assert all(torch.equal(one, other) for one, other in zip(gaps.batch(1), gaps.batch(1), strict=True))
    ids, mask, wanted = gaps.batch(0)
    whole = torch.where(wanted >= 0, wanted, ids)
    assert sorted(
        {tuple(token for token in row if token != tokenizer.pad_token_id) for row in whole.tolist()}
    ) == sorted({tuple(tokenizer(text)["input_ids"]) for text in ("good good good", "bad bad bad")})
    assert torch.equal(mask == 1, whole != tokenizer.pad_token_id)
    assert not (wanted >= 0)[mask == 0].any()
    assert 0 < (wanted >= 0).sum() < wanted.numel() / 2
    guesser = Guesser(network(layers=1, tokens=len(tokenizer)).bert)
    losses: list[float] = []

    def loss(given: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> torch.Tensor:
        value = guesser(*given)
        losses.append(value.item())
        return value

    learn(guesser, schedule, layers=1, steps=gaps.steps, batch=gaps.batch, loss=loss, latest=tmp_path / "latest.pt")
    assert sum(losses[-10:]) < sum(losses[:10]) / 2


def test_a_student_is_taught_and_a_stopped_school_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, work = tmp_path / "data", tmp_path / "work"
    write_sets(data, {"en/semeval_2013_2016": ["good kettle", "good good", "bad", "bad bad kettle"] * 5})
    tokenizer = tokenizer_in(tmp_path)
    monkeypatch.setattr("sentiment.training.recipe.tokenizer_of", lambda *_: (tokenizer, []))
    monkeypatch.setattr("sentiment.training.recipe.network_of", lambda *_: network(1, len(tokenizer)))
    few = Schedule(learning_rate=0.01, steps=3, tokens=64)
    recipe = Recipe(reading=few, teachers=(Lesson(1, few), Lesson(2, few, has_read=False)), student=Lesson(3, few))
    trained = train(data, work, recipe)
    kept = {path.name: path.stat().st_mtime_ns for path in work.iterdir()}
    assert {"read.pt", "teacher-0.said.pt", "teacher-1.said.pt", "network.pt"} <= set(kept)
    again = train(data, work, recipe)
    assert kept == {path.name: path.stat().st_mtime_ns for path in work.iterdir()}
    for one, other in zip(trained.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)
    untaught = train(data, tmp_path / "alone", Recipe(reading=few, teachers=(), student=Lesson(3, few)))
    weights = [each.network.heads["sentiment"].weight for each in (trained, untaught)]
    assert not torch.equal(*weights)


def test_a_training_stopped_at_any_step_ends_as_if_it_hadn_t_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    write_sets(data, {"en/semeval_2013_2016": ["good kettle", "good good", "bad", "bad bad kettle"] * 5})
    tokenizer = tokenizer_in(tmp_path)
    monkeypatch.setattr("sentiment.training.recipe.tokenizer_of", lambda *_: (tokenizer, []))
    monkeypatch.setattr("sentiment.training.recipe.network_of", lambda *_: network(1, len(tokenizer), 0.2))
    few = Schedule(learning_rate=0.01, steps=6, tokens=64)
    recipe = Recipe(teachers=(), student=Lesson(3, few, has_read=False))
    unstopped = train(data, tmp_path / "unstopped", recipe)

    monkeypatch.setattr("sentiment.training.loop._KEPT_EVERY", 0.0)
    left = iter((*[False] * 2, True, *[False] * 3, True, *[False] * 9))

    def stopping(*given: Any) -> torch.Tensor:
        if next(left):
            raise KeyboardInterrupt
        return loss_of(*given)

    monkeypatch.setattr("sentiment.training.recipe.loss_of", stopping)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train(data, tmp_path / "stopped", recipe)
    stopped = train(data, tmp_path / "stopped", recipe)
    for one, other in zip(unstopped.network.parameters(), stopped.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_batch_learnt_from_in_pieces_teaches_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = [Example("", number % 3, sentiment=number % 3, weight=1.0 + number) for number in range(7)]
    tokens = [[0, *range(5, 6 + number), 2] for number in range(7)]
    made = labelled(examples, tokens, torch.zeros(3, 3), random.Random(1), 1)
    found = []
    for piece in (4_096, 20):
        monkeypatch.setattr("sentiment.training.network._PIECE", piece)
        model = network(layers=2)
        loss = loss_of(model, model(made.ids, made.mask), made)
        loss.backward()
        found.append([loss, *(each.grad for each in model.parameters() if each.grad is not None)])
    whole, pieces = found
    assert len(whole) == len(pieces) > 10
    for one, other in zip(whole, pieces, strict=True):
        torch.testing.assert_close(one, other)


def test_a_batch_without_any_label_teaches_nothing() -> None:
    model = network(layers=1)
    made = labelled([Example("", 0)], [[0, 5, 2]], torch.zeros(1, 3), random.Random(1), 1)
    assert made.sentiment.tolist() == [UNLABELLED]
    assert loss_of(model, model(made.ids, made.mask), made).item() == 0


def answers(sentiment: list[float]) -> dict[str, torch.Tensor]:
    return {
        "pooled": torch.full((1, 16), 0.5),
        "sentiment": torch.tensor([sentiment]),
        "emotion": torch.zeros(1, 5),
        "complaint": torch.zeros(1, 2),
    }


def test_a_frequent_label_is_not_preferred_for_being_frequent() -> None:
    frequent, rare = torch.tensor([[-0.1, -2.0, -4.0]]), torch.tensor([[-4.0, -2.0, -0.1]])
    example = [Example("", 0, sentiment=0)]
    losses = [
        loss_of(network(1), answers([0.0] * 3), labelled(example, [[0, 2]], adjustments, random.Random(1), 1)).item()
        for adjustments in (frequent, rare)
    ]
    assert losses[0] < losses[1]


def test_only_a_set_that_asks_something_else_has_a_head_beside_the_common_one() -> None:
    model = network(layers=1)
    torch.nn.init.ones_(model.asides)
    numbers = [[each.aside for each in TRAINING_SETS].index(aside) for aside in (True, False)]
    beside = model.aside(torch.full((2, 16), 0.5), torch.tensor(numbers))
    assert beside.tolist() == [[8.0] * 3, [0.0] * 3]


def test_dropout_from_a_pool_keeps_the_mean_and_stops_after_training() -> None:
    dropout = DropoutPool(0.25, size=1 << 16)
    values = torch.ones(100, 100)
    dropped = dropout(values)
    assert dropped.unique().tolist() == pytest.approx([0.0, 4 / 3], abs=0.01)
    assert dropped.mean().item() == pytest.approx(1, abs=0.05)
    assert not torch.equal(dropped, dropout(values))
    assert dropout.eval()(values) is values


def test_reading_many_texts_gives_what_the_network_says_of_each(tmp_path: Path) -> None:
    model = network(layers=2, tokens=len(checkpoints.PIECES)).eval()
    tokenizer = tokenizer_in(tmp_path)
    texts = ["good", "bad bad bad", "", "good bad"]
    logits, middle = answers_of(Learner(model, tokenizer), texts)
    for text, row, mean in zip(texts, logits, middle, strict=True):
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        states = model.bert(ids, output_hidden_states=True).hidden_states[middle_layer(model)][0]
        torch.testing.assert_close(row, model(ids, torch.ones_like(ids))["sentiment"][0], atol=0.03, rtol=0.1)
        torch.testing.assert_close(mean, states.mean(0), atol=0.03, rtol=0.1)


def test_theme_words_are_named_and_can_be_hidden() -> None:
    text = "Still waiting for my parcel and the refund, 客服 says nothing"
    names = [asked()[number] for number in numbers_of(text)]
    assert names == ["delivery", "service", "refund"]
    hidden = without_theme_words(text)
    assert numbers_of(hidden) == ()
    assert hidden == "for my and the , says nothing"
    assert without_theme_words("no ﬁne words") == "no ﬁne words"
    assert "safety" not in asked()


def test_the_head_for_themes_learns_what_separates_them() -> None:
    pooled = torch.randn(400, 8, generator=torch.Generator().manual_seed(5))
    named = torch.stack([pooled[:, 0] > 0, pooled[:, 1] + pooled[:, 2] > 1], 1).float()
    weight, bias = fitted(pooled, named)
    assert ((pooled @ weight.T + bias > 0) == named.bool()).float().mean() > 0.97


def test_every_set_has_the_same_say_in_the_temperature() -> None:
    wanted = torch.tensor([0] * 73 + [1] * 27)
    sure = torch.tensor([[4.0, 0.0]]).expand(100, 2)
    honest = torch.tensor([[1.0, 0.0]]).expand(100, 2)
    assert fitted_temperature([(sure, wanted)]) == pytest.approx(4, abs=0.1)
    assert fitted_temperature([(honest, wanted)]) == pytest.approx(1, abs=0.03)
    alone = fitted_temperature([(sure, wanted), (honest, wanted)])
    repeated = fitted_temperature([(sure, wanted), (honest.repeat(30, 1), wanted.repeat(30))])
    assert 1 < alone < 4
    assert repeated == pytest.approx(alone, abs=1e-3)


def test_rounding_for_the_file_keeps_what_the_matrices_say() -> None:
    model = network(layers=1)
    before = {name: value.clone() for name, value in model.bert.named_parameters()}
    names = round_matrices(model)
    assert len(names) == 1 + 6
    for name, value in model.bert.named_parameters():
        if name in names:
            assert torch.equal(value, value.to(torch.float8_e4m3fn).float())
            torch.testing.assert_close(value, before[name], rtol=1 / 16, atol=2**-10)
        else:
            assert torch.equal(value, before[name])


def test_a_threshold_is_as_low_as_the_precision_allows() -> None:
    said = torch.cat([torch.linspace(0.9, 0.5, 60), torch.linspace(0.4, 0.1, 60)])
    named = torch.cat([torch.ones(60), torch.zeros(60)])
    sure, hopeless = thresholds(torch.stack([said, said], 1), torch.stack([named, torch.zeros(120)], 1), 0.75)
    assert hopeless == 2.0
    assert named[said >= sure].mean() >= 0.75
    assert named[said >= sure - 0.01].mean() < 0.75


def test_rows_come_from_tables_and_from_lines_of_json(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "one.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["label", "text"], ["negative", "two\nlines"]])
    with gzip.open(tmp_path / "two.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"label": "negative", "text": "two\nlines", "note": None, "score": 3}) + "\n")
    assert list(sets.rows(tmp_path, "one")) == [{"label": "negative", "text": "two\nlines"}]
    assert list(sets.rows(tmp_path, "two")) == [{"label": "negative", "text": "two\nlines", "note": "", "score": "3"}]
    with pytest.raises(InputError, match="name the data folder"):
        list(sets.rows(tmp_path, "three"))


def write_sets(folder: Path, texts: dict[str, list[str]]) -> None:
    """All training sets, those that aren't named without rows."""
    names = {*(each.path for each in TRAINING_SETS), *sets.UNLABELLED_SETS, *sets.CHECK_ONLY}
    for name in names:
        path = folder / f"{name}.csv.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["label", "split", "category", "text", *corpus.FORUM_EMOTIONS])
            table.writerows(["positive", "train", "", text, 0, 0, 0] for text in texts.get(name, []))


def test_a_text_that_training_sees_in_another_set_checks_nothing(tmp_path: Path) -> None:
    texts = [f"kettle {number}" for number in range(40)]
    held = [text for text in texts if held_out(text)]
    write_sets(tmp_path, {"en/brand_product_emotion_2011": texts, "en/semeval_2013_2016": held[:2]})
    assert len(held) > 3
    assert [text for text, _ in corpus.check_examples(tmp_path, "en/brand_product_emotion_2011")] == held[2:]
    assert corpus.held_out_texts(tmp_path) == held[2:]
    assert len(corpus.training_examples(tmp_path, 1)) == len(texts) - len(held) + 2
    assert set(corpus.studied_texts(tmp_path)) == set(texts) - set(held[2:])


def test_a_work_folder_belongs_to_one_recipe_and_its_data(tmp_path: Path) -> None:
    write_sets(tmp_path / "data", {})
    work = tmp_path / "work"
    claim(work, tmp_path / "data", Recipe())
    claim(work, tmp_path / "data", Recipe())
    with pytest.raises(SystemExit, match="another recipe"):
        claim(work, tmp_path / "data", Recipe(seed=1))
    write_sets(tmp_path / "data", {"zh/waimai_10k": ["cold soup"]})
    with pytest.raises(SystemExit, match="other data"):
        claim(work, tmp_path / "data", Recipe())


@pytest.mark.parametrize("text", ["a", "b", "The kettle", "壺"])
def test_whether_a_text_is_held_out_depends_on_nothing_but_what_the_model_sees(text: str) -> None:
    assert held_out(text) == held_out(f"  {text} ") == held_out(text)
