import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.language import language_of, never_found


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("My parcel never arrived", "en"),
        ("Great!", "en"),
        ("買了三天就壞了", "zh-Hant"),
        ("买了三天就坏了", "zh-Hans"),
        ("呢間嘢真係好伏", "zh-Hant"),
        ("最後於昨天收到", "zh-Hant"),
        ("什么体会", "zh-Hans"),
        ("售后太差", "zh-Hans"),
        ("影片很好看", "zh-Hant"),
        ("「很好」", "zh-Hant"),
        ("「我們」", "zh-Hant"),
        ("「他们还没来」", "zh-Hans"),
        ("手机里", "zh-Hans"),
        ("呢度好似唔錯", "zh-Hant"),
        ("唔好", "zh-Hant"),
        ("加油[心]", "zh-Hans"),
        ("//@陳小明:加油啊[心]", "zh-Hans"),
        ("//@张三：好吃", "zh-Hant"),
        ("好吃", "zh-Hant"),
        ("囧", "zh-Hant"),
        ("iPhone 15 Pro Max 壞了", "zh-Hant"),
        ("The new shop 老王麵 in Covent Garden is great", "en"),
        ("これは壊れています", "ja"),
        ("ポッキー", "ja"),
        ("鮮の味 好吃", "zh-Hant"),
        ("買了ポッキー很好吃", "zh-Hant"),
        ("서비스가 나빠요", "ko"),
        ("Не работает", "ru"),
        ("لا يعمل", "ar"),
        ("ใช้งานไม่ได้", "th"),
        ("el servicio es muy malo", "es"),
        ("le service est très mauvais et je vous quitte", "fr"),
        ("Der Service ist nicht gut", "de"),
        ("o produto não chegou e não é bom para uma loja", "pt"),
        ("layanan ini tidak bagus dan sangat lambat", "id"),
        ("dịch vụ này rất tệ", "vi"),
        ("bu ürün çok kötü, hiç beğenmedim", "tr"),
        ("ang bagal ng serbisyo ninyo", "tl"),
        ("il servizio clienti non risponde mai", "it"),
        ("de klantenservice reageert niet op mijn vraag", "nl"),
        ("muchas gracias", "es"),
        ("no, thanks", "en"),
        ("ok", "en"),
        ("I sent a DM", "en"),
        ("samsung galaxy s8, android 8.0", "en"),
        ("noooooo way", "en"),
        ("LOL (ΠΔ)", "en"),
        ("heyๆๆๆ read this", "en"),
        ("เครื่อง iPhone เสียครับ", "th"),
        ("ＴＨＥ　ＰＨＯＮＥ　ＩＳ　ＢＲＯＫＥＮ", "en"),
        ("@shop https://example.org/está", "und"),
        ("😡😡 100 %", "und"),
        ("\ud800\x00", "und"),
        ("", "und"),
        ("ಠ_ಠ", "und"),
        ("ok ¯\\_(ツ)_/¯", "en"),
        ("ლ(ಠ益ಠლ) my order is late", "en"),
        ("ㄏㄏ", "zh-Hant"),
        ("人々", "zh-Hant"),
        ("გამარჯობა", "ka"),
        ("Բարեւ ձեզ", "hy"),
        ("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "mis"),
    ],
)
def test_the_text_shows_its_language(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("好吃", "zh-CN", "zh-Hans"),
        ("好吃", "zh_TW", "zh-Hant"),
        ("好吃", "zh", "zh-Hant"),
        ("好吃", "yue", "zh-Hant"),
        ("買了三天就壞了", "zh-CN", "zh-Hant"),
        ("鮮の味", "ja", "ja"),
        ("最悪", "ja", "ja"),
        ("対応最悪", "ja", "ja"),
        ("最悪", "", "zh-Hant"),
        ("服務最差", "ja", "zh-Hant"),
        ("Super!", "de", "de"),
        ("Super!", "in", "id"),
        ("Super!", "und", "en"),
        ("gracias", "es", "es"),
        ("habari yako rafiki yangu", "sw", "sw"),
        ("magkano po", "fil", "tl"),
        ("Super!", "tlh", "en"),
        ("Super!", "ja", "en"),
        ("Super!", "<script>", "en"),
        ("this is not what I ordered", "tl", "en"),
        ("el servicio es muy malo", "en", "es"),
        ("Не працює", "uk", "uk"),
        ("Не працює", "en", "ru"),
        ("😡", "en", "und"),
    ],
)
def test_the_hint_decides_only_where_the_text_does_not(text: str, hint: str, language: str) -> None:
    assert language_of(text, hint) == language


def test_the_script_of_telling_nothing_is_configurable() -> None:
    assert language_of("好吃", languages=("en", "zh-Hans", "zh-Hant")) == "zh-Hans"
    assert language_of("好吃", languages=("en",)) == "zh-Hant"


def test_codes_that_no_text_ever_gets_are_known() -> None:
    assert never_found(["en", "eng", "zh-Hant", "zh-Hans", "ja", "es", "xx", "ru"]) == ["eng", "xx"]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=300), st.text(max_size=12))
def test_every_text_has_a_language(text: str, hint: str) -> None:
    assert language_of(text, hint)


def test_what_the_product_is_set_up_for_is_expected_more_than_its_neighbours() -> None:
    assert language_of("gracias") == "en"
    assert language_of("gracias", languages=("es",)) == "es"
    assert language_of("gracias", languages=("es", "en")) == "es"
    assert language_of("thanks for the quick answer", languages=("es",)) == "en"
    assert language_of("ok", languages=("zh-Hant",)) == "en"
    assert language_of("a language nobody knows", languages=("qaa",)) == "en"


def test_the_longer_a_text_is_the_less_the_hint_counts() -> None:
    said = "el servicio es muy malo y nadie contesta"
    assert {language_of(said, hint) for hint in ("", "en", "de", "pt", "sw", "nonsense!")} == {"es"}


def test_a_long_text_is_judged_by_its_beginning() -> None:
    assert language_of("買了三天就壞了" * 300 + "the end " * 100_000) == "zh-Hant"
