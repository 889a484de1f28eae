"""Words and phrases that some texts have more often than others (pure).

The measure is the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi, Quinn, "Fightin' Words: Lexical
Feature Selection and Evaluation for Identifying the Content of Political Conflict", Political Analysis 16, 2008,
equations 16 and 22):

    δ = log((y₁ + α) / (n₁ + α₀ - y₁ - α)) - log((y₂ + α) / (n₂ + α₀ - y₂ - α))
    σ² ≈ 1 / (y₁ + α) + 1 / (y₂ + α)
    z = δ / σ

where y are the texts of either side that have a word, n the sum of these over all words, and α what the prior expects
of the word: its frequency in both sides together, weighing as much as `PRIOR` of all that was seen. So words that
everybody uses stand near 0 in every language; words that occur a few times only can't come out on top by chance. Where
there is little to compare with, "our" and 的 may: a phrase of nothing but function words is never told.

Words count in ones and twos, Chinese in two to four characters. A phrase begins and ends with words or characters that
grew themselves; one of the two may also be a rare one. Of phrases one within the other, the longer stays where it
explains the shorter; what then stands beside a phrase nearly always is added to it.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from alerting.function_words import says_nothing
from alerting.texts import after, before, is_cjk, size, units, with_beside

PRIOR = 0.1
SURELY = 1.96
"""Standard deviations from which on a phrase has grown: two sides of 5 %."""

LEAST_TEXTS = 3
"""Different texts that must have a phrase: what fewer people say isn't what people say."""

_LEAST_SHARE = 0.02
"""And the share of all texts that must have it: what one in a hundred says explains nothing."""

_EDGE = 1.0
_LEAST_OTHERS = 0.5
"""Where all say the same, half a voice more is supposed that doesn't: odds are never without bound."""
_RARE = 0.1
"""Share of the earlier texts below which a word or a character has a meaning of its own, and may end a phrase."""
_LEAST_GROWTH = 2.0
_LONGEST = {True: 12, False: 6}
"""Characters of a Chinese phrase, words of another."""
_EXPLAINED = 0.75
_NEARLY_ALWAYS = 0.8
_LOOKED_AT = 200
"""Texts from which it is judged what stands beside a phrase."""
_CONSIDERED = 60
_MOST_CJK, _MOST_WORDS = 4, 2


class Grew(Struct, frozen=True):
    """A phrase and how surely it grew, in standard deviations."""

    text: str
    z: float


class Sides(Struct, frozen=True):
    """How much was said on either side: words, each counted once for each text that has it."""

    now: int
    before: int

    def z(self, now: int, before: int) -> float:
        """How surely a word grew that so many texts have now, and so many had before; see the head of this module."""
        if not (self.now and self.before and now + before):
            return 0.0
        prior = PRIOR * (self.now + self.before)
        expected = PRIOR * (now + before)
        odds = (
            math.log((count + expected) / max(total + prior - count - expected, _LEAST_OTHERS))
            for count, total in ((now, self.now), (before, self.before))
        )
        risen, usual = odds
        return (risen - usual) / math.sqrt(1 / (now + expected) + 1 / (before + expected))


def grown_phrases(now: Sequence[str], earlier: Sequence[str], most: int) -> list[Grew]:
    """The phrases that grew most surely, at most so many; texts are those of `alerting.texts`, no two alike.

    Nothing without texts on either side.
    """
    if not (now and earlier):
        return []
    here, there = ([(text, units(text)) for text in texts] for texts in (now, earlier))
    counts, usual = (_counted(set(of_text) for _, of_text in texts) for texts in (here, there))
    sides = Sides(counts.total(), usual.total())
    least = max(LEAST_TEXTS, _LEAST_SHARE * len(now))
    often = [unit for unit, count in counts.items() if count >= least]
    rising = frozenset(unit for unit in often if sides.z(counts[unit], usual[unit]) >= _EDGE)
    edges = rising.union(unit for unit in often if usual[unit] < _RARE * len(earlier))
    counts = _counted(_phrases(text, of_text, rising, edges) for text, of_text in here)
    common = {phrase for phrase, count in counts.items() if count >= least}
    usual = _counted(_phrases(text, of_text, rising, edges) & common for text, of_text in there)
    scored = {
        phrase: z
        for phrase in common
        if not says_nothing(phrase)
        and counts[phrase] * len(earlier) >= _LEAST_GROWTH * usual[phrase] * len(now)
        and (z := sides.z(counts[phrase], usual[phrase])) >= SURELY
    }
    first = sorted(scored, key=lambda phrase: (-scored[phrase], phrase))[:_CONSIDERED]
    return _chosen(_unexplained(first, counts), scored, now, edges, most)


