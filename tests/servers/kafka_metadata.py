"""A line to a broker on which metadata is not what it should be."""

import socket
import struct
import threading
from contextlib import suppress
from typing import Self

from kafka.protocol.metadata import MetadataResponse

from tests.servers.process import LOOPBACK

METADATA = 3
"""The number of the request for metadata in Kafka's protocol."""

NOBODY = 99
"""The id of a broker that doesn't exist."""


class MetadataProxy:
    """Passes requests and answers on; clients are told that the broker is here, so that they never get around it.

    While `leaderless`, they are told that `NOBODY` leads every partition, as during an election on a large cluster.
    As a context manager it is started, and closed at the end.
    """

    def __init__(self, port: int) -> None:
        self.leaderless = False
        self._target = (LOOPBACK, port)
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self.address = f"{LOOPBACK}:{self.port}"
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in [self._listener, *self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._open += [client, server]
                asked: dict[int, tuple[int, int]] = {}
                for source, sink, edited in ((client, server, False), (server, client, True)):
                    thread = threading.Thread(target=self._pass_on, args=(source, sink, asked, edited))
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(
        self, source: socket.socket, sink: socket.socket, asked: dict[int, tuple[int, int]], edited: bool
    ) -> None:
        with suppress(OSError, struct.error), source.makefile("rb") as stream:
            while True:
                (size,) = struct.unpack(">i", stream.read(4))
                frame = stream.read(size)
                if edited:
                    frame = self._edited(frame, *asked.pop(struct.unpack(">i", frame[:4])[0]))
                else:
                    key, version, number = struct.unpack(">hhi", frame[:8])
                    asked[number] = (key, version)
                sink.sendall(struct.pack(">i", len(frame)) + frame)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def _edited(self, frame: bytes, key: int, version: int) -> bytes:
        if key != METADATA:
            return frame
        body = 5 if MetadataResponse.flexible_version_q(version) else 4  # after the request's number and no tags
        answer = MetadataResponse.decode(frame[body:], version=version)
        for broker in answer.brokers:
            broker.host, broker.port = LOOPBACK, self.port
        if self.leaderless:
            for topic in answer.topics:
                for partition in topic.partitions:
                    partition.leader_id = NOBODY
        return frame[:body] + bytes(answer.encode())
