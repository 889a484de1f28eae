"""X's query language, as far as brand monitoring uses it: rules of the filtered stream, and recent search.

Words and "phrases" of a post's text, `#tags`, `@names`, `from:`, `to:`, `lang:`, `is:retweet|reply|quote`, `has:links`;
a space is AND and binds stronger than OR; parentheses; a minus before any of these. From X's guide "Build a rule" for
the filtered stream.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

MOST_CHARACTERS = 1024
PROBLEM = "https://api.twitter.com/2/problems"
TOKEN = re.compile(r'\s*(?:(-)?("[^"]*"|[()]|[^\s()"]+))')
KINDS = {"retweet": "retweeted", "reply": "replied_to", "quote": "quoted"}


class Matched(Protocol):
    """What a rule looks at."""

    text: str
    lang: str
    author: str
    referenced: dict[str, str]


Test = Callable[[Matched], bool]


class InvalidRuleError(Exception):
    """The rule can't be read; the message is what X would give as a detail."""


def parse(value: str) -> Test:
    """What a rule means.

    Raises:
        InvalidRuleError: it is empty, too long, unbalanced, or has nothing that can stand alone.
    """
    if not 1 <= len(value) <= MOST_CHARACTERS:
        raise InvalidRuleError(f"Rule length must be between 1 and {MOST_CHARACTERS} characters (at position 1)")
    reader = _Reader(value)
    test = reader.either()
    if reader.tokens:
        raise InvalidRuleError(f"no viable alternative at input '{reader.tokens[0][1]}'")
    if not reader.standalone:
        raise InvalidRuleError("Rules must contain at least one standalone operator (at position 1)")
    return test


class _Reader:
    def __init__(self, value: str) -> None:
        self.tokens = []
        self.standalone = False
        at = 0
        while value[at:].strip():
            found = TOKEN.match(value, at)
            if not found:
                raise InvalidRuleError(f"missing '\"' at position {at + 1}")
            self.tokens.append((bool(found[1]), found[2]))
            at = found.end()

    def either(self) -> Test:
        tests = [self.all()]
        while self.tokens and self.tokens[0][1] == "OR":
            self.tokens.pop(0)
            tests.append(self.all())
        return lambda post: any(test(post) for test in tests)

    def all(self) -> Test:
        tests = []
        while self.tokens and self.tokens[0][1] not in ("OR", ")"):
            tests.append(self.one())
        if not tests:
            raise InvalidRuleError(f"no viable alternative at input '{self.tokens[0][1] if self.tokens else '<EOF>'}'")
        return lambda post: all(test(post) for test in tests)

    def one(self) -> Test:
        negated, word = self.tokens.pop(0)
        if word == "(":
            test = self.either()
            if not self.tokens or self.tokens.pop(0)[1] != ")":
                raise InvalidRuleError("missing ')' at '<EOF>'")
        else:
            test = _operator(word)
            self.standalone |= not negated and not word.startswith(("is:", "has:", "lang:"))
        return (lambda post: not test(post)) if negated else test


def _operator(word: str) -> Test:
    name, colon, value = word.partition(":")
    if not colon or word.startswith('"'):
        return _has_words(word.strip('"'))
    if name == "from":
        return lambda post: post.author.lower() == value.lower()
    if name == "to":
        return lambda post: post.text.lower().startswith(f"@{value.lower()} ")
    if name == "lang":
        return lambda post: post.lang == value
    if name == "is" and value in KINDS:
        return lambda post: KINDS[value] in post.referenced
    if name == "has" and value == "links":
        return lambda post: "https://" in post.text or "http://" in post.text
    raise InvalidRuleError(f"Reference to invalid operator '{name}'. Operator is not available in current product")


def _has_words(words: str) -> Test:
    pattern = re.compile(rf"(?<![\w#@]){re.escape(words)}(?!\w)", re.IGNORECASE)
    if words.startswith(("#", "@", "$")):
        pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
    elif not words.isascii():
        pattern = re.compile(re.escape(words), re.IGNORECASE)
    return lambda post: bool(pattern.search(post.text))


class RuleBook:
    """The rules of an application's stream: `rules` by id, each with `id`, `value` and, where it was given, `tag`.

    Answers as `POST /2/tweets/search/stream/rules` does: a rule that can't be read, that is there already or that is
    one too many is refused under `errors`, the others are taken.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.rules: dict[str, dict[str, str]] = {}
        self._last_id = 1_000_000_000_000_000_000

    def matching(self, post: Matched) -> list[dict[str, str]]:
        """Of each rule that matches its id and, if it has one, its tag."""
        return [
            {name: rule[name] for name in ("id", "tag") if name in rule}
            for rule in self.rules.values()
            if parse(rule["value"])(post)
        ]

    def add(self, wanted: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """The answer without the time it was sent."""
        created = []
        errors = []
        for rule in wanted:
            if error := self._refused(rule["value"]):
                errors.append({"value": rule["value"], **error})
            else:
                self._last_id += 1
                kept = {name: rule[name] for name in ("value", "tag") if rule.get(name)} | {"id": str(self._last_id)}
                self.rules[kept["id"]] = kept
                created.append(kept)
        counts = {"created": len(created), "not_created": len(errors), "valid": len(created), "invalid": len(errors)}
        answer: dict[str, Any] = {"meta": {"summary": counts}}
        if created:
            answer["data"] = created
        if errors:
            answer["errors"] = errors
        return answer

    def delete(self, ids: Sequence[str]) -> dict[str, Any]:
        """The answer without the time it was sent."""
        gone = [id_ for id_ in ids if self.rules.pop(id_, None)]
        missing = [id_ for id_ in ids if id_ not in gone]
        answer: dict[str, Any] = {"meta": {"summary": {"deleted": len(gone), "not_deleted": len(missing)}}}
        if missing:
            answer["errors"] = [
                {
                    "errors": [{"parameters": {"ids": [id_]}, "message": "Rule does not exist"}],
                    "title": "Invalid Request",
                    "detail": "One or more parameters to your request was invalid.",
                    "type": f"{PROBLEM}/invalid-request",
                }
                for id_ in missing
            ]
        return answer

    def _refused(self, value: str) -> dict[str, Any] | None:
        try:
            parse(value)
        except InvalidRuleError as error:
            return {"details": [str(error)], "title": "UnprocessableEntity", "type": f"{PROBLEM}/invalid-rules"}
        for rule in self.rules.values():
            if rule["value"] == value:
                return {"id": rule["id"], "title": "DuplicateRule", "type": f"{PROBLEM}/duplicate-rules"}
        if len(self.rules) >= self.most:
            detail = f"Rules must not be more than {self.most}"
            return {"detail": detail, "title": "RulesCapExceeded", "type": f"{PROBLEM}/rule-cap"}
        return None