def _counted(texts: Iterable[Collection[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for of_text in texts:
        counts.update(of_text)
    return counts


def _phrases(text: str, of_text: Sequence[str], rising: frozenset[str], edges: frozenset[str]) -> set[str]:
    """The phrases of a text that begin and end with one of the edges, at least one of which rises."""
    found: set[str] = set()
    if rising.isdisjoint(of_text):
        return found
    for number, first in enumerate(of_text):
        if first not in edges:
            continue
        chinese, rises = is_cjk(first), first in rising
        gap = "" if chinese else " "
        if rises and not chinese:
            found.add(first)
        phrase = first
        for unit in of_text[number + 1 : number + (_MOST_CJK if chinese else _MOST_WORDS)]:
            phrase = f"{phrase}{gap}{unit}"
            # Units that follow each other needn't stand side by side: there may be a comma, a link or a name between.
            if phrase not in text:
                break
            if (unit in rising or (rises and unit in edges)) and is_cjk(unit) == chinese:
                found.add(phrase)
    return found


def _unexplained(phrases: Sequence[str], counts: Mapping[str, int]) -> list[str]:
    """Without those that stand within longer ones nearly as often as by themselves.

    Several longer ones may share in it: 池爆炸 stands within 電池爆炸 here and within 电池爆炸 there.
    """
    longer_ones: dict[tuple[str, bool], int] = {}
    for longer in phrases:
        for shorter, at_end in _shorter(longer):
            longer_ones[shorter, at_end] = longer_ones.get((shorter, at_end), 0) + counts[longer]
    return [
        phrase
        for phrase in phrases
        if max(longer_ones.get((phrase, at_end), 0) for at_end in (False, True)) < _EXPLAINED * counts[phrase]
    ]


def _shorter(phrase: str) -> Iterator[tuple[str, bool]]:
    """What is left of a phrase without its first, and without its last unit; and whether that stood at its end."""
    if is_cjk(phrase):
        yield phrase[1:], True
        yield phrase[:-1], False
    elif " " in phrase:
        yield phrase.partition(" ")[2], True
        yield phrase.rpartition(" ")[0], False


def _chosen(
    phrases: Sequence[str], scored: Mapping[str, float], texts: Sequence[str], edges: Collection[str], most: int
) -> list[Grew]:
    chosen: list[Grew] = []
    for phrase in phrases:
        if len(chosen) == most:
            break
        whole = _completed(phrase, [text for text in texts if phrase in text][:_LOOKED_AT], edges)
        if not any(_says_the_same(whole, one.text) for one in chosen):
            chosen.append(Grew(whole, round(scored[phrase], 2)))
    return chosen


def _says_the_same(phrase: str, chosen: str) -> bool:
    """Whether a phrase is a part of a chosen one, holds it, or has more than half of itself in common with it."""
    if phrase in chosen or chosen in phrase:
        return True
    of_phrase = units(phrase)
    most = len(of_phrase) // 2 + 1
    gap = "" if is_cjk(phrase) else " "
    return any(gap.join(of_phrase[at : at + most]) in chosen for at in range(len(of_phrase) - most + 1))


def _completed(phrase: str, texts: Sequence[str], edges: Collection[str]) -> str:
    """The phrase with what nearly always stands beside it; `texts` are those that have it.

    Words that mean nothing by themselves may stand within it, and not at its ends.
    """
    chinese = is_cjk(phrase)
    for beside in (after, before):
        tried = phrase
        while size(tried) < _LONGEST[chinese]:
            around = Counter(filter(None, (beside(text, tried) for text in texts)))
            unit, count = next(iter(around.most_common(1)), ("", 0))
            if count < max(LEAST_TEXTS, _NEARLY_ALWAYS * len(texts)):
                break
            tried = with_beside(tried, unit, at_end=beside is after)
            texts = [text for text in texts if tried in text]
            if chinese or unit in edges:
                phrase = tried
    return phrase
