import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.language import language_of


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
        ("ＴＨＥ　ＰＨＯＮＥ　ＩＳ　ＢＲＯＫＥＮ", "en"),
        ("@shop https://example.org/está", "und"),
        ("😡😡 100 %", "und"),
        ("\ud800\x00", "und"),
        ("", "und"),
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
        ("Super!", "de", "de"),
        ("Super!", "in", "id"),
        ("Super!", "und", "en"),
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
    assert language_of("好吃", default_han="zh-Hans") == "zh-Hans"


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=300), st.text(max_size=12))
def test_every_text_has_a_language(text: str, hint: str) -> None:
    assert language_of(text, hint)


def test_a_long_text_is_judged_by_its_beginning() -> None:
    assert language_of("買了三天就壞了" * 300 + "the end " * 100_000) == "zh-Hant"
