"""Talks with a Mastodon instance in threads, by Mastodon.py, so that nobody else waits for the network."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from mastodon import Mastodon, MastodonAPIError, MastodonRatelimitError, MastodonUnauthorizedError, StreamListener
from msgspec import Struct

from ingest.addresses import shown_in
from ingest.normalise import normalise_line
from ingest.sources.bounded import Bounded, TooLargeError
from ingest.sources.mastodon_statuses import Lines
from ingest.sources.room import Room

PAGE = 40
"""Statuses that an instance gives at once, at most."""
_ROOM = 1_000
_ROOM_BYTES = 16 << 20
"""Events that wait at most, and their bytes; after that the instance waits."""
_PIECE = 1 << 16
_CALL_SECONDS = 10.0
_SHOWN = 200
_REFUSALS = frozenset({403, 404, 410, 422})


class Told(Struct, frozen=True):
    """An event of a timeline's stream: its name, empty for a keep-alive, and its data."""

    timeline: str
    event: str
    data: bytes = b""


class Page(Struct, frozen=True):
    """A page of a timeline, and until when (seconds since 1970) there are no more; 0 where there are."""

    timeline: str
    statuses: Sequence[object]
    pause_until: float = 0.0


class Limited(Struct, frozen=True):
    """There is no page before then (seconds since 1970); 0 where nobody says."""

    timeline: str
    until: float


class Refused(Struct, frozen=True):
    """This timeline can't be paged through, and why."""

    timeline: str
    reason: str


class Broken(Struct, frozen=True):
    """The instance can't be read any more, and why."""

    reason: str


Happening = Told | Page | Limited | Refused | Broken


class Instance:
    """An instance and its timelines: ``""`` is everything public, others are hashtags.

    Args:
        url: of the instance.
        token: of an account there.
        patience: seconds after which a stream without a word is given up here; its reader looks at that too.
    """

    def __init__(self, url: str, token: str, patience: float) -> None:
        self._url = url
        self._token = token
        self._patience = patience
        self._told: Room[Happening] = Room(_ROOM, _ROOM_BYTES)
        self._ending = threading.Event()
        self._clients: list[Mastodon] = []
        self._client = self._open()

    def listen(self, timeline: str) -> None:
        """Follow the stream of a timeline. Its first event is named ``open``; from there on nothing is missed."""
        self._start(self._listen, timeline, self._open())

    def ask(self, timeline: str, after: str, limit: int = PAGE) -> None:
        """Ask for the statuses that came next after this one, or for the newest where `after` is empty."""
        self._start(self._page, timeline, after, limit)

    def waiting(self, most: int) -> list[Happening]:
        """What has happened, in order."""
        return self._told.take(most)

    def close(self) -> None:
        """Let go of everything; the threads end at once."""
        self._ending.set()
        self._told.close()
        for client in self._clients:
            client.session.close()

    def _open(self) -> Mastodon:
        client = Mastodon(
            access_token=self._token,
            api_base_url=self._url,
            version_check_mode="none",
            request_timeout=_CALL_SECONDS,
            ratelimit_method="throw",
            user_agent="sixminute",
        )
        # A packed stream would come in lumps.
        client.session.headers["Accept-Encoding"] = "identity"
        for scheme in ("https://", "http://"):
            client.session.mount(scheme, Bounded())
        self._clients.append(client)
        return client

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, name=f"Mastodon {work.__name__}", daemon=True).start()

    def _tell(self, happening: Happening) -> None:
        self._told.put(happening, len(happening.data) if isinstance(happening, Told) else 0)

    def _listen(self, timeline: str, client: Mastodon) -> None:
        reason = "it ended the stream"
        listener = _Listener(timeline, self._tell, self._ending)
        try:
            kind = "hashtag" if timeline else "public"
            if not client.timeline_is_available(kind, with_auth=True):
                reason = f"it shows its {kind} timeline to nobody"
            elif timeline:
                client.stream_hashtag(timeline, listener, timeout=self._patience)
            else:
                client.stream_public(listener, timeout=self._patience)
        except Exception as error:  # noqa: BLE001  whatever it is, the stream is over and somebody has to know
            reason = explained(error)
        finally:
            client.session.close()
        self._tell(Broken(reason))

    def _page(self, timeline: str, after: str, limit: int) -> None:
        name = f"tag/{timeline}" if timeline else "public"
        try:
            found = self._client.timeline(name, min_id=after or None, limit=limit)
            left, until = self._client.ratelimit_remaining, self._client.ratelimit_reset
            self._tell(Page(timeline, list(found), 0.0 if left else until or 0.0))
        except MastodonRatelimitError:
            self._tell(Limited(timeline, self._client.ratelimit_reset or 0.0))
        except Exception as error:  # noqa: BLE001  the library may stumble over anything that an instance says
            self._tell(Refused(timeline, explained(error)) if _for_good(error) else Broken(explained(error)))


class _Listener(StreamListener):
    """Passes on what a stream says as it stands there.

    The library's own listener reads byte by byte, fills types that aren't needed, and ends the stream where one line
    makes no sense.
    """

    def __init__(self, timeline: str, tell: Callable[[Happening], None], ending: threading.Event) -> None:
        self._timeline = timeline
        self._tell = tell
        self._ending = ending

    def handle_stream(self, response: Any) -> None:
        """Read the answer to its end."""
        self._tell(Told(self._timeline, "open"))
        lines = Lines()
        while not self._ending.is_set() and (piece := response.raw.read1(_PIECE)):
            for event, data in lines.add(piece):
                self._tell(Told(self._timeline, event, data))


def _for_good(error: BaseException) -> bool:
    """Whether asking again would bring the same: it is refused, or the answer is larger or deeper than any."""
    if isinstance(error, MastodonAPIError) and len(error.args) > 1 and error.args[1] in _REFUSALS:
        return True
    # The library wraps what it met.
    return any(isinstance(each, TooLargeError | RecursionError) for each in (error, error.__context__))


def explained(error: Exception) -> str:
    """Why the library failed, in one line; what a server says in an error is kept short."""
    if isinstance(error, MastodonUnauthorizedError) or "Unauthorized" in str(error):
        return "it doesn't accept the token; set mastodon_access_token (SIXMINUTE_MASTODON_ACCESS_TOKEN) to a valid one"
    words = [str(word)[: 10 * _SHOWN] for word in error.args if word not in (None, "Mastodon API returned error")]
    return normalise_line(shown_in(" ".join(words)), _SHOWN) or type(error).__name__
