"""What is different about the posts behind an alert."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from alerting.evidence import sample, slices, usual_range
from alerting.explaining import Explaining
from alerting.settings import AlertingSettings
from alerting.why import Range, why
from core.alert import AlertEvent
from core.mention import Label, ScoredMention
from core.why import Why, mentions_in
from tests.contract.things import alert
from tests.unit.alerting.timeline import START, mention

NOW = START + timedelta(days=8)
WINDOW = Range(NOW - timedelta(hours=1), NOW)
USUAL = Range(START, NOW - timedelta(hours=1))
ORDINARY = (
    "my order is late again",
    "nobody answers the phone",
    "the shop is closed today",
    "it was so expensive there",
)


def post(number: int, text: str, *, themes: tuple[str, ...] = (), **fields: Any) -> ScoredMention:
    made = mention(WINDOW.since + timedelta(seconds=number), id=f"m-{number}", themes=themes)
    return msgspec.structs.replace(
        made, mention=msgspec.structs.replace(made.mention, **{"text": text, "author": f"author {number}", **fields})
    )


def earlier(count: int = 200) -> list[ScoredMention]:
    return [
        msgspec.structs.replace(one, mention=msgspec.structs.replace(one.mention, text=f"{ORDINARY[n % 4]} {WORDS[n]}"))
        for n in range(count)
        for one in [mention(START + timedelta(minutes=50 * n), id=f"e-{n}", themes=("delivery",))]
    ]


LETTERS = "abcdefghijklmnop"
WORDS = [f"{LETTERS[n // 16 % 16]}{LETTERS[n % 16]}{LETTERS[n // 3 % 16]}" for n in range(400)]
"""So that no two texts are copies."""


def told(posts: Sequence[ScoredMention], before: Sequence[ScoredMention] | None = None) -> Why:
    return why(posts, earlier() if before is None else before, WINDOW, USUAL, names=("Nimbus",))


CRISIS = [
    *(post(n, f"battery exploded in my hand {WORDS[n]}", themes=("safety",)) for n in range(12)),
    *(post(20 + n, f"{ORDINARY[n % 4]} {WORDS[n + 40]}", themes=("delivery",)) for n in range(8)),
]


def test_themes_and_phrases_that_grew_are_told_with_their_shares_now_and_usually() -> None:
    found = told(CRISIS)
    assert (found.posts, found.compared, found.authors) == (20, 200, 20)
    (theme,) = found.themes
    assert (theme.name, theme.posts, theme.share, theme.usual) == ("safety", 12, 0.6, 0.0)
    assert found.phrases[0].text == "battery exploded in my hand"
    assert (found.phrases[0].posts, found.phrases[0].share, found.phrases[0].usual) == (12, 0.6, 0.0)
    assert set(found.phrases[0].examples) <= {f"m-{n}" for n in range(12)}


def test_a_phrase_counts_the_posts_that_a_search_for_it_finds() -> None:
    found = told([*CRISIS, post(90, "BATTERY EXPLODED IN MY HAND"), post(91, "battery, exploded in my hand")])
    assert found.phrases[0].posts == 13


def test_where_nothing_is_known_of_what_is_usual_no_phrase_is_told_and_themes_are_the_most_frequent() -> None:
    found = told(CRISIS, earlier(19))
    assert found.phrases == ()
    assert [(theme.name, theme.posts) for theme in found.themes] == [("safety", 12), ("delivery", 8)]


def test_one_text_that_many_repeat_is_counted_and_makes_no_phrase() -> None:
    copies = [
        post(n, f"RT @somebody: Boycott them all now!! https://x.example/{n}", author="a b"[n % 3 :][:1])
        for n in range(38)
    ]
    found = told([*copies, *(post(50 + n, f"{ORDINARY[n % 4]} {WORDS[n]}") for n in range(14))])
    (repeated,) = found.repeated
    assert (repeated.posts, repeated.authors, repeated.example) == (38, 3, "m-0")
    assert not any("boycott" in phrase.text for phrase in found.phrases)


def test_the_widest_reach_comes_first_and_unknown_authors_have_none() -> None:
    posts = [
        post(1, "one thing", author="ada", followers=10),
        post(2, "another thing", author="ada", followers=12),
        post(3, "a third thing", author="bob", followers=500),
        post(4, "a fourth thing", author="bob", source="reddit", followers=None),
        post(5, "a fifth thing", author="", followers=9_000),
    ]
    found = told(posts)
    assert [(voice.mention, voice.followers, voice.posts) for voice in found.voices] == [
        ("m-3", 500, 1),
        ("m-2", 12, 2),
    ]
    assert found.authors == 3


def test_samples_are_typical_of_different_texts_and_authors() -> None:
    copies = [post(100 + n, "the battery exploded in my hand, same text") for n in range(5)]
    one_voice = [post(200 + n, f"battery exploded again {WORDS[n]}", author="loud") for n in range(6)]
    found = told([*CRISIS, *copies, *one_voice])
    by_id = {one.mention.id: one.mention for one in [*CRISIS, *copies, *one_voice]}
    assert len(found.samples) == 5
    assert "battery exploded" in by_id[found.samples[0]].text
    authors = [by_id[id_].author for id_ in found.samples]
    assert len(set(authors)) == 5
    assert sum(by_id[id_].text.endswith("same text") for id_ in found.samples) <= 1


def test_networks_are_told_with_their_share() -> None:
    found = told([post(n, f"words {WORDS[n]}", source="ptt" if n < 15 else "x") for n in range(20)])
    assert [(source.name, source.posts, source.share, source.usual) for source in found.sources] == [
        ("ptt", 15, 0.75, 0.0),
        ("x", 5, 0.25, 1.0),
    ]


def test_an_empty_window_has_nothing_to_tell() -> None:
    found = told([])
    assert (found.posts, found.themes, found.phrases, found.samples, found.sources) == (0, (), (), (), ())


def test_neither_texts_nor_authors_are_kept() -> None:
    kept = msgspec.json.encode(told([post(n, f"the battery exploded {WORDS[n]}", author="ada") for n in range(9)]))
    assert b"ada" not in kept
    assert WORDS[0].encode() not in kept


def test_the_sample_is_spread_over_the_days_before_the_incident() -> None:
    usual = usual_range(WINDOW, NOW - timedelta(hours=5))
    assert usual.until == NOW - timedelta(hours=6)
    busy = [mention(usual.until - timedelta(minutes=n), id=f"b-{n}") for n in range(1, 7 * 24 * 60)]
    taken = sample(busy[::-1], usual)
    assert len(taken) == 2800
    assert len({one.mention.created_at.date() for one in taken}) >= 7
    assert list(slices(usual))[-1].since == usual.since


def test_a_backtest_explains_what_opens_or_rises_alone() -> None:
    explaining = Explaining(CRISIS, AlertingSettings(), {})
    opened = alert(1, brand="Nimbus", at=WINDOW.since + timedelta(seconds=27), event=AlertEvent.OPENED)
    found = explaining.why(opened)
    assert found is not None
    assert found.posts == len(CRISIS)
    assert found.until > opened.at
    assert explaining.why(msgspec.structs.replace(opened, event=AlertEvent.CLOSED)) is None


def test_of_the_rule_for_sensitive_words_those_posts_are_told() -> None:
    posts = [mention(WINDOW.since, id="s", label=Label.NEUTRAL, sensitive=("legal",)), mention(WINDOW.since, id="n")]
    explaining = Explaining(posts, AlertingSettings(), {})
    found = explaining.why(alert(1, brand="Nimbus", at=WINDOW.since, event=AlertEvent.OPENED, rule="sensitive"))
    assert found is not None
    assert (found.sensitive, mentions_in(found)) == (True, {"s"})


def test_one_voice_is_one_sample_however_often_it_says_what_is_new() -> None:
    loud = [post(n, f"battery exploded in my hand {WORDS[n]}", author="loud") for n in range(8)]
    others = [post(50 + n, f"{ORDINARY[n % 4]} {WORDS[n + 60]}") for n in range(4)]
    found = told([*loud, *others])
    assert len([id_ for id_ in found.samples if id_ in {one.mention.id for one in loud}]) == 1
    assert len(found.samples) == 5


def test_what_was_posted_after_an_alert_in_the_same_minute_is_no_reason_for_it() -> None:
    at = WINDOW.since + timedelta(seconds=10)
    posts = [mention(at, id="first"), mention(at + timedelta(seconds=20), id="later in that minute")]
    found = Explaining(posts, AlertingSettings(), {}).why(alert(1, brand="Nimbus", at=at, event=AlertEvent.OPENED))
    assert found is not None
    assert (found.posts, found.samples) == (1, ("first",))
