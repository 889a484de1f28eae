"""The control with which a person says what is right, the error rates, and the corrected share on the pages."""

import html
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.mention import Label
from core.ports.queries import MentionQuery

sys.path.insert(0, str(Path(__file__).parents[2] / "browser"))

import seed

from .test_pages import House

HX = {"HX-Request": "true"}
ANGRY = "noodle.soup"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def by(house: House, author: str) -> str:
    """The id of the mention of an author."""
    return next(
        each.mention.id for each in house.store.mentions(MentionQuery(limit=100)).items if each.mention.author == author
    )


def say(house: House, mention: str, label: str, **more: str) -> str:
    """Press a button without JavaScript; gives back the page that follows."""
    form = {"label": label, "revision": "0", "back": "/mentions", **more}
    answer = house.client.post(f"/mentions/{mention}/correction", data=form)
    assert answer.status_code == 303
    return answer.headers["location"]


def article(page: str, mention: str) -> str:
    found = re.search(rf'<article class="mention" data-key="{mention}".*?</article>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_label_is_corrected_shown_and_taken_back_without_javascript(house: House) -> None:
    mention = by(house, ANGRY)
    assert f'action="/mentions/{mention}/correction"' in article(house.text("/mentions"), mention)
    location = say(house, mention, "neutral", back="/mentions?sentiment=negative#there")
    assert location == f"/mentions?sentiment=negative&noted={mention}#there"
    page = house.text(location.split("#")[0])
    assert f'data-key="{mention}"' not in page
    assert "Noted: this post is neutral." in page
    assert re.search(r"<q><bdi[^>]*>[^<]*家裡那台先拔插頭了[^<]*</bdi></q>", page)
    shown = article(house.text("/mentions"), mention)
    assert ">Mei-Ling corrected this; the model said negative.<" in shown
    assert "sentiment-neutral" in shown
    assert "sure" not in shown
    undo = re.search(r'action="(/mentions/[^"]+/correction/undo)"', page)
    assert undo is not None
    answer = house.client.post(undo[1], data={"back": "/mentions"})
    assert "Taken back: the label is again the model&#39;s, negative." in house.text(answer.headers["location"])
    assert "sentiment-negative" in article(house.text("/mentions"), mention)


def test_what_was_noted_is_said_once(house: House) -> None:
    page = house.text(say(house, by(house, ANGRY), "negative"))
    assert "Noted" in page
    assert 'name="back" value="/mentions"' in page
    assert "noted=" not in page


def test_with_javascript_only_the_control_comes_back(house: House) -> None:
    mention = by(house, ANGRY)
    form = {"label": "negative", "revision": "0", "back": "/mentions"}
    part = house.client.post(f"/mentions/{mention}/correction", data=form, headers=HX)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert ">Mei-Ling confirmed this.<" in part.text
    assert part.text.count("autofocus") == 1
    again = house.client.post(f"/mentions/{mention}/correction/undo", data={"back": "/mentions"}, headers=HX)
    assert re.findall(r'name="label" value="(\w+)"', again.text) == ["negative", "neutral", "positive"]
    assert again.text.count("autofocus") == 1
    assert "autofocus" not in house.text("/mentions")


@pytest.mark.parametrize(
    ("form", "problem", "words"),
    [
        ({"label": "neutral", "revision": "7"}, "edited", "the post has been edited meanwhile"),
        ({"label": "angry", "revision": "0"}, "other", "Nothing was changed"),
    ],
)
def test_what_goes_wrong_is_said_beside_the_control_or_above_the_page(
    house: House, form: dict[str, str], problem: str, words: str
) -> None:
    mention = by(house, ANGRY)
    answer = house.client.post(f"/mentions/{mention}/correction", data={**form, "back": "/mentions"})
    assert answer.headers["location"] == f"/mentions?problem={problem}"
    assert words in house.text(answer.headers["location"])
    part = house.client.post(f"/mentions/{mention}/correction", data={**form, "back": "/mentions"}, headers=HX)
    assert words in part.text
    assert 'name="label"' in part.text


def test_a_mention_that_is_gone_says_so(house: House) -> None:
    form = {"label": "neutral", "revision": "0", "back": "/mentions"}
    part = house.client.post("/mentions/m-none/correction", data=form, headers=HX)
    assert "it is no longer there" in part.text
    assert "form" not in part.text
    assert say(house, "m-none", "neutral") == "/mentions?problem=missing"
    assert "Noted" not in house.text("/mentions?noted=m-none")


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
def test_the_way_back_stays_here(house: House, back: str) -> None:
    assert say(house, by(house, ANGRY), "neutral", back=back).startswith("/?noted=")


def test_hostile_names_and_texts_are_only_text(house: House) -> None:
    now = house.clock.now()
    item = seed.scored(1, "x", "<b>me</b>", 5, 0.99, '<script>alert(1)</script> " onclick="x" Lumenbread', now)
    hostile = replace(item, mention=replace(item.mention, id='"><img src=x>'))
    with house.store.unit() as unit:
        unit.put_mentions([hostile])
    house.client.cookies.set("sixminute_user", "%3Cscript%3Ealert(2)%3C%2Fscript%3E")
    address = re.search(r'action="(/mentions/[^"]*img[^"]*/correction)"', house.text("/mentions"))
    assert address is not None
    form = {"label": "neutral", "revision": "0", "back": '/mentions?search="><script>'}
    answer = house.client.post(html.unescape(address[1]), data=form)
    for page in (house.text(answer.headers["location"]), house.text("/mentions")):
        assert "<script>alert" not in page
        assert "<img" not in page.replace('<img src="/static/icon.svg"', "")
        assert "&lt;script&gt;alert(2)" in page


def test_the_control_stands_where_a_sentiment_has_room(house: House) -> None:
    case = house.text(f"/?case={house.first_case()}")
    said = case.split('<blockquote class="said">')[1].split("</blockquote>")[0]
    assert said.count('class="review"') == 1
    live = case.split('id="live"')[1]
    assert 'class="review"' not in live
    alarm = house.text("/alarm").split('id="changed"')[1]
    assert alarm.count('class="review"') == alarm.count("<article")
    location = say(house, by(house, "toast_and_jam"), "neutral", back="/alarm?span=6h")
    assert location.startswith("/alarm?span=6h&noted=")


def test_what_a_text_shows_stands_among_its_tags(house: House) -> None:
    page = house.text("/mentions")
    assert [words in article(page, by(house, "early_bird")) for words in ("joy", "may be ironic", "complaint")] == [
        True,
        True,
        False,
    ]
    angry = article(page, by(house, "metro_food"))
    assert all(words in angry for words in ("anger", "complaint", "asks for help"))
    chinese = house.text("/mentions", **{"accept-language": "zh-TW"})
    assert all(words in article(chinese, by(house, "metro_food")) for words in ("憤怒", "客訴", "求助"))
    simplified = house.text("/mentions", **{"accept-language": "zh-CN"})
    assert all(words in article(simplified, by(house, "metro_food")) for words in ("愤怒", "投诉", "求助"))


@pytest.mark.parametrize(
    ("author", "question", "answers"),
    [
        (
            "metro_food",
            "Is negative right?",
            [("negative", "Yes"), ("neutral", "No, neutral"), ("positive", "No, positive")],
        ),
        (
            "plainwhite",
            "Is neutral right?",
            [("neutral", "Yes"), ("negative", "No, negative"), ("positive", "No, positive")],
        ),
    ],
)
def test_the_label_that_is_there_is_confirmed_with_yes(
    house: House, author: str, question: str, answers: list[tuple[str, str]]
) -> None:
    shown = article(house.text("/mentions"), by(house, author))
    assert f'role="group" aria-label="{question}"' in shown
    assert re.findall(r'<button class="choose" name="label" value="(\w+)">([^<]+)<', shown) == answers


def test_what_the_model_could_not_read_is_asked_for_and_not_confirmed(house: House) -> None:
    item = seed.scored(1, "x", "riddle", 5, 0.3, "Lumenbread ???", house.clock.now())
    with house.store.unit() as unit:
        unit.put_mentions([replace(item, score=replace(item.score, label=Label.UNKNOWN))])
    shown = article(house.text("/mentions"), item.mention.id)
    assert shown.count("What is it?") == 2
    assert "Right?" not in shown
    assert re.findall(r'<button class="choose"[^>]*>([^<]+)<', shown) == ["negative", "neutral", "positive"]


def test_who_said_what_is_the_name_of_the_way_back(house: House) -> None:
    mention = by(house, ANGRY)
    say(house, mention, "neutral")
    undo = article(house.text("/mentions"), mention).split("/correction/undo")[-1]
    assert 'role="group" aria-label="Mei-Ling corrected this; the model said negative."' in undo
    chinese = article(house.text("/mentions", **{"accept-language": "zh-TW"}), mention)
    assert "Mei-Ling 已更正；模型原本判為負面。" in chinese
    simplified = article(house.text("/mentions", **{"accept-language": "zh-CN"}), mention)
    assert "Mei-Ling 已更正；模型原判为负面。" in simplified


def test_error_rates_are_told_and_that_they_are_no_random_sample(house: House) -> None:
    assert "Nobody has looked at its labels in the last 90 days." in house.text("/mentions")
    for author, label in (("metro_food", "negative"), ("jan_v", "neutral"), (ANGRY, "positive")):
        say(house, by(house, author), label)
    page = house.text("/mentions").split('id="model"')[1]
    assert "this is no random sample of all posts" in page
    assert "1 of 2 labels was wrong: 50% (9%\u00a0to\u00a091%)." in page
    assert "called negative: 1 of 1 wrong, 100% (21%\u00a0to\u00a0100%)" in page
    assert "In brackets: where the true share lies, with 95% confidence." in page
    assert "並不是所有貼文的隨機抽樣" in house.text("/mentions", **{"accept-language": "zh-TW"})
    assert "并非全部帖子的随机抽样" in house.text("/mentions", **{"accept-language": "zh-CN"})
    assert "Nobody has looked" in house.text("/mentions?brand=Other")


def test_with_several_brands_the_rates_name_them(house: House) -> None:
    item = seed.scored(1, "x", "other_guest", 5, 0.9, "Ferrylamp went dark.", house.clock.now())
    with house.store.unit() as unit:
        unit.put_mentions([replace(item, mention=replace(item.mention, id="m-2", brand="Ferry & Lamp"))])
    say(house, "m-2", "negative")
    assert "<bdi>Ferry &amp; Lamp</bdi> · English" in house.text("/mentions")
    assert "<bdi>Ferry &amp; Lamp</bdi> · English" not in house.text("/mentions?brand=Ferry+%26+Lamp")


def test_what_is_known_of_the_models_error_stands_beside_it(house: House) -> None:
    known = house.text("/mentions").split('class="known"')[1]
    assert "It finds 64% of the negative posts (285 tried) and calls 7% of the others negative (1,542 tried)." in known


def many(house: House, negative: int, others: int) -> None:
    now = house.clock.now()
    scores = [0.9] * negative + [0.3] * others
    with house.store.unit() as unit:
        unit.put_mentions([seed.scored(5, "x", f"g{n}", None, p, f"Talk {n}", now) for n, p in enumerate(scores)])


def test_the_share_is_told_as_counted_and_as_corrected(house: House) -> None:
    assert "Too few posts to correct for the model&#39;s error." in house.text("/")
    many(house, 25, 60)
    for room in ("/", "/alarm"):
        page = html.unescape(house.text(room))
        found = re.search(
            r"(\d+)% negative in the last hour; corrected for the model's known error: (\d+)%, likely between", page
        )
        assert found is not None
        assert found[1] != found[2]
    assert re.search(r"負面佔 \d+%；校正模型已知的誤判後為 \d+%", house.text("/", **{"accept-language": "zh-TW"}))
    assert re.search(r"负面占 \d+%；校正模型已知误差后为 \d+%", house.text("/", **{"accept-language": "zh-CN"}))
    alarm = house.text("/alarm")
    assert re.search(r"\d+% negative among the \d+ posts behind this; corrected", alarm)
    links = re.findall(r'<a href="/mentions\?([^"]+)">See all posts of that time</a>', html.unescape(alarm))
    assert len(links) == 2
    assert all("since=" in link and "sentiment" not in link for link in links)


@pytest.mark.parametrize(
    ("negative", "others", "words", "chinese", "simplified"),
    [
        (
            4000,
            0,
            "100% negative in the last hour; nearly all, once corrected for the model's known error.",
            "全部是",
            "全部为",
        ),
        (
            0,
            6000,
            "0% negative in the last hour; hardly any, once corrected for the model's known error.",
            "沒有",
            "没有",
        ),
    ],
)
def test_an_interval_without_width_is_not_claimed(
    house: House, negative: int, others: int, words: str, chinese: str, simplified: str
) -> None:
    many(house, negative, others)
    assert words in html.unescape(house.text("/"))
    assert f"校正模型已知的誤判後，幾乎{chinese}負面。" in house.text("/", **{"accept-language": "zh-TW"})
    assert f"校正模型已知误差后，几乎{simplified}负面。" in house.text("/", **{"accept-language": "zh-CN"})


def test_a_count_that_does_not_go_with_the_known_error_is_told_with_what_it_allows(house: House) -> None:
    many(house, 600, 40)
    page = html.unescape(house.text("/"))
    assert (
        "93% negative in the last hour; corrected for the model's known error: 100%, likely between 91% and 100%."
        in page
    )


def test_where_nothing_is_known_the_share_is_told_as_counted(tmp_path: Path) -> None:
    house = House(tmp_path, known_error={})
    many(house, 25, 60)
    page = html.unescape(house.text("/"))
    assert re.search(r"\d+% negative in the last hour \(\d+ of \d+\)\. ", page)
    assert "nothing is known of the model's error in these languages" in page
    assert 'class="known"' not in house.text("/mentions")
    assert 'class="share"' in page
    house.clock.forward(hours=3)
    assert 'class="share"' not in house.text("/")
    house.close()


def test_a_corrected_mention_is_told_by_its_label_in_the_stream_too(house: House) -> None:
    mention = by(house, "early_bird")
    say(house, mention, "negative")
    live = house.text("/").split('id="live"')[1]
    assert "sentiment-negative" in article(live, mention)
    stored = house.store.mention(mention)
    assert stored is not None
    assert (stored.score.label, stored.correction is not None) == (Label.NEGATIVE, True)
    assert house.clock.now() - stored.mention.created_at < timedelta(hours=1)
