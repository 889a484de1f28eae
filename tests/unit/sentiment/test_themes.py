from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigurationError
from core.mention import MAX_TEXT
from sentiment.reading import Reader, read
from sentiment.themes import MOST_NEGATIONS, Lexicon
from sentiment.words import Group, WordList, bundled_words, load_words, parse_words

KINDS = {"safety", "injury", "legal", "media", "regulator", "data_leak", "boycott"}


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("Still waiting for my parcel", "delivery"),
        ("they cancelled our flight", "delivery"),
        ("where is my order", "delivery"),
        ("班機取消", "delivery"),
        ("收唔到貨", "delivery"),
        ("驿站说没到", "delivery"),
        ("it arrived broken", "quality"),
        ("用咗兩日就壞咗", "quality"),
        ("掉色又起球", "quality"),
        ("nobody answers the phone", "service"),
        ("空姐態度差", "service"),
        ("個職員黑面", "service"),
        ("热线无人接听", "service"),
        ("I'd like to exchange it", "refund"),
        ("幾時退返錢", "refund"),
        ("押金不退", "refund"),
        ("what a rip-off", "price"),
        ("咁貴都有人買", "price"),
        ("裸车价多少", "price"),
        ("I was locked out", "account"),
        ("登入唔到", "account"),
        ("被封禁了", "account"),
        ("any update on this?", "information"),
        ("點樣用㗎", "information"),
        ("有谁知道怎样退", "information"),
        ("the checkout is offline", "technical"),
        ("個app成日hang機", "technical"),
        ("小程序打不开", "technical"),
        ("the airbag warning", "safety"),
        ("唔安全", "safety"),
        ("刹车太软", "safety"),
        ("it was on tv", "media"),
        ("電視台拍到", "media"),
        ("都刷屏了", "media"),
        ("breach of contract", "legal"),
        ("消委會見", "legal"),
        ("我要维权", "legal"),
        ("包裹還沒到", "delivery"),
        ("快递三天没动", "delivery"),
        ("The zip broke on day one", "quality"),
        ("用兩天就壞掉", "quality"),
        ("质量太差", "quality"),
        ("Customer service hung up on me", "service"),
        ("客服不理人", "service"),
        ("服务员态度恶劣", "service"),
        ("I want my money back", "refund"),
        ("要求退費", "refund"),
        ("申请退款", "refund"),
        ("So overpriced", "price"),
        ("又漲價", "price"),
        ("价格太高", "price"),
        ("can't log in", "account"),
        ("忘記密碼", "account"),
        ("账号被封", "account"),
        ("What time do you open?", "information"),
        ("請問營業時間", "information"),
        ("请问什么时候有货", "information"),
        ("The app keeps crashing", "technical"),
        ("一直閃退", "technical"),
        ("服务器连不上", "technical"),
        ("This is dangerous", "safety"),
        ("很危險", "safety"),
        ("手机爆炸了", "safety"),
        ("You made the headlines", "media"),
        ("上新聞了", "media"),
        ("都上热搜了", "media"),
        ("Is this even legal?", "legal"),
        ("這違法吧", "legal"),
        ("签了霸王条款", "legal"),
    ],
)
def test_themes_in_three_languages(text: str, theme: str) -> None:
    assert theme in read(text).themes


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The charger caught fire!", "safety"),
        ("my phone is literally on fire", "safety"),
        ("smoke came out of the plug", "safety"),
        ("No wonder it exploded", "safety"),
        ("I can't believe the charger caught fire", "safety"),
        ("Don't buy this, it exploded", "safety"),
        ("Not happy, the cable melted the socket", "safety"),
        ("行動電源起火", "safety"),
        ("沒想到起火了", "safety"),
        ("無線耳機爆炸", "safety"),
        ("沒用就冒煙", "safety"),
        ("没用几次就冒烟了", "safety"),
        ("手機的電池整個膨脹", "safety"),
        ("吃完食物中毒", "safety"),
        ("My son was hurt", "injury"),
        ("Not only burned my hand but ruined the table", "injury"),
        ("taken to hospital", "injury"),
        ("小孩燙傷", "injury"),
        ("不小心就被割傷", "injury"),
        ("有人受伤了", "injury"),
        ("I will sue you", "legal"),
        ("You'll hear from my lawyer", "legal"),
        ("我要提告", "legal"),
        ("法院见，我已经起诉", "legal"),
        ("I'm going to the press", "media"),
        ("我會找記者", "media"),
        ("让媒体曝光你们", "media"),
        ("Filed a complaint with the FAA", "regulator"),
        ("找消保官", "regulator"),
        ("已经打12315", "regulator"),
        ("Your data breach has my address", "data_leak"),
        ("I can see someone else's order", "data_leak"),
        ("個資外洩", "data_leak"),
        ("信息泄露", "data_leak"),
        ("#BoycottThem", "boycott"),
        ("大家一起抵制", "boycott"),
        ("拒买这个牌子", "boycott"),
    ],
)
def test_sensitive_words_in_three_languages(text: str, kind: str) -> None:
    assert kind in read(text).sensitive


