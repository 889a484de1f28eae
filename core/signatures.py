"""What is posted comes from who has the secret: signed over the raw bytes, and read in constant time (pure).

Ours are Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
The library of that name isn't used: it reads the clock itself, knows one secret at a time, signs the text instead of
the bytes that came, and fails with errors of its own on a signature that is no base64.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from core.errors import ConfigurationError

_PREFIX = "whsec_"
_SHORTEST_KEY = 16


def keys_of(secrets: str, setting: str = "SIXMINUTE_WEBHOOK_SECRET") -> tuple[bytes, ...]:
    """The keys in a setting of this name: secrets such as ``whsec_…``, separated by spaces; none where it is empty.

    Raises:
        ConfigurationError: one is no base64, or too short. It isn't told.
    """
    keys = []
    for number, secret in enumerate(secrets.split(), 1):
        key = _decoded(secret.removeprefix(_PREFIX))
        if key is None or len(key) < _SHORTEST_KEY:
            raise ConfigurationError(
                f"{setting}: secret {number} of {len(secrets.split())} is not {_PREFIX} and at least "
                f"{_SHORTEST_KEY} bytes in base64; make one with: echo {_PREFIX}$(openssl rand -base64 32)"
            )
        keys.append(key)
    return tuple(keys)


def signed(keys: Sequence[bytes], id_: str, timestamp: str, body: bytes) -> str:
    """The signatures with all keys, ``v1,…`` separated by spaces: a receiver knows one of them in an exchange."""
    return " ".join("v1," + base64.b64encode(each).decode() for each in _digests(keys, id_, timestamp, body))


def is_ours(keys: Sequence[bytes], id_: str, timestamp: str, signatures: str, body: bytes) -> bool:
    """Whether one of the signatures (``v1,…``, separated by spaces) is that of one of the keys."""
    given = [_decoded(each.removeprefix("v1,")) for each in signatures.split() if each.startswith("v1,")]
    right = False
    for expected in _digests(keys, id_, timestamp, body):
        for each in given:
            right |= each is not None and hmac.compare_digest(expected, each)
    return right


def is_of_meta(secret: str, signature: str, body: bytes) -> bool:
    """Whether ``sha256=…`` (hexadecimal) is the signature with the app's secret."""
    expected = hmac.digest(secret.encode(), body, hashlib.sha256)
    try:
        given = bytes.fromhex(signature.removeprefix("sha256="))
    except ValueError:
        return False
    return signature.startswith("sha256=") and hmac.compare_digest(expected, given)


def is_of_line(secret: str, signature: str, body: bytes) -> bool:
    """Whether this (in base64) is the signature with the channel's secret."""
    expected = hmac.digest(secret.encode(), body, hashlib.sha256)
    given = _decoded(signature)
    return given is not None and hmac.compare_digest(expected, given)


def is_token(token: str, given: str) -> bool:
    """Whether a token is the one that was agreed on."""
    return hmac.compare_digest(token.encode(), given.encode("utf-8", "surrogatepass"))


def _digests(keys: Sequence[bytes], id_: str, timestamp: str, body: bytes) -> list[bytes]:
    content = b"%b.%b.%b" % (id_.encode("latin-1"), timestamp.encode("latin-1"), body)
    return [hmac.digest(key, content, hashlib.sha256) for key in keys]


def _decoded(text: str) -> bytes | None:
    """What stands in base64, with or without its padding; None where it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
