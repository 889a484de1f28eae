"""What became of what was posted to a webhook."""

from pydantic import Field

from api.answer import Answer


class RefusedRowOut(Answer):
    """A row that can't be read; it is a dead letter now."""

    row: int = Field(description="Counted from 1.", examples=[2])
    reason: str = Field(examples=["it has no text"])


class TakenOut(Answer):
    """How many rows of a delivery became what; each is counted once."""

    accepted: int = Field(description="On their way to be scored; repeated ones are counted too.", examples=[3])
    about_no_brand: int = Field(description="No brand was found in them, or its own account wrote them.", examples=[0])
    ignored: int = Field(description="Nobody said anything in them: a like, a sticker.", examples=[0])
    removed: int = Field(description="Posts that are gone from their network, and from here.", examples=[0])
    refused: tuple[RefusedRowOut, ...] = Field(description="Those that can't be read, and why.")
