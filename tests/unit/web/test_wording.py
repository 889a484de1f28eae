"""The three languages stay equals: the same keys, the same placeholders, and every key that a template names."""

import re
import string
from pathlib import Path

import pytest

from api.web.wording import FOLDER, Wording, choose_language, flatten
from core.errors import ConfigurationError
from core.language import LANGUAGES, Language

TEMPLATES = FOLDER.parent / "templates"
WORDING = Wording.load()


def key_set(language: Language) -> set[str]:
    """Keys without the singular, which Chinese has not."""
    return {key for key in WORDING.keys(language) if not key.endswith(".one")}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_keys_of_english(language: Language) -> None:
    assert key_set(language) == key_set("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_placeholders_of_english(language: Language) -> None:
    for key in key_set("en"):
        assert placeholders(WORDING.keys(language)[key]) == placeholders(WORDING.keys("en")[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_each_singular_has_its_plural(language: Language) -> None:
    texts = WORDING.keys(language)
    assert all(text.strip() for text in texts.values())
    assert all(f"{key.removesuffix('.one')}.other" in texts for key in texts if key.endswith(".one"))


def test_every_key_that_a_template_names_exists() -> None:
    known = {key.removesuffix(".other") for key in key_set("en")}
    named = 0
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text("utf-8")
        for key, joined in re.findall(r'\bt\("([a-z_.]+)"( ~)?', source):
            named += 1
            assert key in known or (joined and any(other.startswith(key) for other in known)), f"{path.name}: {key}"
    assert named > 100


def test_simplified_and_traditional_do_not_mix() -> None:
    assert not set("".join(WORDING.keys("zh-Hant").values())) & set("们发个这说时间电话复")
    assert not set("".join(WORDING.keys("zh-Hans").values())) & set("們發個這說時間電話復")


def test_plural_forms() -> None:
    assert WORDING.text("en", "person.followers", n=1, count="1") == "1 follower"
    assert WORDING.text("en", "person.followers", n=0, count="0") == "0 followers"
    assert WORDING.text("zh-Hant", "person.followers", n=1, count="1") == "1 位追蹤者"


def test_spaces_stand_between_scripts_but_not_within_chinese() -> None:
    assert WORDING.text("zh-Hant", "case.claimed_by", who="小美") == "由小美處理"
    assert WORDING.text("zh-Hant", "case.claimed_by", who="Mei") == "由 Mei 處理"


def test_an_unknown_name_is_shown_as_it_is_and_an_unknown_key_fails() -> None:
    assert WORDING.name("en", "theme", "lost_luggage") == "lost luggage"
    assert WORDING.name("zh-Hans", "network", "weibo") == "微博"
    with pytest.raises(KeyError):
        WORDING.text("en", "no.such.key")


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="words of en can't be read"):
        Wording.load(tmp_path)


def test_flatten() -> None:
    assert flatten({"a": {"b": "x", "c": {"d": "y"}}, "e": "z"}) == {"a.b": "x", "a.c.d": "y", "e": "z"}


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        ("", "", "en"),
        ("zh-Hant", "en", "zh-Hant"),
        ("klingon", "zh-CN", "zh-Hans"),
        ("", "zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("", "zh-HK", "zh-Hant"),
        ("", "zh-Hant-MO", "zh-Hant"),
        ("", "zh", "zh-Hans"),
        ("", "zh-SG", "zh-Hans"),
        ("", "fr, en;q=0.2, zh-TW;q=0.9", "zh-Hant"),
        ("", "zh-TW;q=0, en", "en"),
        ("", "zh-TW;q=much, en-GB", "en"),
        ("", "zhuang", "en"),
        ("", ",;,", "en"),
    ],
)
def test_language_is_chosen_by_cookie_then_browser(cookie: str, header: str, language: Language) -> None:
    assert choose_language(cookie, header) == language
