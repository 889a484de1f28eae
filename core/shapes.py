"""The JSON shapes that the command line and the api share, as plain dictionaries; times are RFC 3339 in UTC."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.case import Finding, Suggestion
from core.language import Language


def findings_json(findings: Sequence[Finding], language: Language = "en") -> dict[str, Any]:
    """What `lint` answers: `ok` (nothing that must not be sent) and the findings, worded in one language."""
    return {
        "ok": all(finding.severity != "fail" for finding in findings),
        "findings": [_finding(finding, language) for finding in findings],
    }


def suggestion_json(suggestion: Suggestion, language: Language = "en") -> dict[str, Any]:
    """What `draft` answers: language, grade, the two clocks and the drafts; findings are worded in `language`."""
    return {
        "language": suggestion.language,
        "grade": suggestion.grade.value,
        "golden_at": msgspec.to_builtins(suggestion.golden_at),
        "limit_at": msgspec.to_builtins(suggestion.limit_at),
        "drafts": [
            {
                "text": draft.text,
                "approach": draft.approach,
                "findings": [_finding(finding, language) for finding in draft.findings],
            }
            for draft in suggestion.drafts
        ],
    }


def _finding(finding: Finding, language: Language) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "start": finding.start,
        "end": finding.end,
        "message": finding.message[language],
        "fix": finding.fix[language],
    }
