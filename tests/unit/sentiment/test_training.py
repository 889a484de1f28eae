"""What of the training recipe must hold whatever the data are."""

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig

from sentiment.training.corpus import UNLABELLED, Example, held_out
from sentiment.training.loop import plan_of, rate_at
from sentiment.training.network import KEPT_LAYERS, Network, half_of, padded
from sentiment.training.noise import written_in_haste
from sentiment.training.recipe import Recipe, labelled, loss_of

RECIPE = Recipe()


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


@given(st.text(max_size=60), st.integers(0, 1_000))
def test_haste_changes_little_and_the_same_each_time(text: str, seed: int) -> None:
    written = written_in_haste(text, random.Random(seed))
    assert abs(len(written) - len(text.lower())) <= max(4, len(text))
    assert written == written_in_haste(text, random.Random(seed))


def network(layers: int = 12) -> Network:
    torch.manual_seed(3)
    return Network(
        BertConfig(
            vocab_size=30, hidden_size=16, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=24,
            max_position_embeddings=16, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )
    )  # fmt: skip


def test_half_of_a_network_has_every_second_layer_of_it() -> None:
    whole = network()
    half = half_of(whole)
    assert half.bert.config.num_hidden_layers == len(KEPT_LAYERS)
    for new, old in enumerate(KEPT_LAYERS):
        torch.testing.assert_close(
            half.bert.encoder.layer[new].output.dense.weight, whole.bert.encoder.layer[old].output.dense.weight
        )
    torch.testing.assert_close(half.heads["emotion"].weight, whole.heads["emotion"].weight)


def test_learning_lowers_the_loss_of_every_head() -> None:
    model = network(layers=2)
    examples = [
        Example("", 0, sentiment=0, emotion=1, complaint=1),
        Example("", 1, sentiment=2, emotion=4, complaint=0),
        Example("", 1, emotion=4),
        Example("", 0, complaint=1),
    ]
    pieces = [[0, 5, 6, 2], [0, 9, 2], [0, 9, 9, 2], [0, 5, 5, 6, 2]]
    made = labelled(examples, pieces, torch.zeros(2, 3), random.Random(1), 1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    first = loss_of(model(made.ids, made.mask), made, RECIPE).item()
    for _ in range(30):
        optimiser.zero_grad()
        loss = loss_of(model(made.ids, made.mask), made, RECIPE)
        loss.backward()
        optimiser.step()
    given_ = model(made.ids, made.mask)
    assert loss.item() < first / 2
    assert given_["sentiment"].argmax(-1)[:2].tolist() == [0, 2]
    assert given_["emotion"].argmax(-1)[:2].tolist() == [1, 4]
    assert given_["complaint"].argmax(-1)[:2].tolist() == [1, 0]


def test_a_batch_without_any_label_teaches_nothing() -> None:
    model = network(layers=1)
    made = labelled([Example("", 0)], [[0, 5, 2]], torch.zeros(1, 3), random.Random(1), 1)
    assert made.sentiment.tolist() == [UNLABELLED]
    assert loss_of(model(made.ids, made.mask), made, RECIPE).item() == 0


def test_a_frequent_label_is_not_preferred_for_being_frequent() -> None:
    given_ = {"pooled": torch.zeros(1, 4), "sentiment": torch.zeros(1, 3), "emotion": torch.zeros(1, 5),
              "complaint": torch.zeros(1, 2)}  # fmt: skip
    frequent, rare = torch.tensor([[-0.1, -2.0, -4.0]]), torch.tensor([[-4.0, -2.0, -0.1]])
    example = [Example("", 0, sentiment=0)]
    losses = [
        loss_of(given_, labelled(example, [[0, 2]], offsets, random.Random(1), 1), RECIPE).item()
        for offsets in (frequent, rare)
    ]
    assert losses[0] < losses[1]


def test_a_batch_is_padded_to_its_longest() -> None:
    ids, mask = padded([[5, 6, 7], [8]], 1)
    assert ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


@pytest.mark.parametrize("text", ["a", "b", "The kettle", "壺"])
def test_whether_a_text_is_held_out_depends_on_nothing_but_what_the_model_sees(text: str) -> None:
    assert held_out(text) == held_out(f"  {text} ") == held_out(text)
