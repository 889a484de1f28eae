import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.case import Finding
from core.language import LANGUAGES
from core.lengths import Length
from responding.lint_rules import read_rules
from responding.linting import Linter
from responding.settings import RespondingSettings

LINTER = Linter(RespondingSettings(), read_rules())
LATE_EN = "My parcel is three weeks late and nobody answers."
LATE_HANT = "包裹遲到三個星期了，都沒有人回應我。"
LATE_HANS = "快递迟到三个星期了，一直没人回应我。"


def rules(text: str, channel: str = "x", reply_to: str = "", *, crisis: bool = False) -> set[str]:
    return {finding.rule for finding in LINTER.lint(text, channel, reply_to, crisis=crisis)}


FAULTS = [
    ("robotic", "We apologise for any inconvenience caused. We'll write to you today."),
    ("robotic", "Your feedback is important to us."),
    ("robotic", "造成您的不便，敬請見諒。我們今天會回覆您。"),
    ("robotic", "親愛的顧客，我們今天會回覆您。"),
    ("robotic", "亲爱的用户，我们今天会回复您。"),
    ("robotic", "给您带来的不便，敬请谅解。"),
    ("robotic", "亲，我们今天会回复您哦"),
    ("blame", "Sorry, but it is the courier's fault. We'll let you know."),
    ("blame", "This is not our problem."),
    ("blame", "很抱歉，這是物流公司的問題。"),
    ("blame", "请您自行联系快递，抱歉。"),
    ("blame", "很抱歉，不是我们的责任。"),
    ("promise", "We're sorry. This will never happen again."),
    ("promise", "It won't happen again, we promise."),
    ("promise", "很抱歉，保證不會再發生。"),
    ("promise", "抱歉，我们保证您满意。"),
    ("promise", "這種事永遠不會再有，很抱歉。"),
    ("jargon", "Sorry, your ticket missed its SLA and is escalated to tier 2."),
    ("jargon", "Sorry, as per our policy we can't."),
    ("jargon", "抱歉，已建立工單，後台會處理。"),
    ("jargon", "抱歉，按照平台规则无法退款。"),
    ("tone", "Please calm down."),
    ("tone", "You should have read the terms."),
    ("tone", "請您先冷靜，我們會處理。"),
    ("tone", "這是您自己的問題。"),
    ("tone", "我们已经说过很多次了。"),
    ("tone", "其他客人都沒有問題。"),
    ("personal_data", "Sorry! We'll call you on 0912-345-678 today."),
    ("personal_data", "Sorry, we'll write to jane.doe@example.com today."),
    ("personal_data", "Sorry, your order number 4471-2290-A1 is on its way, we'll write."),
    ("personal_data", "抱歉，您的訂單編號 TW20260302881 我們會查。"),
    ("personal_data", "抱歉，您的身份证 110101199003078515 我们会核实。"),
    ("personal_data", "抱歉，我們會退到卡號 4111 1111 1111 1111。"),
    ("personal_data", "抱歉，您的身分證 A123456789 我們會查。"),
    ("personal_data", "Sorry, we'll call +886 912 345 678 today."),
    ("personal_data", "Sorry, we'll call (415) 555-0134 today."),
    ("asks_personal_data", "Sorry! Please reply with your order number and phone number."),
    ("asks_personal_data", "Sorry to hear it. What's your email address?"),
    ("asks_personal_data", "很抱歉，請留下您的訂單編號和電話。"),
    ("asks_personal_data", "抱歉，请在评论区告诉我们您的手机号。"),
    ("compensation", "Sorry! We'll give you free flights for life."),
    ("compensation", "Sorry, we will send you a $5,000 voucher today."),
    ("compensation", "很抱歉，我們會賠您十倍。"),
    ("compensation", "抱歉，我们会补偿您 ¥8000。"),
    ("compensation", "很抱歉，我們會補償您 20000 元。"),
]

