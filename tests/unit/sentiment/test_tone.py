import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.mention import Judgement, Label, Score
from sentiment.reading import read
from sentiment.scorer import Scorer
from sentiment.tone import Tone, doubted
from sentiment.words import Group, Irony, WordList
from tests.fakes import MONDAY, WordClassifier

URGENT = [
    "no, it is urgent",
    "This is urgent, please answer",
    "URGENT!!",
    "please reply ASAP",
    "We are stranded at the station",
    "I need help right now",
    "Someone please help me now",
    "my flight leaves in two hours and I have no seat",
    "This is an emergency",
    "hurry up, the shop closes at six",
    "I need it before my wedding",
    "please call back as soon as possible",
    "SOS, locked in your car park",
    "很急，在線等",
    "急急急！有人嗎",
    "急！訂單被取消了",
    "拜託立刻處理",
    "請你們盡快回覆",
    "十萬火急，明天就要用",
    "我們被困在電梯裡",
    "救命，退款還沒到",
    "趕飛機，行李還沒出來",
    "快啲覆我啦",
    "即刻幫我處理呀",
    "等唔切喇",
    "很急，在线等",
    "马上给我处理",
    "赶紧退款",
    "请客服尽快联系我",
    "急需用，怎么还不发货",
    "滞留机场，没人管",
    "不能再等了",
]
CALM = [
    "no urgent matter",
    "there is no urgent need",
    "not urgent at all",
    "It isn't urgent",
    "no rush",
    "No hurry, whenever you can",
    "nothing urgent, just a question",
    "This is not an emergency",
    "I'll do it ASAP",
    "The staff answered my question right away",
    "the emergency exit was blocked by boxes",
    "I went to urgent care",
    "a calm day",
    "不急，慢慢來",
    "不是很急",
    "唔急㗎",
    "唔使急",
    "客服馬上就幫我處理好了",
    "馬上就壞了",
    "緊急出口在哪裡",
    "不着急，你们慢慢来",
    "不用马上回复",
    "马上到货，开心",
    "老板很快处理了",
    "急救箱到了",
    "急急忙忙出门",
]


@pytest.mark.parametrize("text", URGENT)
def test_who_asks_for_help_at_once_is_urgent(text: str) -> None:
    assert read(text).urgent


@pytest.mark.parametrize("text", CALM)
def test_who_can_wait_is_not(text: str) -> None:
    assert not read(text).urgent


IRONIC = [
    "Thanks for nothing!",
    "love being on hold for 2 hours",
    "真谢谢你们了，又延误",
    "thank you so much for ruining my weekend",
    "Thanks for making us wait four hours",
    "Thx for leaving me stranded",
    "Great, another delay",
    "Great. My flight is delayed again",
    "Wow, fantastic, the app crashed again",
    "@shop Awesome, my order got cancelled",
    "Third outage this week. Brilliant.",
    "Flight cancelled. Just great",
    "Broken again, just what I needed!",
    "best kettle ever /s",
    "so glad I bought this #sarcasm",
    "I love this airline #not",
    "Yeah right, \u201cyou will call me back\u201d",
    "Oh joy, a queue",
    "great job losing my bag",
    "I just love being ignored",
    "Your \u201cpremium\u201d plan",
    'the "customer service" hung up',
    "Excellent service 🙄",
    "🙃 great",
    "*slow clap*",
    "謝謝喔，又要我重寄",
    "真是太棒了呢",
    "客服好棒棒",
    "真「方便」",
    "有夠「專業」",
    "太好了，又延誤",
    "又取消了，真是太棒了！",
    "也只能呵呵了",
    "好棒🙄",
    "真係勁，又甩班",
    "所謂的專業服務",
    "太好了，又晚点",
    "真是太棒了呢，等了一天",
    "我就呵呵了",
    "呵呵哒",
    "真“人性化”",
    "可真行",
    "厉害，又送错",
    "航班取消，真棒！",
    "所谓的优质客服",
]
SINCERE = [
    "Great, no wifi problems at all",
    "Not another delay, great!",
    "太好了，沒有又延誤",
    "太好了，没有又晚点",
    "thanks for the delay notice, very helpful",
    "Thank you so much for your help",
    "Thanks for waiting for me",
    "Great, my parcel arrived early",
    "Great service, thank you!",
    "My flight was delayed, but the crew was great",
    "My flight was cancelled, can you help? Thanks",
    "Great, no delay this time",
    "Awesome that it isn't broken",
    "just what I needed",
    "Oh great, thank you",
    "yeah right there on the left",
    "I'm not happy #not my day",
    "https://example.org/s",
    "7 photos/s",
    "\u201cgreat\u201d pope",
    "The \u201cKettle 3\u201d is good",
    "Great. I'd buy it again",
    "🙄",
    "",
    "謝謝你們的幫忙",
    "謝謝",
    "好棒棒的孩子",
    "「方便」是它的名字",
    "很好，又便宜",
    "延誤了，但是服務很好",
    "呵呵呵，好開心",
    "真的很方便",
    "感謝，下次再來",
    "多謝晒",
    "谢谢你们",
    "很好，又快",
    "呵呵，不错",
    "航班取消了，客服很好，马上帮我改签",
    "真的很好用",
    "专业的服务",
]


