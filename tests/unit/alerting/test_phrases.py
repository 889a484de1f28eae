"""Phrases that grew: the formula, and what is chosen."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.function_words import says_nothing
from alerting.phrases import PRIOR, Sides, grown_phrases

WORDS = (
    *("the", "it", "is", "was", "my", "and", "to", "of", "so"),
    *("very", "really", "today", "shop", "order", "late", "again"),
)
CHARACTERS = "我你他的了是在不有這個今天店家訂單客服電話東西真的可是所以怎麼還沒來"


def english(count: int, seed: int, news: str = "", share: float = 0.0) -> list[str]:
    dice = random.Random(seed)
    texts = [" ".join(dice.choices(WORDS, k=12)) for _ in range(count)]
    return [f"{text} {news}" if number < share * count else text for number, text in enumerate(texts)]


def chinese(count: int, seed: int, news: str = "", share: float = 0.0) -> list[str]:
    dice = random.Random(seed)
    texts = ["".join(dice.choices(CHARACTERS, k=25)) for _ in range(count)]
    return [f"{text}，{news}！" if number < share * count else text for number, text in enumerate(texts)]


def test_the_measure_is_that_of_the_paper() -> None:
    """Equations 16 and 22, written out for one word of 7 in 100 now and of 20 in 1000 before."""
    alpha, alpha_0 = PRIOR * 27, PRIOR * 1100
    delta = math.log((7 + alpha) / (100 + alpha_0 - 7 - alpha)) - math.log((20 + alpha) / (1000 + alpha_0 - 20 - alpha))
    assert Sides(100, 1000).z(7, 20) == pytest.approx(delta / math.sqrt(1 / (7 + alpha) + 1 / (20 + alpha)))


@given(st.integers(0, 50), st.integers(0, 50))
def test_what_grew_on_one_side_shrank_on_the_other(now: int, before: int) -> None:
    assert Sides(200, 200).z(now, before) == pytest.approx(-Sides(200, 200).z(before, now))


@given(st.integers(0, 60), st.integers(0, 400))
def test_more_texts_with_a_word_never_make_it_less_sure(now: int, before: int) -> None:
    assert Sides(900, 5000).z(now + 1, before) >= Sides(900, 5000).z(now, before)


def test_a_phrase_is_found_whole_and_stop_words_are_not() -> None:
    found = grown_phrases(english(60, 1, "battery exploded in my bag", 0.4), english(400, 2), 8)
    assert [grew.text for grew in found] == ["battery exploded in my bag"]


def test_a_chinese_phrase_is_found_whole_and_common_characters_are_not() -> None:
    found = grown_phrases(chinese(60, 1, "行動電源冒煙起火", 0.4), chinese(400, 2), 8)
    assert [grew.text for grew in found] == ["行動電源冒煙起火"]


def test_a_shorter_phrase_stays_where_longer_ones_do_not_explain_it() -> None:
    now = english(80, 1)
    now = [f"{text} recall" if number % 3 == 0 else text for number, text in enumerate(now)]
    now = [f"{text} recall notice" if number % 8 == 1 else text for number, text in enumerate(now)]
    assert "recall" in [grew.text for grew in grown_phrases(now, english(400, 2), 8)]


def test_several_longer_ones_share_in_explaining_a_shorter_one() -> None:
    now = [*chinese(40, 1, "手機起火", 0.5), *chinese(40, 3, "飛機起火", 0.5)]
    found = {grew.text for grew in grown_phrases(now, chinese(400, 2), 8)}
    assert found == {"手機起火"}, "and what has most in common with it isn't told again"


@pytest.mark.parametrize("made", [english, chinese])
def test_nothing_new_gives_no_phrase(made: object) -> None:
    assert callable(made)
    assert grown_phrases(made(80, 1), made(400, 2), 8) == []


@pytest.mark.parametrize(
    ("now", "earlier", "told"),
    [
        pytest.param(
            [f"our {word} was burnt" for word in ("toaster", "kettle", "oven", "lamp", "chair", "fridge")],
            [f"the {word} is late" for word in ("parcel", "order", "train", "bus", "letter", "food")],
            "burnt",
            id="english",
        ),
        pytest.param(
            [f"我的{word}冒煙" for word in ("烤箱", "水壺", "電扇", "檯燈", "冰箱", "手機")],
            [f"{word}還沒到" for word in ("包裹", "訂單", "火車", "公車", "信件", "餐點")],
            "冒煙",
            id="chinese",
        ),
    ],
)
def test_function_words_that_grew_for_want_of_a_past_are_not_told(
    now: list[str], earlier: list[str], told: str
) -> None:
    found = {grew.text for grew in grown_phrases(now * 4, earlier * 4, 8)}
    assert any(told in text for text in found)
    assert not [text for text in found if says_nothing(text)]


@pytest.mark.parametrize(
    ("phrase", "empty"),
    [
        pytest.param("our", True, id="our"),
        pytest.param("of the", True, id="of-the"),
        pytest.param("it’s", True, id="its"),
        pytest.param("they don't", True, id="dont"),
        pytest.param("can't", True, id="cant"),
        pytest.param("won't", True, id="wont"),
        pytest.param("的", True, id="de"),
        pytest.param("都是我们", True, id="hans"),
        pytest.param("都是我們", True, id="hant"),
        pytest.param("our refund", False, id="our-refund"),
        pytest.param("toaster's", False, id="toasters"),
        pytest.param("我的錢", False, id="money"),
        pytest.param("目的", False, id="aim"),
    ],
)
def test_a_phrase_says_nothing_only_if_all_its_words_do(phrase: str, empty: bool) -> None:
    assert says_nothing(phrase) is empty


def test_what_fewer_than_three_texts_say_is_no_phrase() -> None:
    assert grown_phrases(english(30, 1, "battery exploded", 2 / 30), english(300, 2), 8) == []


def test_without_texts_on_either_side_nothing_is_said() -> None:
    assert grown_phrases([], english(30, 1), 8) == []
    assert grown_phrases(english(30, 1), [], 8) == []


def test_a_phrase_stands_in_its_texts_letter_for_letter() -> None:
    now = [f"{text} battery, exploded" for text in english(20, 1)]
    for grew in grown_phrases(now, english(200, 2), 8):
        assert any(grew.text in text for text in now)
