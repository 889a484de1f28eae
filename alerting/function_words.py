"""Words that tell nothing of what is new: pronouns, articles, auxiliaries and the like, in English and Chinese (pure).

Where there is little to compare with, such a word may grow by chance. The list is closed and short because a phrase is
left out only if it has nothing else in it. Nouns, verbs of their own meaning and adjectives don't belong here. Chinese
is judged by the character: both scripts stand side by side.
"""

from alerting.texts import is_cjk, units

_ENGLISH_WORDS = """
a an the this that these those such same some any each every all both either neither no none other another own
i me my mine myself we us our ours ourselves you your yours yourself he him his himself she her hers herself
it its itself they them their theirs themselves one who whom whose which what when where why how
am is are was were be been being do does did doing done have has had having will would shall should can could may
might must ought won't
and or but nor so yet if then else than because as until while though although unless since whether
of at by for with about against between into through during before after above below to from up in out on off
over under via per
not only very too also just even still here there now ever more most much many few less least
really quite rather already always often
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_CHINESE = frozenset(
    "的了是在我你您他她它們们這这那哪此其之也就都又還还很太更最不沒没無无未有和與与或而且但跟及被把將将讓让給给對对向從从"
    "於于以為为因所如若則则只才已曾會会能可要想該该得地着著過过嗎吗呢吧啊呀啦喔哦嘛誰谁麼么什怎甚個个些每各自己"
)


def says_nothing(phrase: str) -> bool:
    """Whether a phrase, in small letters, is made of function words only."""
    return all(unit in _CHINESE if is_cjk(unit) else _is_function_word(unit) for unit in units(phrase))


def _is_function_word(word: str) -> bool:
    plain = word.replace("’", "'")
    if plain in _ENGLISH:
        return True
    # What is left of "they're", "it's" and "doesn't".
    head, apostrophe, end = plain.partition("'")
    return bool(apostrophe) and (head.removesuffix("n") if end == "t" and head != "can" else head) in _ENGLISH