@pytest.mark.parametrize("text", IRONIC)
def test_praise_that_mocks_is_ironic(text: str) -> None:
    assert read(text).ironic


@pytest.mark.parametrize("text", SINCERE)
def test_praise_that_is_meant_is_not(text: str) -> None:
    assert not read(text).ironic


def test_a_word_list_without_tone_finds_none() -> None:
    tone = Tone(WordList())
    assert not any(tone.is_urgent(text) or tone.is_ironic(text) for text in (*URGENT, *IRONIC) if "/s" not in text)


def test_a_users_words_are_added() -> None:
    mine = WordList(
        urgency=Group(en=("red alert",)),
        no_urgency=Group(en=("red alert cocktail",)),
        irony=Irony(phrases=Group(en=("well played",)), faces=Group(en=("😏",)), praise=Group(en=("chapeau",))),
    )
    tone = Tone(WordList().merged(mine))
    assert tone.is_urgent("Red alert!")
    assert not tone.is_urgent("the red alert cocktail")
    assert tone.is_ironic("Well played, Acme")
    assert tone.is_ironic("chapeau 😏")
    assert not tone.is_ironic("chapeau")


def test_harmless_phrases_may_overlap() -> None:
    harmless = Group(en=("no delay today", "delay today again"))
    tone = Tone(WordList(irony=Irony(praise=Group(en=("chapeau",)), failures=Group(en=("delay",)), harmless=harmless)))
    assert not tone.is_ironic("chapeau, no delay today again")
    assert tone.is_ironic("chapeau, delay")


@pytest.mark.parametrize(
    "start", ["great ", "help", "thanks ", "broken again. great ", "又延誤", "my phone", "burned my"]
)
@pytest.mark.parametrize("filling", [" ", "-", "-a", "\n", " \t", "…", "!", "-,", ", ", ":", "~"])
def test_no_text_takes_long(start: str, filling: str) -> None:
    """A pattern that can be cut up in many ways would not end here at all."""
    assert read(start + filling * 8_000).language


Probability = st.floats(0, 1)


@given(Probability, Probability, Probability, Probability)
def test_doubt_keeps_the_sum_and_never_raises_confidence(one: float, two: float, three: float, weight: float) -> None:
    total = one + two + three or 1.0
    answer = Judgement(one / total, two / total, three / total) if one + two + three else Judgement(1.0, 0.0, 0.0)
    left = doubted(answer, weight)
    assert sum(left.probabilities) == pytest.approx(1)
    assert min(left.probabilities) >= 0
    assert max(left.probabilities) <= max(answer.probabilities) + 1e-9
    assert left.positive <= max(answer.positive, 1 / 3) + 1e-9


def test_doubt_falls_on_the_positive_only() -> None:
    sure = Judgement(0.03, 0.07, 0.9, "joy", 0.2)
    assert doubted(sure, 0.0) == sure
    left = doubted(sure, 0.8)
    assert left.negative > left.positive == pytest.approx(1 / 3)
    assert max(left.probabilities) < 0.4
    assert (left.emotion, left.complaint) == ("", 0.2)
    assert doubted(sure._replace(emotion="anger"), 0.8).emotion == "anger"
    assert doubted(sure, 0.2).emotion == "joy"
    assert doubted(sure, 1.0).probabilities == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    bad = Judgement(0.95, 0.03, 0.02)
    assert doubted(bad, 1.0).probabilities == pytest.approx(bad.probabilities, abs=0.02)


def test_the_score_of_an_ironic_text_is_unsure_and_its_label_is_what_is_left() -> None:
    texts = [("Great, another delay", ""), ("great, thank you", "")]
    ironic, sincere = Scorer(WordClassifier()).scores(texts, MONDAY)
    assert isinstance(ironic, Score)
    assert isinstance(sincere, Score)
    assert ironic.reading.ironic
    assert ironic.label is Label.NEGATIVE
    assert ironic.p_negative < 0.4
    assert (sincere.label, sincere.p_positive) == (Label.POSITIVE, 0.9)
    [unmoved] = Scorer(WordClassifier(), irony_weight=0.0).scores(texts[:1], MONDAY)
    assert isinstance(unmoved, Score)
    assert (unmoved.label, unmoved.p_positive) == (Label.POSITIVE, 0.9)