SAFETY_AND_INJURY = [
    ("There is a burning smell from the adapter", "safety"),
    ("It smells of burning", "safety"),
    ("the smoke alarm went off at 3am", "safety"),
    ("uh, it just started smoking", "safety"),
    ("my toaster suddenly started sparking", "safety"),
    ("The plastic has melted", "safety"),
    ("It melted onto the counter", "safety"),
    ("Sparks flew out of the socket", "safety"),
    ("the fire brigade came", "safety"),
    ("It tripped our fuse", "safety"),
    ("Unplugged it, it was on fire!", "safety"),
    ("It boiled dry with the lid closed", "safety"),
    ("Recall this heater now", "safety"),
    ("Has this model been recalled", "safety"),
    ("#Recall", "safety"),
    ("It gave me a blister", "injury"),
    ("burnt my left hand on the handle", "injury"),
    ("three people were badly burned, my finger got burned too", "injury"),
    ("my daughter went to the ER", "injury"),
    ("充電器一直出煙", "safety"),
    ("個風筒出煙呀", "safety"),
    ("房間都是燒焦的味道", "safety"),
    ("成間屋燶味", "safety"),
    ("一插上就跳電", "safety"),
    ("插頭有火花", "safety"),
    ("底座整個融掉", "safety"),
    ("沒水還在乾燒", "safety"),
    ("連消防車都來了", "safety"),
    ("快點召回吧", "safety"),
    ("呢款有冇回收㗎", "safety"),
    ("一直沒說為什麼冒煙", "safety"),
    ("燙到我手起水泡", "injury"),
    ("跌親要去急症室", "injury"),
    ("吹风机冒出火花", "safety"),
    ("有一股烧焦的塑料味", "safety"),
    ("直接跳闸了", "safety"),
    ("充电器外壳化了", "safety"),
    ("没水了还在干烧", "safety"),
    ("摸一下就漏电", "safety"),
    ("厂家应该召回", "safety"),
    ("烟雾报警器响了", "safety"),
    ("把我手烫出泡了", "injury"),
    ("孩子被烫到送急诊", "injury"),
]


@pytest.mark.parametrize(("text", "kind"), SAFETY_AND_INJURY)
def test_a_product_that_hurts_or_burns_raises_an_alarm(text: str, kind: str) -> None:
    assert kind in read(text).sensitive


@pytest.mark.parametrize(
    "text",
    [
        "He was smoking outside",
        "My neighbour started smoking again",
        "this deal is smoking hot",
        "The smoke alarm battery needs changing",
        "I'm looking for smoke detectors",
        "My heart melted",
        "Sparks joy",
        "blister packs",
        "a blistering pace",
        "As far as I recall it was cheaper",
        "I can't recall the name",
        "burned my toast",
        "burned through my data",
        "this album is on fire",
        "It never started smoking",
        "It didn't melt, no burning smell, no sparks",
        "it has never been recalled",
        "資源回收日是週三",
        "他掏出煙來",
        "等到氣得冒煙",
        "喉嚨冒煙想喝水",
        "這道乾燒蝦仁很好吃",
        "擦出火花",
        "燙手山芋",
        "巧克力融化在嘴裡",
        "沒有燒焦味",
        "從來不會跳電",
        "看著火車經過",
        "他掏出烟",
        "嗓子要冒烟了",
        "干烧鱼不错",
        "烫手山芋",
        "用开水泡茶",
        "经济过热",
        "没有冒出火花",
        "没有漏电",
        "回收站里有文件",
        "思想的火花",
        "房间里都是烟味",
        "电量低老是报警",
    ],
)
def test_what_only_sounds_like_danger_raises_no_alarm(text: str) -> None:
    assert read(text).sensitive == ()


