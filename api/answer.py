"""What all answers of the API are made from."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")


class Answer(BaseModel):
    """What every answer has in common: it is read from the house's own types by attribute."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Page(Answer, Generic[Item]):
    """One page of a list."""

    # Of a generic type, pydantic doesn't take the description from the docstring.
    model_config = ConfigDict(json_schema_extra={"description": "One page of a list."})

    items: tuple[Item, ...]
    next: str | None = Field(description="Give this as `cursor` to get the following page; null at the end.")
