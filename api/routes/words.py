"""The advisor for other tools: what to answer until when, and the faults of a reply. No case is made of it.

The answer is kept for a while where the request names an Idempotency-Key, as for every change.
"""

from fastapi import APIRouter

from api.parts import Parts
from api.requests import LintRequest, SuggestionRequest, WordsLanguage
from api.routes.common import check_brand, check_channel, person_acting
from api.schemas.words import LintOut, SuggestionOut
from core.shapes import findings_json, suggestion_json


def create_router(parts: Parts) -> APIRouter:
    """The routes of suggestions and lint."""
    router = APIRouter(tags=["words"], dependencies=[person_acting(parts)])

    @router.post("/suggestions", summary="What to answer, and until when")
    def suggest(body: SuggestionRequest, language: WordsLanguage = "en") -> SuggestionOut:
        """Drafts in the language of the text, its grade and its two clocks: the same object as `sixminute draft`."""
        check_brand(parts, body.brand)
        check_channel(parts, body.channel)
        created_at = body.created_at or parts.clock.now()
        suggestion = parts.advisor.suggest(body.channel, body.text, created_at, body.brand)
        return SuggestionOut.model_validate(suggestion_json(suggestion, language))

    @router.post("/lint", summary="The faults of a reply")
    def lint(body: LintRequest, language: WordsLanguage = "en") -> LintOut:
        """What must not be sent, what wants a second look, and what to do: the same object as `sixminute lint`."""
        check_channel(parts, body.channel)
        findings = parts.advisor.lint(body.channel, body.text, body.reply_to)
        return LintOut.model_validate(findings_json(findings, language))

    return router
