"""How a text is meant: whether it asks for help at once, and whether its praise may be meant otherwise.

Both go by the word list. Irony is found with precision before recall: what is missed costs less than a sincere "thank
you" that is taken for mockery.
"""

import re

from core.mention import Judgement
from sentiment.matching import Matcher, Spans, either, is_han, named, normal, tokens_of
from sentiment.words import Group, WordList

_BLANKS = re.compile(r"\s+")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_BEFORE_PRAISE = r"(?:^|[.!?\n]|(?<!\w)@\w+)\W{0,5}(?:(?:oh|well|just|wow|ah|yay|yeah|so|how|ok|okay)\b[\s,]*){0,3}"
_CONTRAST = r"(?!(?:but|no|not|without|despite|even|after|before|if|when|never|sorry|fixed|thanks?|and|until)\b)"
_WORDS_BETWEEN = rf"(?:{_CONTRAST}[^\s.,!?…]+\s+){{0,3}}?"
_ENOUGH_SAID = r"\s*[.!…]*\s*(?:$|[^\w\s,'])"
_STOP = r"[，。,.!！?？~…\s]"
_SAME_SENTENCE = r"[^.。!！?？\n]"
_TAG = r"(?:^|\s)/s\s*$"
"""What marks sarcasm at the end of a post, as on Reddit."""


class Tone:
    """A word list made ready for finding urgency and irony.

    Raises:
        ConfigurationError: an entry is too short to mean anything, or has an empty word.
    """

    def __init__(self, words: WordList) -> None:
        self._urgency, self._no_urgency = _finders(words.urgency, words.no_urgency)
        irony = words.irony
        self._phrases, self._harmless = _finders(irony.phrases, irony.harmless)
        self._marks = (re.compile(_TAG), _quoted(irony.quoted))
        (self._praise,) = _finders(irony.praise)
        self._beside_praise = (_faced(irony.praise, irony.faces), *_beside(irony.praise, irony.failures))

    def is_urgent(self, text: str) -> bool:
        """Whether a text asks for help at once."""
        return _holds(normal(text), self._urgency, self._no_urgency)

    def is_ironic(self, text: str) -> bool:
        """Whether a text shows that it may mean the opposite of its words."""
        text = _BLANKS.sub(_one_blank, normal(_LINK.sub(" ", text)))
        if _holds(text, self._phrases, self._harmless) or any(mark.search(text) for mark in self._marks):
            return True
        # Praise is looked for first because that is quick, and most texts have none.
        if next(self._praise.hits(text), None) is None:
            return False
        text = _without(text, self._harmless)
        return any(pattern.search(text) for pattern in self._beside_praise)


def doubted(answer: Judgement, weight: float) -> Judgement:
    """What is left of a judgement where the text is ironic: the more positive it is, the less of it.

    Let m be the highest probability and d = `weight` · positive / m. Each probability p becomes p + d · (1/3 − p); of
    what positive then has above 1/3, the share d / (1 − d), at most all of it, goes over to negative. So a positive
    judgement becomes an unsure negative one where `weight` is at least 1/2, and one that is hardly positive hardly
    changes. The sum stays 1, and the highest probability never rises: the first step leaves negative at most
    m − d · (m − 1/3), and the second gives it at most d · (m − 1/3). Where negative then leads, joy was
    meant otherwise, too.

    Args:
        answer: what the classifier says.
        weight: between 0 (irony changes nothing) and 1 (where positive leads, all shares become equal).
    """
    doubt = weight * answer.positive / max(answer.probabilities)
    negative, neutral, positive = (p + doubt * (1 / 3 - p) for p in answer.probabilities)
    share = 1.0 if doubt >= 1 / 2 else doubt / (1 - doubt)
    over = share * max(0.0, positive - 1 / 3)
    left = answer._replace(negative=negative + over, neutral=neutral, positive=positive - over)
    return left._replace(emotion="") if left.emotion == "joy" and left.negative > left.positive else left


def _one_blank(blanks: re.Match[str]) -> str:
    """What a run of blanks comes to; patterns with two gaps in a row would try every way to share out a long one."""
    return "\n" if "\n" in blanks[0] else " "


def _finders(*groups: Group) -> tuple[Matcher, ...]:
    return tuple(Matcher(named({"": group})) for group in groups)


def _holds(text: str, wanted: Matcher, harmless: Matcher) -> bool:
    hits = list(wanted.hits(text))
    if not hits:
        return False
    spans = Spans(harmless.hits(text))
    return any(hit.start >= spans.reach(hit.start) for hit in hits)


def _without(text: str, unwanted: Matcher) -> str:
    """A text with a blank for whatever of these it holds."""
    kept, place = [], 0
    for hit in unwanted.hits(text):
        if hit.start >= place:
            kept.append(text[place : hit.start])
            place = hit.end
    return " ".join((*kept, text[place:])) if kept else text


def _quoted(words: Group) -> re.Pattern[str]:
    """A word in quotation marks; a Chinese one also needs an emphasis before them, which tells it from a name."""
    latin, han = _by_script(words)
    return re.compile(
        rf"[\"“](?:{either(latin)})[\"”]|(?:真|好|超|很|有夠|有够|夠|够)(?:是|的|的是)?\s?[「『“\"](?:{either(han)})[」』”\"]"
    )


def _faced(praise: Group, faces: Group) -> re.Pattern[str]:
    """Praise right before or behind a face that rolls its eyes, or the like."""
    good = either(praise.entries())
    face = "|".join(re.escape(" ".join(tokens_of(each))) for each in faces.entries()) or r"(?!)"
    stops = f"{_STOP}{{0,12}}"
    return re.compile(rf"(?:{good}){_SAME_SENTENCE}{{0,12}}{stops}(?:{face})|(?:{face}){stops}(?:{good})")


def _beside(praise: Group, failures: Group) -> tuple[re.Pattern[str], ...]:
    """Praise right before a failure (great, another delay), and failure before nothing but praise."""
    (good, han_good), (bad, han_bad) = _by_script(praise), _by_script(failures)
    return (
        re.compile(rf"{_BEFORE_PRAISE}(?:{either(good)})\s*[,.…:]*+\s*{_WORDS_BETWEEN}(?:{either(bad)})"),
        re.compile(
            rf"(?:{either(bad)})(?:[\s,\-]+{_CONTRAST}[^\s.!?…,\-]+){{0,6}}?\s*[.!?…,]+"
            rf"\s*(?:(?:oh|well|just|how|so|that's|this is)\s+){{0,3}}"
            rf"(?:{either(good)}){_ENOUGH_SAID}"
        ),
        re.compile(
            rf"(?:{either(han_good)})[了呢啊喔哦呀啦]?{_STOP}{{1,3}}[^，。！？,.!?]{{0,4}}?(?:{either(han_bad)})"
        ),
        re.compile(
            rf"(?:{either(han_bad)})[^，。！？!?,]{{0,8}}{_STOP}+(?:真是|真的是|真的|还真是|還真是|真係|可真是)?(?:{either(han_good)})"
            rf"[了呢啊喔哦呀啦]*{_STOP}*(?:$|[^\w])"
        ),
    )


def _by_script(group: Group) -> tuple[list[str], list[str]]:
    """The entries without and with a Han character."""
    entries = group.entries()
    return [entry for entry in entries if not is_han(entry)], [entry for entry in entries if is_han(entry)]