NEAR_MISSES = [
    ("robotic", "I'm sorry about the three weeks without your parcel. We'll write to you today."),
    ("robotic", "讓您等了三個星期，真的很抱歉。今天會回覆您。"),
    ("robotic", "我母亲，也遇到过，抱歉，今天会回复您。"),
    ("blame", "Whatever the courier did, this is ours to put right. We'll write today."),
    ("blame", "The weather is no excuse: we are sorry and will write today."),
    ("blame", "我們會和物流一起把包裹找回來，很抱歉。"),
    ("blame", "我们不会把责任推给快递，抱歉。"),
    ("promise", "I can't promise that this will never happen again, but we will check each step. Sorry."),
    ("promise", "We won't stop until we've answered you. Sorry."),
    ("promise", "沒辦法向您保證不會再發生，但我們會改。很抱歉。"),
    ("promise", "抱歉，我们希望不会再发生。"),
    ("jargon", "Sorry, the estimated arrival is Tuesday. We will write to you."),
    ("jargon", "抱歉，我們會處理您的問題。"),
    ("tone", "We stayed calm but should have answered sooner. Sorry, we'll write today."),
    ("tone", "我們會冷靜地查清楚，很抱歉。"),
    ("tone", "您自己方便的時間我們都可以，很抱歉。"),
    ("personal_data", "Sorry! Our line 0800-123-456 is open from 9 to 18, we'll be there."),
    ("personal_data", "Sorry, write to support@example.com and we'll answer within 24 hours."),
    ("personal_data", "Sorry, we'll answer by 2026-03-02 14:05 at the latest."),
    ("personal_data", "Sorry, we'll write by 10:00 on Tuesday 10 March (UTC+8)."),
    ("personal_data", "Sorry, more than 1,200,000 people were affected, we'll write."),
    ("personal_data", "抱歉，您的訂單我們今天會查，3 月 10 日 12:00 前回覆。"),
    ("personal_data", "Sorry, we'll look at reference 4111 1111 1111 1112 in private."),
    ("personal_data", "Sorry, you can call us on 866-216-1072 and we'll look together."),
    ("personal_data", "Sorry, please contact our Lagos office on (+234) 70 94250 556."),
    ("personal_data", "抱歉，請撥打客服專線 0223456789，會有專人協助。"),
    ("asks_personal_data", "Sorry! Please send us your order number in a direct message."),
    ("asks_personal_data", "Sorry. Please don't post your phone number here; message us."),
    ("asks_personal_data", "很抱歉，請用私訊告訴我們您的訂單編號。"),
    ("asks_personal_data", "抱歉，请不要在评论区留下您的手机号，私信我们就好。"),
    ("compensation", "Sorry! We will send you a $10 voucher today."),
    ("compensation", "The $5,000 that you saw is a display fault, sorry; we'll fix it."),
    ("compensation", "很抱歉，我們會補償您 100 元。"),
    ("compensation", "Sorry, we cannot double your refund, but we will write today."),
]


