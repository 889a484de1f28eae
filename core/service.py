"""What every worker looks like from outside: one step at a time, so that tests and threads drive it alike."""

from typing import Protocol

from core.events import DeadLetter, encode
from core.identity import identity
from core.ports.bus import Message, Received
from core.ports.clock import Clock


class Service(Protocol):
    """One stage of the pipeline."""

    name: str

    def step(self, timeout: float) -> int:
        """Do one batch, waiting at most `timeout` seconds for work; say how many messages were done.

        A step either finishes its batch and commits it, or raises. After an exception the service must be closed and
        made anew: leaving the group is what lets its batch be delivered again, and a new one begins from what the store
        knows. `runtime.supervisor` does so.
        """
        ...

    def close(self) -> None:
        """Leave the group; nothing half done stays behind."""
        ...


def dead_letter(received: Received, reason: str, stage: str, clock: Clock) -> Message:
    """The message that takes what can't be processed to its dead-letter topic, with the reason."""
    letter = DeadLetter(
        id=identity("dead", stage, received.topic, str(received.partition), str(received.offset)),
        topic=received.topic,
        key=received.key,
        value=received.value.decode("utf-8", "backslashreplace"),
        reason=reason,
        stage=stage,
        at=clock.now(),
    )
    return Message(f"{received.topic}.dead", received.key, encode(letter), received.trace)


def dead_row(value: str, reason: str, stage: str, topic: str, clock: Clock) -> Message:
    """The same for something that never was on the bus, such as a row of a file.

    Half a surrogate pair, which no UTF-8 can hold, is shown escaped: networks send it, and files hold it.
    """
    letter = DeadLetter(
        id=identity("dead", stage, topic, value),
        topic="",
        key="",
        value=_writable(value),
        reason=_writable(reason),
        stage=stage,
        at=clock.now(),
    )
    return Message(f"{topic}.dead", letter.id, encode(letter))


def _writable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
