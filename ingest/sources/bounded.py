"""Answers that are read up to a limit: libraries on requests read as much as a server sends."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter

LARGEST = 8 << 20
"""Bytes that an answer may have, unpacked."""
_PIECE = 1 << 16


class TooLargeError(requests.RequestException):
    """An answer is larger than anybody should send."""


class Bounded(HTTPAdapter):
    """Reads answers, but no more than `LARGEST` bytes. Streams are left to whoever asked for them.

    Mount it on a session for all addresses: where a server leads on to another, that one's answers are bounded, too.
    """

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, *args: Any, **more: Any
    ) -> requests.Response:
        """Send a request, and read the answer.

        Raises:
            TooLargeError: the answer has more bytes.
        """
        response = super().send(request, stream, *args, **more)
        # What an answer says that leads elsewhere is read by requests itself.
        if not stream or response.is_redirect:
            _read(response)
        return response


def _read(response: requests.Response) -> None:
    body = bytearray()
    for piece in response.iter_content(_PIECE):
        body += piece
        if len(body) > LARGEST:
            response.close()
            raise TooLargeError(f"it answers with more than {LARGEST >> 20} MiB")
    # Where requests keeps what it has read; there is no other way to give it a body.
    response._content = bytes(body)  # noqa: SLF001