@pytest.mark.parametrize(
    "text",
    [
        "Nobody was hurt",
        "nobody in the shop was hurt",
        "No smoke at all",
        "It didn't catch fire",
        "It didn’t catch fire",
        "no injuries reported",
        "沒有人受傷",
        "没有人受伤",
        "没有起火",
        "並未起火",
        "無人受傷",
        "沒有任何人因此受傷",
        "不會爆炸",
        "neither of us was injured",
        "the kettle hasn't caught fire",
        "冇人受傷",
        "冇著火",
        "唔會爆炸",
        "未有人受傷",
        "无人受伤",
        "未发生爆炸",
        "Injuries: none",
        "injuries reported: 0",
        "Casualties = zero",
        "the injuries were nil.",
        "傷亡：無",
        "受傷人數為零",
        "受傷：冇",
        "伤亡：无",
        "受伤人数：0人",
        "I doubt it will explode",
        "free of toxic chemicals",
        "non-toxic and safe for kids",
        "不必召回",
        "唔使召回",
        "零受傷",
        "零伤亡",
    ],
)
def test_a_negated_word_raises_no_alarm(text: str) -> None:
    assert read(text).sensitive == ()


@pytest.mark.parametrize(
    "text",
    [
        "It is not true that nobody was hurt",
        "Don't tell me nobody was hurt",
        "You can't say nobody was injured",
        "The evening was not without injuries",
        "不是沒有人受傷",
        "並非沒有人受傷",
        "不可能沒有人受傷",
        "唔係冇人受傷",
        "冇人理我，我受傷了",
        "有冇搞錯，著火呀",
        "不是没有人受伤",
        "不能说没有人受伤",
        "Injuries: none of you asked",
        "injuries: 3",
        "受傷人數：十",
        "零件冒烟",
        "it never stops overheating",
        "it wasn't long before it exploded",
        "no doubt it is toxic",
        "沒有理由會爆炸啊真的炸了",
        "难道不会爆炸吗",
        "不用說，起火了",
        "部機着咗火",
    ],
)
def test_what_denies_the_denial_or_none_raises_an_alarm(text: str) -> None:
    assert read(text).sensitive


@pytest.mark.parametrize(
    "text",
    [
        "This band is on fire 🔥",
        "You guys are on fire tonight",
        "What a killer deal",
        "Fire sale today, everything must go",
        "Sue was so helpful",
        "Thanks Sue for your help",
        "I asked Sue the same thing",
        "The hospitality was great",
        "My issue is pursued",
        "my head exploded laughing",
        "adding insult to injury",
        "今晚吃火鍋",
        "今晚吃火锅",
        "爆笑",
        "火紅的新品",
        "火红的新品",
        "好吃到爆炸",
        "爆炸頭很好看",
        "資訊爆炸",
        "氣炸鍋很好用",
        "热情如火",
    ],
)
def test_false_friends_raise_no_alarm(text: str) -> None:
    assert read(text).sensitive == ()


def test_a_false_friend_does_not_hide_the_real_thing_beside_it() -> None:
    assert read("吃火鍋時瓦斯爐爆炸").sensitive == ("safety",)
    assert read("Sue said the battery exploded at the fire sale").sensitive == ("safety",)


def test_a_negation_does_not_reach_beyond_its_clause() -> None:
    assert read("沒有道歉，我的手燙傷了").sensitive == ("injury",)
    assert read("Nobody called. My hand was burned and my hand hurts, the oven exploded").sensitive == (
        "safety",
        "injury",
    )
    assert read("nobody helped when the oven exploded").sensitive == ("safety",)


