"""The reply linter: faults of a reply, with their place, what is wrong and what to do (pure but for reading its rules).

The faults are those of the brief of practitioners. Only what harms when sent is a ``fail``; the rest is for a person to
weigh. Patterns are bounded and every rule passes over the text once, so the time grows linearly with the text.
"""

import re
from collections.abc import Iterator

import regex

from core.case import Finding
from core.language import Language
from core.lengths import measure, position_over
from responding.lint_data import large_amounts, personal_data
from responding.lint_rules import RuleBook
from responding.scripts import clear_language, is_chinese
from responding.settings import Place, RespondingSettings

_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]+")
_UNSEEN = regex.compile(r"[\p{C}\p{Z}\s\u034f\u115f\u1160\u2800\u3164\uffa0\ufe00-\ufe0f]++")
_EMOJI = regex.compile(r"\p{Emoji_Presentation}")
_EMOJI_PARTY = 3
_READ = 5_000
"""Characters of the customer's text that are read to see whether it is a complaint."""

_PUBLIC: frozenset[Place] = frozenset({"x", "conversation", "forum"})


class Linter:
    """Finds faults.

    Args:
        settings: lengths, places and the sums from which a compensation wants a second look.
        book: the rules, as `lint_rules.read_rules` gives them.
    """

    def __init__(self, settings: RespondingSettings, book: RuleBook) -> None:
        self._settings = settings
        self._rules = book.rules
        self._worded = [rule for rule in book.rules.values() if rule.pattern]
        self._book = book

    def lint(
        self, text: str, channel: str, reply_to: str = "", *, language: Language | None = None, crisis: bool = False
    ) -> tuple[Finding, ...]:
        """Faults of a reply in the order of the text.

        `reply_to` is what the customer wrote, `language` the one to answer in where it is known better than from
        `reply_to`. `crisis` says that people are worried: an incident is open or the complaint is about safety.
        """
        if not _UNSEEN.sub("", text):
            return (self._rules["empty"].finding(),)
        reply_to = reply_to[:_READ]
        found = [
            *self._by_words(text, channel, crisis=crisis),
            *self._by_code(text, channel, crisis=crisis),
            *self._by_absence(text, reply_to),
            *self._by_language(text, reply_to, language),
        ]
        return tuple(sorted(found, key=lambda finding: (finding.start, finding.end, finding.rule)))

    def note(self, rule: str) -> Finding:
        """A finding that the maker of a text adds about the whole of it."""
        return self._rules[rule].finding()

    def _by_words(self, text: str, channel: str, *, crisis: bool) -> Iterator[Finding]:
        public = self._settings.place(channel) in _PUBLIC
        for rule in self._worded:
            if rule.when == "always" or (rule.when == "crisis" and crisis) or (rule.when == "public" and public):
                yield from rule.matches(text)

    def _by_code(self, text: str, channel: str, *, crisis: bool) -> Iterator[Finding]:
        for match in _UNREADABLE.finditer(text):
            yield self._rules["unreadable"].finding(*match.span())
        length = self._settings.length(channel)
        if measure(text, length) > length.limit:
            yield self._rules["too_long"].finding(position_over(text, length), len(text))
        if self._settings.place(channel) in _PUBLIC:
            for start, end in personal_data(text):
                yield self._rules["personal_data"].finding(start, end)
        for start, end in large_amounts(text, self._settings.compensations):
            yield self._rules["compensation"].finding(start, end)
        if crisis and not text.isascii():
            emoji = [match.span() for match in _EMOJI.finditer(text)]
            if len(emoji) >= _EMOJI_PARTY:
                yield self._rules["emoji"].finding(emoji[0][0], emoji[-1][1])

    def _by_absence(self, text: str, reply_to: str) -> Iterator[Finding]:
        complaint = self._book.complaint.search(reply_to) is not None
        empathy = self._book.empathy.search(text) is not None
        if complaint and not empathy:
            yield self._rules["feeling"].finding()
        if (complaint or (empathy and not reply_to)) and not self._book.next_step.search(text):
            yield self._rules["next_step"].finding()

    def _by_language(self, text: str, reply_to: str, language: Language | None) -> Iterator[Finding]:
        wanted = language or clear_language(reply_to)
        written = clear_language(text)
        if written is None or (wanted is None and not is_chinese(reply_to)):
            return
        if (written == "en") != (wanted == "en"):
            yield self._rules["language"].finding()
        elif wanted is not None and written != wanted:
            yield self._rules["script"].finding()
