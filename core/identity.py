"""Identities that stay the same when work is done twice."""

import hashlib

_DIGITS = 24


def identity(kind: str, *parts: str) -> str:
    """A stable id for a thing that is known by its parts, such as ``mention`` by source, network id and brand.

    The same parts give the same id in every process and at every time, so a redelivery finds what it made before.
    The id is the kind's first letter, a dash and 24 hexadecimal digits (96 bits) of BLAKE2b.
    """
    digest = hashlib.blake2b("\x1f".join((kind, *parts)).encode("utf-8", "surrogatepass"), digest_size=_DIGITS // 2)
    return f"{kind[0]}-{digest.hexdigest()}"
