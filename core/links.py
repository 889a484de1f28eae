"""Links by which one person takes one incident in hand with one tap: signed, and good for a day.

A token is a signature, the moment until which it holds, the incident and the person, in the letters that addresses may
have. The signature is HMAC-SHA256, of which 128 bits are kept (RFC 2104, section 5): a message should stay short.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property

from msgspec import Struct

from core.ports.store import Store

LASTS = timedelta(days=1)
"""How long a link holds. Who is paged anew gets a new one."""
PATH = "/a/"
"""What stands before the token in an address."""
_KEY = "key:links"
_KEY_BYTES, _SIGNATURE_BYTES = 32, 16
_LONGEST = 1_000
_PURPOSE = b"acknowledge\x1f"


class Link(Struct, frozen=True, kw_only=True):
    """What a link is for: the incident, the person in whose name it answers, and until when it holds (UTC)."""

    incident: str
    person: str
    until: datetime


class Links:
    """Makes links and reads them.

    Args:
        key: gives the key with which they are signed; it is asked once, when it is first needed.
        base: where people open the pages; empty: there are no links.
    """

    def __init__(self, key: Callable[[], bytes], base: str = "") -> None:
        self._make_key = key
        self._base = base.rstrip("/")

    @cached_property
    def _key(self) -> bytes:
        return self._make_key()

    def incident(self, incident: str) -> str:
        """The address of an incident's page; empty where no public address is known."""
        return f"{self._base}/alarm/{incident}" if self._base else ""

    def case(self, case: str) -> str:
        """The address of a case; empty where no public address is known."""
        return f"{self._base}/?case={case}" if self._base else ""

    def acknowledge(self, incident: str, person: str, now: datetime) -> str:
        """The address by which a person takes an incident in hand; empty where no public address is known."""
        if not self._base:
            return ""
        return f"{self._base}{PATH}{self.token(Link(incident=incident, person=person, until=now + LASTS))}"

    def token(self, link: Link) -> str:
        """A link as it stands in an address."""
        said = "\x1f".join((f"{int(link.until.timestamp()):x}", link.incident, link.person)).encode()
        return base64.urlsafe_b64encode(self._signature(said) + said).rstrip(b"=").decode()

    def read(self, token: str) -> Link | None:
        """What a token stands for, whether it still holds or not; None where it isn't one of ours."""
        if len(token) > _LONGEST or not token.isascii():
            return None
        try:
            whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        signature, said = whole[:_SIGNATURE_BYTES], whole[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(said)):
            return None
        until, incident, person = said.decode().split("\x1f", 2)
        return Link(incident=incident, person=person, until=datetime.fromtimestamp(int(until, 16), UTC))

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._key, _PURPOSE + said, hashlib.sha256)[:_SIGNATURE_BYTES]


def link_key(store: Store) -> bytes:
    """The key of this installation: made by whichever process asks first, and the same for all.

    Raises:
        StorageError: the store can't be read or written.
    """
    kept = store.cursor(_KEY)
    if not kept:
        with store.unit() as unit:
            unit.begin_cursor(_KEY, secrets.token_hex(_KEY_BYTES))
        kept = store.cursor(_KEY)
    return bytes.fromhex(kept)
