"""Addresses as they may be shown (pure): they may hold a password or a key, and go into messages, logs and pages."""

import re
from urllib.parse import urlsplit

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)
_WEB = ("https://", "http://")


def shown(address: str) -> str:
    """Scheme, host, port and path: neither user and password nor what stands behind ? and #."""
    try:
        parts = urlsplit(address)
        # What stands before the last @ is the user, as for those who connect there.
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return f"{parts.scheme}://{host}{parts.path}" if host else "(an address that can't be read)"


def shown_in(text: str) -> str:
    """Words, such as those of an error, with every address in them as it may be shown."""
    return _ADDRESS.sub(lambda found: shown(found[0]), text)


def has_user(address: str) -> bool:
    """Whether a user or a password stands in it."""
    try:
        return "@" in urlsplit(address).netloc
    except ValueError:
        return "@" in address


def password_in(address: str) -> str:
    """The password that stands in it as it is written there, or nothing."""
    try:
        return urlsplit(address).password or ""
    except ValueError:
        return ""


def as_link(address: str) -> str:
    """The address where it may become a link on a page, else nothing: “javascript:” must not."""
    return address if address.lower().startswith(_WEB) else ""
