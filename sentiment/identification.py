"""Which language a text in Latin letters is written in: a statistical identifier, weighed with what is expected.

The identifier is py3langid's: naive Bayes over the byte sequences that tell 139 languages apart (Lui and Baldwin,
"langid.py: An Off-the-shelf Language Identification Tool", ACL 2012). What it says of a short text is worth little, so
its probabilities are multiplied by prior weights, as Bayes' rule has it: a language that the network names and one that
the product is set up for are expected more than their neighbours. It is loaded when it is first asked, in half a
second.
"""

import re
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

from core.errors import ModelError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

NEIGHBOURS = (
    *("en", "es", "fr", "de", "pt", "it", "nl", "ca", "ro", "sv", "no", "da", "fi", "pl", "cs", "hu", "tr"),
    *("id", "ms", "tl", "vi"),
)
"""The languages in Latin letters that a text is expected to be in, whatever the product is set up for."""

EXPECTED_WEIGHT = 50.0
"""How much more likely a language of the product is, before the text is looked at, than one of its neighbours."""
HINT_WEIGHT = 100.0
"""The same for the language that the network names; it is often that of the author's menus, not of the text."""

_READ = 400
"""Characters that are looked at: more of them only cost time."""
_NO_WORD = re.compile(r"\S*[\d_:/]\S*|&\w+;")
_RUN = re.compile(r"(.)\1{2,}")


def latin_language(text: str, hinted: str, expected: Collection[str]) -> str:
    """The likeliest language of a text whose letters are Latin, as a bare code.

    Args:
        text: in lower case, without links, account names and hashtags.
        hinted: the code of the language that the network names, or nothing.
        expected: languages of the product; codes of other scripts don't matter here. English always is: it is
            everywhere on the net.
    """
    scores: dict[str, float] = dict(_identifier().rank(_RUN.sub(r"\1", _NO_WORD.sub(" ", text))[:_READ]))
    likely = {code for code in expected if code in scores} | {"en"}

    def weighed(code: str) -> float:
        return scores[code] * (1 + EXPECTED_WEIGHT * (code in likely) + HINT_WEIGHT * (code == hinted))

    return max((code for code in dict.fromkeys((hinted, "en", *expected, *NEIGHBOURS)) if code in scores), key=weighed)


def knows(code: str) -> bool:
    """Whether a text can be found to be in a language.

    Raises:
        ModelError: as `warm_up`.
    """
    return code in _identifier().nb_classes


def warm_up() -> None:
    """Load the identifier, so that the first text doesn't wait for it.

    Raises:
        ModelError: it can't be loaded.
    """
    _identifier()


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  most commands need none of it

    try:
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except OSError as error:
        raise ModelError(
            f"The language identifier can't be unpacked ({error}): give it room for 60 MB where TMPDIR points."
        ) from error
