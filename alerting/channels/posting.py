"""Posts JSON to a service and reads from its answer whether it was taken.

Redirections aren't followed: a page goes where it was meant to go. Of an answer no more than a few kilobytes are read.
"""

import errno
import re
import socket
import ssl
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx

from alerting.channels.limits import Limit
from alerting.plain import plain
from core.errors import DeliveryError

_LARGEST_ANSWER = 4_096
_LONGEST_REASON = 200
_LONGEST_WAIT = timedelta(minutes=15).total_seconds()
"""A service that wants to be left alone for longer is asked again all the same: it may be somebody's only channel."""
_PASSING = frozenset({408, 425, 429})
"""Refusals that are no judgement on what was sent: RFC 9110, RFC 8470 and RFC 6585."""
_PLAIN_JSON = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
_SECONDS = re.compile(r"\d{1,9}")


class Poster:
    """Posts to one address.

    Args:
        what: the channel as it is named in errors, which quote neither address nor secrets.
        url: where to.
        seconds: how long all of it may take.
        secrets: what must not stand in errors, even where the service repeats it.
    """

    def __init__(self, what: str, url: str, seconds: float, secrets: Collection[str] = ()) -> None:
        self._what = what
        self._url = url
        self._seconds = seconds
        self._secrets = sorted((each for each in secrets if each), key=len, reverse=True)
        self._limit = Limit(what, seconds)

    def post(self, body: bytes, headers: Callable[[], Mapping[str, str]] = dict) -> None:
        """Post a JSON document; what the headers are is asked when it is sent.

        Raises:
            DeliveryError: it was refused, or there was no answer within the limit.
        """
        self._limit(lambda: self._post(body, {**_PLAIN_JSON, **headers()}))

    def _post(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            with (
                httpx.Client(timeout=self._seconds, follow_redirects=False) as client,
                client.stream("POST", self._url, content=body, headers=dict(headers)) as answer,
            ):
                said = b"" if answer.is_success else _beginning(answer)
                self._judge(answer, said)
        except httpx.InvalidURL:
            raise DeliveryError(f"{self._what}: its address can't be used; correct it", permanent=True) from None
        except httpx.HTTPError as error:
            raise DeliveryError(f"{self._what}: {_told(error)}", permanent=False) from None

    def _judge(self, answer: httpx.Response, said: bytes) -> None:
        status = answer.status_code
        if answer.is_success:
            return
        words = said.decode("utf-8", "replace")
        for secret in self._secrets:
            words = words.replace(secret, "***")
        told = f"{self._what}: answered {status}{f': {words}' if (words := plain(words, _LONGEST_REASON)) else ''}"
        if answer.is_redirect:
            told = f"{self._what}: answered {status}, which leads elsewhere; pages don't follow. Correct the address"
        permanent = status not in _PASSING and status < httpx.codes.INTERNAL_SERVER_ERROR
        raise DeliveryError(told, permanent=permanent, retry_after=None if permanent else retry_after(answer.headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds in Retry-After (RFC 9110, section 10.2.3), at most a quarter of an hour.

    A date there is compared with the answer's own Date.
    """
    written = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(written):
        return min(float(written), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(written) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait.total_seconds(), 0.0), _LONGEST_WAIT)


def _beginning(answer: httpx.Response) -> bytes:
    """The first bytes of an answer; why it was refused doesn't change where they can't be read.

    What comes compressed all the same isn't unpacked: a few kilobytes may hold gigabytes.
    """
    found = b""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        return found
    try:
        for piece in answer.iter_raw(_LARGEST_ANSWER):
            found += piece
            if len(found) >= _LARGEST_ANSWER:
                break
    except httpx.HTTPError:
        pass
    return found[:_LARGEST_ANSWER]


def _told(error: httpx.HTTPError) -> str:
    """What happened, without the address, which libraries like to quote."""
    kinds: Mapping[type[httpx.HTTPError], str] = {
        httpx.ConnectTimeout: "it can't be reached in time",
        httpx.TimeoutException: "no answer in time; it may have been taken all the same",
        httpx.ConnectError: f"it can't be reached{f': {why}' if (why := _why(error)) else ''}",
    }
    for kind, words in kinds.items():
        if isinstance(error, kind):
            return words
    return f"the connection broke off ({type(error).__name__}); it may have been taken all the same"


_WHY: Mapping[type[BaseException], str] = {
    ssl.SSLCertVerificationError: "its certificate isn't trusted",
    ssl.SSLError: "no TLS could be agreed upon",
    socket.gaierror: "its name isn't found",
    ConnectionRefusedError: "the connection is refused",
    ConnectionResetError: "the connection is broken off at once",
}
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
_CERTIFICATES: Mapping[int, str] = {
    9: "its certificate isn't valid yet",
    10: "its certificate has expired",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}
"""What is wrong with a certificate, by OpenSSL's numbers (X509_V_ERR_…)."""


def _why(error: BaseException | None) -> str:
    """Why nobody could be reached, in words of our own: those of libraries quote names and addresses."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _CERTIFICATES:
            return _CERTIFICATES[error.verify_code]
        if found := next((words for kind, words in _WHY.items() if isinstance(error, kind)), ""):
            return found
        if isinstance(error, OSError) and error.errno in _NO_WAY:
            return "no way leads there from here"
        error = error.__cause__ or error.__context__
    return ""
