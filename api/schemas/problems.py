"""What went wrong, and what each kind of problem means."""

from typing import Any

from pydantic import Field

from api.answer import Answer


class ProblemKind(Answer):
    """What a kind of problem means."""

    type: str = Field(examples=["/api/v1/problems/conflict"])
    status: int = Field(examples=[409])
    title: str
    meaning: str


class FieldError(Answer):
    """A field that isn't as it should be."""

    field: str = Field(examples=["limit"])
    message: str = Field(examples=["Input should be less than or equal to 200"])


class Problem(Answer):
    """What went wrong (RFC 9457): `detail` says what happened, to what, and what to do."""

    type: str = Field(
        description="An address of this server that explains the kind.", examples=["/api/v1/problems/conflict"]
    )
    title: str = Field(examples=["It has changed, or somebody else has it"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["Case c-1a2b is with Mei-Ling: ask them, or wait until it is free."])
    instance: str = Field(examples=["/api/v1/cases/c-1a2b/claim"])
    errors: tuple[FieldError, ...] = Field(default=(), description="The fields concerned, where a request isn't valid.")
    brands: tuple[str, ...] = Field(default=(), description="The brands there are, where one isn't known.")


def problem_schema() -> dict[str, Any]:
    """The JSON schema of `Problem`, with references as OpenAPI has them."""
    return Problem.model_json_schema(ref_template="#/components/schemas/{model}")
