"""The linter's rules as they stand in ``templates/lint.toml``: words, patterns and what to tell a person."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any, Literal

from msgspec import Struct

from core.case import Finding, Severity
from core.language import LANGUAGES, Words

When = Literal["always", "public", "crisis"]

_SENTENCE_END = re.compile(r"[.!?。！？\n](?=\s|$|[^\x00-\x7f])")
_SENTENCE = 300
_AT_MOST = 20
"""Findings of one rule that are reported: more would help nobody."""


class Rule(Struct, frozen=True, kw_only=True):
    """One fault: how grave, what to say, and for faults that words show, how to find them."""

    name: str
    severity: Severity
    message: Words
    fix: Words
    when: When = "always"
    pattern: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None

    def finding(self, start: int = 0, end: int = 0, severity: Severity | None = None) -> Finding:
        """This fault at a place of the text."""
        return Finding(
            rule=self.name,
            severity=severity or self.severity,
            start=start,
            end=end,
            message=self.message,
            fix=self.fix,
        )

    def matches(self, text: str) -> Iterator[Finding]:
        """The places that the patterns find, but for sentences that say otherwise."""
        assert self.pattern is not None, "only rules with patterns are asked for matches"
        for number, match in enumerate(self.pattern.finditer(text)):
            if number == _AT_MOST:
                return
            if not (self.unless and self.unless.search(sentence_around(text, match.start(), match.end()))):
                yield self.finding(match.start(), match.end())


class RuleBook(Struct, frozen=True):
    """All rules by name, and the words that show a complaint, empathy and a next step."""

    rules: dict[str, Rule]
    complaint: re.Pattern[str]
    empathy: re.Pattern[str]
    next_step: re.Pattern[str]


def read_rules() -> RuleBook:
    """Read and compile the rules that come with the program."""
    text = resources.files("responding").joinpath("templates/lint.toml").read_text(encoding="utf-8")
    tables: dict[str, Any] = tomllib.loads(text)
    words = tables.pop("words")
    return RuleBook(
        {name: _rule(name, table) for name, table in tables.items()},
        _any_of(words["complaint"]),
        _any_of(words["empathy"]),
        _any_of(words["next_step"]),
    )


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence in which a match stands, but no more than some hundred characters on either side."""
    before = text[max(0, start - _SENTENCE) : start]
    after = text[end : end + _SENTENCE]
    begins = max((match.end() for match in _SENTENCE_END.finditer(before)), default=0)
    ends = _SENTENCE_END.search(after)
    return before[begins:] + text[start:end] + (after[: ends.start()] if ends else after)


def _rule(name: str, table: dict[str, Any]) -> Rule:
    return Rule(
        name=name,
        severity=table["severity"],
        message={language: table["message"][language] for language in LANGUAGES},
        fix={language: table["fix"][language] for language in LANGUAGES},
        when=table.get("when", "always"),
        pattern=_any_of(table["patterns"]) if "patterns" in table else None,
        unless=_any_of(table["unless"]) if table.get("unless") else None,
    )


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
