"""The networks that are played leave nothing open, whatever their clients are at when they are closed."""

import asyncio
import gc
import socket

from tests.networks.server import NetworkServer


def test_a_client_that_comes_while_the_server_is_closed_leaves_no_line_open() -> None:
    server = NetworkServer([])
    clients: list[socket.socket] = []

    def comes() -> None:
        # In the server's own thread: it is let in and the server told to end in the same round.
        clients.append(socket.create_connection(("127.0.0.1", server.port)))
        asyncio.get_running_loop().call_soon(server._ending.set)

    with server:
        server.order(comes)
    with clients[0] as client:
        client.settimeout(10)
        assert client.recv(1) == b""
    # A line that was left open complains now, and fails the test.
    gc.collect()
