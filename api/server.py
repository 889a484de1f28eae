"""The web server: uvicorn, which sends listeners away before it waits for open connections to end."""

import socket

import uvicorn
from fastapi import FastAPI

from api.stream import Watcher


class Server(uvicorn.Server):
    """Serves an application made by `api.app.create_app`.

    It can run in any thread: set `should_exit` to stop it. Streams end at once, whatever is being answered gets
    `grace` seconds.
    """

    def __init__(self, app: FastAPI, host: str, port: int, *, grace: int = 5) -> None:
        # The program has its own log, in which the address and the errors stand.
        super().__init__(
            uvicorn.Config(
                app,
                host,
                port,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                timeout_graceful_shutdown=grace,
            )
        )
        self._watcher: Watcher = app.state.watcher

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: the streams first, for they would never end by themselves."""
        self._watcher.end()
        await super().shutdown(sockets)
