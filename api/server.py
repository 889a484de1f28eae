"""The web server: uvicorn, with limits for its clients, which sends listeners away before it waits for connections."""

import asyncio
import socket

import structlog
import uvicorn
from fastapi import FastAPI

from api.connections import BACKLOG, PATIENCE, Connection, Crowd, most_connections

_TOLD_EVERY = 60.0

log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """Serves an application of `api.app` or `api.probes`, in any thread; set `should_exit` to stop it.

    Without this, streams would keep the server from stopping until its grace period is over.

    Args:
        config: uvicorn's; what concerns connections is set here.
        patience: seconds that a client may take for each step; see `api.connections`.
        most: clients at the same time; 0: as many as this process can have.
    """

    server_state: Crowd

    def __init__(self, config: uvicorn.Config, *, patience: float = PATIENCE, most: int = 0) -> None:
        config.http, config.ws, config.backlog = Connection, "none", BACKLOG
        super().__init__(config)
        self.server_state = Crowd(most or most_connections(), patience)
        self._patience = patience
        self._told_at = -_TOLD_EVERY

    async def on_tick(self, counter: int) -> bool:
        """Look after the connections; say whether it is time to stop."""
        for connection in list(self.server_state.connections):
            assert isinstance(connection, Connection)
            connection.check(self._patience)
        now = asyncio.get_running_loop().time()
        if self.server_state.dropped and now - self._told_at >= _TOLD_EVERY:
            self._told_at = now
            log.warning("connections_dropped", dropped=self.server_state.dropped, most=self.server_state.most)
            self.server_state.dropped = 0
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: the streams first, for they would never end by themselves."""
        app = self.config.app
        assert isinstance(app, FastAPI)
        if watcher := getattr(app.state, "watcher", None):
            watcher.end()
        await super().shutdown(sockets)