@pytest.mark.parametrize(("rule", "text"), FAULTS)
def test_a_fault_is_found(rule: str, text: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize(("rule", "text"), NEAR_MISSES)
def test_a_near_miss_is_let_through(rule: str, text: str) -> None:
    assert rule not in rules(text)


@pytest.mark.parametrize(
    ("reply_to", "cold", "warm"),
    [
        (LATE_EN, "We will check it today.", "I'm sorry you waited so long. We will check it today."),
        (LATE_HANT, "我們今天會查。", "讓您久等了，很抱歉。我們今天會查。"),
        (LATE_HANS, "我们今天会查。", "让您久等了，很抱歉。我们今天会查。"),
    ],
)
def test_a_complaint_wants_empathy(reply_to: str, cold: str, warm: str) -> None:
    assert "feeling" in rules(cold, reply_to=reply_to)
    assert "feeling" not in rules(warm, reply_to=reply_to)
    assert "feeling" not in rules(cold, reply_to="When do you open?")


@pytest.mark.parametrize(
    ("reply_to", "without", "with_"),
    [
        (LATE_EN, "I'm so sorry about this.", "I'm so sorry about this. We'll write to you within the hour."),
        (LATE_HANT, "真的很抱歉。", "真的很抱歉，一小時內會回覆您。"),
        (LATE_HANS, "真的很抱歉。", "真的很抱歉，一小时内会回复您。"),
    ],
)
def test_a_complaint_wants_a_next_step(reply_to: str, without: str, with_: str) -> None:
    assert "next_step" in rules(without, reply_to=reply_to)
    assert "next_step" in rules(without)
    assert "next_step" not in rules(with_, reply_to=reply_to)
    assert "next_step" not in rules("Thanks, that made our day!", reply_to="Lovely coffee!")
    assert "next_step" not in rules("Thanks, that made our day!")


@pytest.mark.parametrize(
    "text",
    [
        "Haha, sorry! We'll write.",
        "Sorry! Here is 20% off, we'll write.",
        "哈哈，抱歉，會回覆您。",
        "抱歉！限時優惠在這裡，會回覆您。",
        "抱歉，满100送折扣码，会回复您。",
    ],
)
def test_jokes_and_promotion_only_count_in_a_crisis(text: str) -> None:
    assert "crisis_tone" in rules(text, crisis=True)
    assert "crisis_tone" not in rules(text)


@pytest.mark.parametrize(
    "text", ["Sorry. We have stopped all special offers and will write.", "抱歉，我們已暫停所有限時優惠，會回覆您。"]
)
def test_saying_that_promotion_has_stopped_is_no_promotion(text: str) -> None:
    assert "crisis_tone" not in rules(text, crisis=True)


def test_many_emoji_only_count_in_a_crisis() -> None:
    text = "抱歉😀😀😀會回覆您"
    assert "emoji" in rules(text, crisis=True)
    assert "emoji" not in rules(text)
    assert "emoji" not in rules("抱歉🙏會回覆您", crisis=True)


def test_personal_data_may_stand_in_private() -> None:
    text = "Sorry, we'll call you on 0912-345-678 about order 4471-2290-A1. Please confirm your address."
    assert not {"personal_data", "asks_personal_data"} & rules(text, "email")


@pytest.mark.parametrize(
    ("text", "reply_to", "found"),
    [
        ("我们很抱歉，会尽快给您答复。", LATE_HANT, "script"),
        ("我們很抱歉，會儘快給您答覆。", LATE_HANS, "script"),
        ("我們很抱歉，會儘快給您答覆。", LATE_EN, "language"),
        ("We are sorry and will write to you today.", LATE_HANT, "language"),
        ("We are sorry and will write to you today.", LATE_EN, ""),
        ("我們很抱歉，會儘快給您答覆。", LATE_HANT, ""),
        ("我们很抱歉，会尽快给您答复。", LATE_HANS, ""),
        ("We are sorry and will write.", "好差", ""),
        ("We are sorry and will write.", "好差好差好差", "language"),
        ("We are sorry and will write.", "とても残念です、壊れています", ""),
        ("抱歉", LATE_HANT, ""),
        ("App is OK 抱歉，會處理", LATE_HANT, ""),
    ],
)
def test_the_reply_is_in_the_customers_language_and_script(text: str, reply_to: str, found: str) -> None:
    assert {"script", "language"} & rules(text, reply_to=reply_to) == ({found} if found else set())


def test_the_language_to_answer_in_can_be_given() -> None:
    text = "We are sorry and will write to you today."
    assert not LINTER.lint(text, "x", LATE_HANT, language="en")
    assert "script" in {each.rule for each in LINTER.lint("我们很抱歉，会尽快给您答复。", "x", language="zh-Hant")}


@pytest.mark.parametrize("text", ["", "   \n\t"])
def test_no_text_is_no_answer(text: str) -> None:
    (finding,) = LINTER.lint(text, "x")
    assert (finding.rule, finding.severity) == ("empty", "fail")


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ud800", "\u202e", "\x9f"])
def test_invisible_characters_are_shown_where_they_stand(character: str) -> None:
    findings = [each for each in LINTER.lint(f"Sorry{character}! We'll write.", "x") if each.rule == "unreadable"]
    assert [(each.start, each.end, each.severity) for each in findings] == [(5, 6, "fail")]


def test_too_long_begins_where_it_no_longer_fits() -> None:
    text = "We are sorry, we will write. " + "對" * 200
    (finding,) = [each for each in LINTER.lint(text, "x") if each.rule == "too_long"]
    assert finding.severity == "fail"
    assert (finding.start, finding.end) == (29 + (280 - 29) // 2, len(text))
    assert "too_long" not in rules(text, "email")


def test_a_length_can_be_configured() -> None:
    short = Linter(RespondingSettings(lengths={"sms": Length(70)}), read_rules())
    assert "too_long" in {finding.rule for finding in short.lint("a" * 71, "sms")}
    assert "too_long" not in {finding.rule for finding in short.lint("a" * 70, "sms")}


def test_findings_stand_in_the_order_of_the_text_and_speak_three_languages() -> None:
    text = "Calm down. It is the courier's fault. This will never happen again."
    findings = LINTER.lint(text, "x")
    assert [finding.rule for finding in findings] == ["tone", "blame", "promise"]
    assert text[findings[1].start : findings[1].end] == "It is the courier's fault"
    for finding in findings:
        assert set(finding.message) == set(finding.fix) == set(LANGUAGES)
        assert all(finding.message.values())


def test_no_more_than_twenty_findings_of_one_rule() -> None:
    assert sum(finding.rule == "tone" for finding in LINTER.lint("Calm down. " * 100, "email")) == 20


@settings(deadline=None)
@given(
    text=st.text(max_size=400), reply_to=st.text(max_size=100), channel=st.sampled_from(["x", "email", "bluesky", "?"])
)
def test_any_text_is_judged_and_every_place_lies_in_it(text: str, reply_to: str, channel: str) -> None:
    findings: tuple[Finding, ...] = LINTER.lint(text, channel, reply_to, crisis=True)
    assert all(0 <= each.start <= each.end <= len(text) for each in findings)


@pytest.mark.parametrize("piece", ["a", "你", "order 1 ", "1 ", "(1", "@a.", "x\x00\ud800", "free for ", "$1,", "A1-"])
def test_a_hundred_thousand_hostile_characters_are_judged(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    assert "too_long" in rules(text, reply_to=text, crisis=True)


@pytest.mark.parametrize("text", ["\u200b\u2060", "\u3164\u200b", "\ufeff \u2800", "\x00\ud800"])
def test_a_text_that_nobody_can_see_is_empty(text: str) -> None:
    assert rules(text) == {"empty"}