def test_a_sensitive_word_brings_its_theme() -> None:
    assert read("小孩燙傷送醫").themes == ("safety",)
    assert read("個資外洩").themes == ("account",)


def test_words_are_found_in_the_order_of_the_list() -> None:
    assert read("My refund and my parcel!").themes == ("delivery", "refund")


def test_a_users_words_are_added(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[themes.toys]\nen = ["teddy bear*"]\n[themes.delivery]\nzh-Hant = ["郵差"]\n'
        '[sensitive.safety]\nen = ["loose button|eye"]\n[false_friends]\nen = ["toy smoke"]\n',
        encoding="utf-8",
    )
    reader = Reader(bundled_words().merged(load_words(path)), languages=("zh-Hans", "en"))
    assert reader.read("Two teddy-bears").themes == ("toys",)
    assert reader.read("郵差很好").themes == ("delivery",)
    assert reader.read("a loose eye").sensitive == ("safety",)
    assert reader.read("a loose eye").themes == ("safety",)
    assert reader.read("toy smoke").sensitive == ()
    assert reader.read("smoke").sensitive == ("safety",)
    assert reader.read("好吃").language == "zh-Hans"


def test_without_negations_every_word_counts() -> None:
    lexicon = Lexicon(WordList(sensitive={"safety": Group(en=("smoke",))}))
    assert lexicon.find("no smoke") == ((), ("safety",))


@pytest.mark.parametrize(
    "content", [b"[themes", b"[colours]\nen = []", b"\xff", b"[themes.x]\nen = [1]", b"a = " + b"[" * 50_000]
)
def test_what_is_no_word_list_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="mine is no word list"):
        parse_words(content, "mine")


def test_a_missing_word_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.toml can't be read"):
        load_words(tmp_path / "absent.toml")


@pytest.mark.parametrize("entry", ["火", "a", "... fire", "ab|c"])
def test_an_entry_that_would_be_found_everywhere_is_refused(entry: str) -> None:
    with pytest.raises(ConfigurationError, match="two characters or more"):
        Lexicon(WordList(themes={"x": Group(en=(entry,))}))


@pytest.mark.parametrize(
    "table", ["themes.x", "negation", "no_negation", "negation_after", "clause_end", "irony.failures", "irony.faces"]
)
@pytest.mark.parametrize("entry", ["", " ", "*", "...", "not |", "no|*"])
def test_an_entry_with_nothing_in_it_is_refused_wherever_it_stands(table: str, entry: str) -> None:
    """Among the negations it would silence every alarm."""
    words = parse_words(f'[{table}]\nen = ["{entry}"]'.encode(), "mine")
    with pytest.raises(ConfigurationError, match="nothing in it"):
        Reader(words)


def test_a_word_list_may_begin_with_a_byte_order_mark() -> None:
    assert parse_words(b'\xef\xbb\xbf[themes.toys]\nen = ["teddy"]', "mine").themes["toys"].en == ("teddy",)


def test_a_word_that_is_denied_more_often_than_anybody_would_counts() -> None:
    assert read("not injured. " * MOST_NEGATIONS).sensitive == ()
    assert read("not injured. " * (MOST_NEGATIONS + 1)).sensitive == ("injury",)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=400))
def test_every_text_can_be_read(text: str) -> None:
    assert set(read(text).sensitive) <= KINDS


@settings(deadline=None)
@given(st.sampled_from(["a", "1", "é"]), st.sampled_from(["lawsuit", "boycott", "smoke"]))
def test_latin_words_are_found_only_whole(letter: str, word: str) -> None:
    assert read(letter + word).sensitive == ()


def test_a_very_long_text_is_cut() -> None:
    assert read("x" * MAX_TEXT + " lawsuit").sensitive == ()
    assert read("\x00 " * 100 + "lawsuit " * 12_000).sensitive == ("legal",)


def test_both_chinese_scripts_know_the_same_kinds() -> None:
    assert set(bundled_words().sensitive) == KINDS
    for groups in (bundled_words().themes, bundled_words().sensitive):
        assert all(group.en and group.hant and group.hans for group in groups.values())
