"""Brands that are called as ordinary things are: a table of hard cases, and what must hold for all texts."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.brand import Brand
from ingest.match import Matcher

APPLE = Brand(
    name="Apple",
    aliases=("蘋果", "苹果", "apple.com"),
    products=("iPhone", "Apple Watch", "MacBook"),
    handles=("Apple", "AppleSupport"),
    ambiguous=("apple", "蘋果", "苹果"),
    context=("phone", "iOS", "battery", "charger", "手機", "手机", "充電", "发布会", "係統", "📱"),
    competitors=("Apple Daily", "蘋果日報", "小米"),
)
FAMILY = Brand(
    name="全家",
    aliases=("全家便利商店", "FamilyMart"),
    products=("Let's Café",),
    ambiguous=("全家",),
    context=("咖啡", "超商", "店員", "店员", "霜淇淋", "關東煮", "FamiPay"),
    competitors=("7-Eleven",),
)
GAP = Brand(
    name="Gap",
    aliases=("Gap Inc", "gap.example"),
    handles=("gap", "蓋璞"),
    ambiguous=("Gap", "蓋璞"),
    context=("hoodie", "jeans", "denim", "outlet", "衛衣"),
    competitors=("Gap Filler Ltd", "Uniqlo"),
    exclude_accounts=("gapdealsbot",),
)
XIAOMI = Brand(
    name="小米",
    aliases=("Xiaomi",),
    products=("SU7", "紅米", "红米"),
    handles=("小米公司",),
    ambiguous=("小米", "紅米", "红米"),
    context=("手机", "手機", "雷军", "充电", "汽车", "電飯煲"),
    competitors=("小米辣食品", "華為"),
)
TARGET = Brand(
    name="Target",
    products=("Target Circle",),
    handles=("target",),
    ambiguous=("Target",),
    context=("store", "cashier", "checkout", "aisle", "self-checkout"),
)
DOVE = Brand(
    name="Dove",
    aliases=("多芬",),
    ambiguous=("Dove",),
    context=("soap", "shampoo", "deodorant", "沐浴露", "洗頭水"),
    competitors=("Dove Chocolate", "德芙"),
)
SEVEN = Brand(
    name="7-Eleven",
    aliases=("7-11", "7仔", "小七"),
    handles=("7eleven",),
    ambiguous=("7-11", "小七"),
    context=("slurpee", "超商", "門市", "咖啡", "魚蛋"),
)
ORANGE = Brand(
    name="Orange",
    aliases=("orange.example",),
    ambiguous=("Orange",),
    context=("sim", "roaming", "signal", "broadband"),
    competitors=("Orange County", "Orangetheory"),
)
SHELL = Brand(
    name="Shell",
    aliases=("蜆殼", "壳牌"),
    ambiguous=("Shell", "蜆殼"),
    context=("petrol", "diesel", "油站", "入油"),
    exclude=("shell script",),
)
VISA = Brand(name="Visa", ambiguous=("Visa",), context=("card", "contactless", "declined", "信用卡", "刷卡"))
CORAL = Brand(
    name="大家樂",
    aliases=("Café de Coral",),
    ambiguous=("大家樂",),
    context=("焗豬扒飯", "早餐", "外賣", "分店"),
    competitors=("大快活",),
)
MAXIM = Brand(
    name="美心", products=("美心月餅",), ambiguous=("美心",), context=("西餅", "蛋糕", "快餐"), competitors=("美心門",)
)
BRANDS = (APPLE, FAMILY, GAP, XIAOMI, TARGET, DOVE, SEVEN, ORANGE, SHELL, VISA, CORAL, MAXIM)
MATCHER = Matcher(BRANDS)


@pytest.mark.parametrize(
    ("text", "brands"),
    [
        # Ordinary words.
        ("an apple a day keeps the doctor away", ""),
        ("Apple Pie Recipe Everybody Loves", ""),
        ("APPLE CRUMBLE TONIGHT", ""),
        ("mind the gap", ""),
        ("Mind the Gap between the train and the platform", ""),
        ("the gender pay gap is a disgrace", ""),
        ("know your target audience", ""),
        ("Target audiences differ, says the consultant", ""),
        ("a white dove sat on the roof", ""),
        ("she dove into the pool", ""),
        ("orange juice is too dear", ""),
        ("found a lovely shell on the beach", ""),
        ("my visa application was refused", ""),
        ("the final score was 7-11", ""),
        ("全家出動去旅行", ""),
        ("祝你全家幸福", ""),
        ("聖誕節大家樂一樂", ""),
        ("今晚同大家樂下", ""),
        ("李美心小姐今日結婚", ""),
        ("小米粥養胃", ""),
        ("媽媽煮的小米粥最好喝", ""),
        ("今天晚饭吃红米饭", ""),
        ("早上吃了一个苹果", ""),
        ("阿媽買咗三個蘋果返嚟", ""),
        ("沙灘執到個蜆殼", ""),
        ("我家的狗叫小七", ""),
        # The same words beside their context, wherever that stands.
        ("my apple phone died again", "Apple"),
        ("apple charger melted on my desk", "Apple"),
        ("APPLE BATTERY IS A JOKE", "Apple"),
        ("Went to Gap today. Never again. Both jeans tore.", "Gap"),
        ("new gap hoodie who dis", "Gap"),
        ("GAP OUTLET SALE", "Gap"),
        ("Jeans? Only from Gap", "Gap"),
        ("the target cashier was so rude", "Target"),
        ("stuck at self-checkout in target", "Target"),
        ("dove soap gave me a rash", "Dove"),
        ("Orange roaming cost me 300", "Orange"),
        ("shell petrol is up again", "Shell"),
        ("Visa contactless never works here", "Visa"),
        ("my visa was declined twice", "Visa"),
        ("全家便利商店的咖啡", "全家"),
        ("全家的咖啡太淡了", "全家"),
        ("全家店員態度超差", "全家"),
        ("在全家买关东煮,店员很凶", "全家"),
        ("大家樂個焗豬扒飯凍嘅", "大家樂"),
        ("叫大家樂外賣等咗兩個鐘", "大家樂"),
        ("美心西餅個蛋糕有頭髮", "美心"),
        ("中秋送美心月餅得唔得", "美心"),
        ("苹果手机又降价了", "Apple"),
        ("我部蘋果充電充唔入", "Apple"),
        ("小米手机发热严重", "小米"),
        ("喝着小米粥看小米手机评测", "小米"),
        ("红米手机卡死", "小米"),
        ("蜆殼油站加價", "Shell"),
        ("去7-11買魚蛋", "7-Eleven"),
        ("小七門市沒冷氣", "7-Eleven"),
        # Names that are no words vouch for themselves.
        ("iPhone screen cracked", "Apple"),
        ("his Apple Watch stopped", "Apple"),
        ("Xiaomi refuses a refund", "小米"),
        ("SU7撞車", "小米"),
        ("Familymart closed at noon", "全家"),
        ("LET’S CAFE is cold", "全家"),
        ("Target Circle took my points", "Target"),
        ("多芬好好用", "Dove"),
        ("Cafe de Coral ran out of rice", "大家樂"),
        ("7‑Eleven with a hyphen that doesn't break", "7-Eleven"),
        ("落樓下7仔買嘢", "7-Eleven"),
        ("17仔 is somebody else", ""),
        ("Gap Inc shares fall", "Gap"),
        # Hashtags and accounts.
        ("so tired of this #Apple", "Apple"),
        ("#applepie", ""),
        ("#gap", "Gap"),
        ("#mindthegap", ""),
        ("#gap_year in Peru", ""),
        ("#小米 發佈", "小米"),
        ("#小米# 质量", "小米"),
        ("#小米粥", ""),
        ("#全家出遊", ""),
        ("#全家", "全家"),
        ("@Target you lost my parcel", "Target"),
        ("“@target” never answers", "Target"),
        ("(@gap)", "Gap"),
        (".@Gap. please", "Gap"),
        ("請問@Gap還有貨嗎", "Gap"),
        ("@gap.fan.example is not theirs", ""),
        ("@gap@example.social is not theirs", ""),
        ("@gap_fans", ""),
        ("@蓋璞 幾時開門", "Gap"),
        ("@蓋璞粉絲團 在嗎", ""),
        ("@小米公司 出来解释", "小米"),
        ("@orange is somebody's own name", ""),
        ("the handle target without its sign", ""),
        ("RT @AppleSupport: we are sorry", "Apple"),
        # Links and addresses.
        ("read https://news.example/apple-pie on your phone", ""),
        ("https://blog.example/gap/jeans", ""),
        ("write to jane.apple@example.com about the battery", ""),
        ("jeans@gap.org bounced", ""),
        ("www.target.example has no store near me", ""),
        ("https://www.gap.example/help", "Gap"),
        ("complain to care@gap.example", "Gap"),
        ("see https://x.example/gap but these gap jeans tore", "Gap"),
        ("apple手機https://x.example/a", "Apple"),
        ("蘋果手機壞了jane@example.com", "Apple"),
        ("a@example.com gap b@example.com jeans", "Gap"),
        ("a@gap.org b@gap.org jeans", ""),
        # Possessives, other letters, emoji, mixed scripts.
        ("Apple's new iOS is broken", "Apple"),
        ("Gap’s denim shrank", "Gap"),
        ("Ｇａｐ　ｊｅａｎｓ", "Gap"),
        ("Ａｐｐｌｅ pie", ""),
        ("🍎apple📱dead", "Apple"),
        ("🍎 apple 🍏", ""),
        ("gap👖jeans😡", "Gap"),
        ("Gap件衛衣爛咗", "Gap"),
        ("買咗部MacBook，死機", "Apple"),
        ("Ápple bättery", "Apple"),
        # Within other words.
        ("pineapple phone case", ""),
        ("the gaps in my jeans", ""),
        ("retargeted in the store", ""),
        ("visas and cards", ""),
        ("seashells near the petrol pump", ""),
        ("Singapore jeans", ""),
        ("the phones of Applegate", ""),
        # Competitors.
        ("Uniqlo is cheaper", ""),
        ("Uniqlo beats Gap at jeans", "Gap"),
        ("Gap Filler Ltd repaired my jeans shop", ""),
        ("#GapFillerLtd and jeans", ""),
        ("Apple Daily printed a phone number", ""),
        ("蘋果日報停刊，手機看不到了", ""),
        ("蘋果日報說蘋果手機漲價", "Apple"),
        ("小米辣食品的手机客服", ""),
        ("Dove Chocolate or dove soap?", "Dove"),
        ("Dove Chocolate and soap", ""),
        ("Orange County has no signal", ""),
        ("Orangetheory has no signal", ""),
        ("大快活個早餐好味過大家樂", "大家樂"),
        ("大快活個早餐好味", ""),
        ("美心門好快餐廳都用", ""),
        ("7-Eleven咖啡", "7-Eleven"),
        ("全家咖啡好過7仔", "全家 7-Eleven"),
        ("小米手機定蘋果手機好", "Apple 小米"),
        # Excluded words.
        ("a shell script for diesel engines", ""),
        ("", ""),
    ],
)
def test_hard_cases(text: str, brands: str) -> None:
    assert MATCHER.brands_of(text) == tuple(brands.split())


def test_excluded_accounts_do_not_count_beside_the_brands_own() -> None:
    assert MATCHER.brands_of("gap jeans", author="@GapDealsBot") == ()
    assert MATCHER.brands_of("gap jeans", author="gap") == ()
    assert MATCHER.brands_of("gap jeans", author="gapdealsbot2") == ("Gap",)
    assert MATCHER.brands_of("gap jeans by @gapdealsbot") == ("Gap",)
    assert MATCHER.brands_of("gap jeans, dove soap", author="gapdealsbot") == ("Dove",)
    assert not MATCHER.counts("Gap", "gapdealsbot")
    assert MATCHER.counts("Dove", "gapdealsbot")


def test_a_brand_takes_mentions_from_the_sources_it_names() -> None:
    brands = [Brand(name="North", sources=("feed", "forum")), Brand(name="South"), Brand(name="North Star")]
    text = "North, South"
    assert Matcher(brands).brands_of(text) == ("North", "South")
    assert Matcher(brands, "forum").brands_of(text) == ("North", "South")
    assert Matcher(brands, "stream").brands_of(text) == ("South",)
    assert not Matcher(brands, "stream").counts("North", "")
    assert Matcher(brands, "stream").counts("South", "somebody")


def test_the_name_of_a_brand_from_elsewhere_still_hides_a_shorter_one() -> None:
    brands = [Brand(name="North"), Brand(name="North Star", sources=("feed",))]
    assert Matcher(brands, "stream").brands_of("the North Star") == ()


def test_a_competitor_hides_names_of_its_rivals_only() -> None:
    rival = Brand(name="Acme", competitors=("Acme Bolt Works",))
    bolt = Brand(name="Bolt")
    lamp = Brand(name="Works", ambiguous=("Works",), context=("lamp",))
    matcher = Matcher([rival, bolt, lamp])
    assert matcher.brands_of("Acme Bolt Works is late") == ("Bolt",)
    assert matcher.brands_of("my Acme Bolt Works lamp is late") == ("Bolt", "Works")
    assert matcher.brands_of("Acme, not Acme Bolt Works") == ("Acme", "Bolt")


def test_a_competitor_that_is_watched_itself_stays_a_brand() -> None:
    matcher = Matcher([Brand(name="Acme", competitors=("Acme Bolt",)), Brand(name="Acme Bolt"), Brand(name="Bolt")])
    assert matcher.brands_of("Acme Bolt is late") == ("Acme Bolt",)


def test_words_of_several_brands_do_not_hide_one_another() -> None:
    brands = [
        Brand(name="Gap", ambiguous=("Gap",), context=("coffee shop",)),
        Brand(name="Dove", ambiguous=("Dove",), context=("coffee",)),
        Brand(name="Bolt", exclude=("bolt action",)),
        Brand(name="Acme", exclude=("action",)),
    ]
    matcher = Matcher(brands)
    assert matcher.brands_of("Gap and Dove in the coffee shop") == ("Gap", "Dove")
    assert matcher.brands_of("Acme bolt action") == ()


PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "Gap",
                "gap",
                "全家",
                "小米",
                "apple",
                "Apple Watch",
                "Gap Inc",
                "7-11",
                "蘋果日報",
                "Uniqlo",
                "Gap Filler Ltd",
            ),
            *(
                "jeans",
                "咖啡",
                "手机",
                "📱",
                "a",
                "的",
                "粥",
                "#",
                "@",
                "'s",
                ".",
                " ",
                "_",
                "https://",
                "@example.com",
                "Ｇ",
            ),
        ]
    ),
    max_size=12,
).map("".join)


@given(PIECES | st.text(), st.text(max_size=20))
def test_doubt_and_competitors_only_take_away(text: str, author: str) -> None:
    for brand in BRANDS:
        plain = msgspec.structs.replace(brand, ambiguous=(), context=(), competitors=())
        assert set(Matcher([brand]).brands_of(text, author)) <= set(Matcher([plain]).brands_of(text, author))


@given(PIECES)
def test_an_ambiguous_name_beside_its_context_is_as_good_as_any(text: str) -> None:
    sure = Matcher([Brand(name="Tern")])
    unsure = Matcher([Brand(name="Tern", ambiguous=("Tern",), context=("ferry",))])
    assert unsure.brands_of(f"{text} tern {text}") == ()
    assert unsure.brands_of(f"{text} tern {text} ferry") == sure.brands_of(f"{text} tern {text}") == ("Tern",)
    assert unsure.brands_of(f"ferry {text} tern") == ("Tern",)


@given(PIECES)
def test_other_brands_change_nothing_for_one_whose_names_they_do_not_share(text: str) -> None:
    others = tuple(Brand(name=f"Zorb{number}", ambiguous=(f"Zorb{number}",), context=("quux",)) for number in range(9))
    assert Matcher([*others, *BRANDS]).brands_of(text) == MATCHER.brands_of(text)
