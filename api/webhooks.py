"""Deliveries of others: their signatures, their clocks, and each of them once.

What a webhook was answered is kept under its id, so that a repeated delivery is answered as before. There is a fixed
number of places for that, as for other requests (see `api.idempotency`), but places of their own: a busy sender must
not push out what people did. An answer that is forgotten does no harm, because the same delivery always makes the same
mentions.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from api.idempotency import Answers, Kept, digest
from api.parts import Webhooks
from api.problems import ProblemError
from api.schemas.webhooks import TakenOut
from core.ports.clock import Clock
from core.ports.intake import Intake, WebhookKind
from core.ports.store import Store
from core.signatures import is_of_line, is_of_meta, is_ours, is_token

TOLERANCE = timedelta(minutes=5)
"""How far the clocks of sender and receiver may be apart."""
_MAX_ID = 200
_MAX_SECONDS = 11
"""Digits of a moment in seconds: enough for three thousand years."""
_PLACES = "webhook"
_CHALLENGE = {"WWW-Authenticate": "Signature"}


class Delivery(Struct, frozen=True):
    """A delivery whose signature is right: its key among all of its kind, when it was sent (UTC), and its raw body."""

    key: str
    sent_at: datetime
    body: bytes


class Doorkeeper:
    """Lets in deliveries that are signed.

    Raises of all its methods:
        ProblemError: the webhook is off, the signature is wrong, or the clocks are too far apart.
    """

    def __init__(self, webhooks: Webhooks, clock: Clock) -> None:
        self._webhooks = webhooks
        self._clock = clock

    def ours(self, id_: str, timestamp: str, signatures: str, body: bytes) -> Delivery:
        """A delivery in the manner of Standard Webhooks."""
        _check_on(bool(self._webhooks.keys), "SIXMINUTE_WEBHOOK_SECRET")
        if not (id_ and timestamp and signatures):
            raise _unsigned("The headers webhook-id, webhook-timestamp and webhook-signature must be there.")
        if not is_ours(self._webhooks.keys, id_, timestamp, signatures, body):
            raise _unsigned(
                "No signature in webhook-signature is right for this id, time and body. Sign the raw bytes with the "
                "secret that is in SIXMINUTE_WEBHOOK_SECRET here."
            )
        # Only who has the secret is told more.
        if not (len(id_) <= _MAX_ID and id_.isascii() and id_.isprintable()):
            raise ProblemError("bad-request", f"A webhook-id has 1 to {_MAX_ID} printable ASCII characters.")
        return Delivery(id_, self._sent_at(timestamp), body)

    def of_meta(self, signature: str, body: bytes) -> Delivery:
        """A delivery of Meta, which is known by what it says: it has no id."""
        secret = self._webhooks.meta_app_secret
        _check_on(bool(secret), "SIXMINUTE_META_APP_SECRET")
        if not is_of_meta(secret, signature, body):
            raise _unsigned("X-Hub-Signature-256 is not that of this body and the app's secret.")
        return Delivery(digest([body]), self._clock.now(), body)

    def of_line(self, signature: str, body: bytes) -> Delivery:
        """A delivery of LINE, which is known by what it says: it has no id."""
        secret = self._webhooks.line_channel_secret
        _check_on(bool(secret), "SIXMINUTE_LINE_CHANNEL_SECRET")
        if not is_of_line(secret, signature, body):
            raise _unsigned("x-line-signature is not that of this body and the channel's secret.")
        return Delivery(digest([body]), self._clock.now(), body)

    def check_handshake(self, mode: str, token: str) -> None:
        """Whether it is Meta that asks whether we are who was named to it."""
        agreed = self._webhooks.meta_verify_token
        _check_on(bool(agreed), "SIXMINUTE_META_VERIFY_TOKEN")
        if not is_token(agreed, token):
            raise _unsigned("hub.verify_token is not the token that is in SIXMINUTE_META_VERIFY_TOKEN here.")
        if mode != "subscribe":
            raise ProblemError("bad-request", "hub.mode must be subscribe.")

    def _sent_at(self, timestamp: str) -> datetime:
        now = self._clock.now()
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= _MAX_SECONDS):
            raise ProblemError("clocks-apart", "webhook-timestamp must be a number of seconds since 1970.")
        sent_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(timestamp))
        apart = (now - sent_at).total_seconds()
        if abs(apart) > TOLERANCE.total_seconds():
            raise ProblemError(
                "clocks-apart",
                f"webhook-timestamp is {abs(apart):.0f} s {'before' if apart > 0 else 'after'} the time here, more "
                f"than {TOLERANCE.total_seconds():.0f}. Set both clocks by NTP, and sign each attempt anew.",
            )
        return sent_at


class Once:
    """Takes in deliveries, and answers repeated ones as before."""

    def __init__(self, intake: Intake, store: Store) -> None:
        self._intake = intake
        self._answers = Answers(store, _PLACES)

    def take(self, kind: WebhookKind, delivery: Delivery, path: str) -> tuple[TakenOut, bool]:
        """What became of its rows, and whether that was known already.

        Raises:
            ProblemError: its id was another delivery's before.
            InputError: the body can't be read.
            BackPressureError: the bus is too far behind.
            StorageError: bus or store can't be reached.
        """
        key, request = digest([kind.encode(), delivery.key.encode()]), digest([delivery.body])
        kept = self._answers.read(key)
        if kept is None:
            taken = TakenOut.model_validate(self._intake.take(kind, delivery.body, delivery.key, delivery.sent_at))
            answer = taken.model_dump_json()
            self._answers.keep(Kept(key, request, 200, "application/json", answer), path)
            return taken, False
        if kept.request != request:
            raise ProblemError("key-reused", "This webhook-id was that of another delivery before. Nothing was taken.")
        return TakenOut.model_validate_json(kept.body), True


def _check_on(on: bool, variable: str) -> None:
    if not on:
        raise ProblemError("webhook-off", f"This webhook is off: set {variable} and start anew to switch it on.")


def _unsigned(detail: str) -> ProblemError:
    return ProblemError("wrong-signature", f"{detail} Nothing was taken.", headers=_CHALLENGE)
