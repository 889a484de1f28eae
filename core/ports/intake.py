"""Where others post what was said: what a webhook received, on its way into the house."""

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

WebhookKind = Literal["mentions", "meta", "line", "email", "form"]
"""Who posts, and so how it is written: ``mentions`` is our own form, the others are those of a network or a service."""


class RefusedRow(Struct, frozen=True):
    """A row that can't be read, counted from 1, and why. The reason repeats nothing of what the row says."""

    row: int
    reason: str


class Taken(Struct, frozen=True, kw_only=True):
    """What became of the rows of a delivery; each is counted once.

    - `accepted`: on the bus (a repeated row is, too).
    - `about_no_brand`: no brand was found, or its author is the brand itself or an excluded account.
    - `ignored`: nobody said anything in it (a like, a sticker, a follower).
    - `removed`: the network says that a post is gone.
    - `refused`: can't be read; it is a dead letter now.
    """

    accepted: int = 0
    about_no_brand: int = 0
    ignored: int = 0
    removed: int = 0
    refused: tuple[RefusedRow, ...] = ()


class Intake(Protocol):
    """Takes in what a webhook received, once its signature is found right."""

    def take(self, kind: WebhookKind, body: bytes, key: str, sent_at: datetime) -> Taken:
        """Bring a delivery to the bus: when this returns, nothing of it is lost any more.

        The same body with the same key always gives the same mentions, so that taking it again changes nothing.

        Args:
            kind: how it is written.
            body: the JSON that was posted.
            key: of the delivery; rows that have no id of their own are known by it and their number.
            sent_at: when it was sent (UTC); rows that name no time were posted then.

        Raises:
            InputError: the body as a whole can't be read; nothing was taken.
            BackPressureError: the next stage is too far behind; nothing was taken.
            StorageError: the bus can't be written; what was taken of it comes again under the same ids.
        """
        ...
