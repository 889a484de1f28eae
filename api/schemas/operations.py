"""Whether the process and its parts are well."""

from pydantic import Field

from api.answer import Answer


class Alive(Answer):
    """The process lives: `status` is ``ok``, or a sentence that says what hangs."""

    status: str
    version: str


class Readiness(Answer):
    """Whether every part works."""

    ready: bool
    parts: dict[str, str] = Field(
        description="`ok`, or one sentence that says what is the matter or under way.",
        examples=[{"bus": "ok", "store": "ok", "model": "The model is loading."}],
    )
