"""The web server: uvicorn, which sends listeners away before it waits for open connections to end."""

import socket

import uvicorn
from fastapi import FastAPI


class Server(uvicorn.Server):
    """Serves an application of `api.app` or `api.probes`, in any thread; set `should_exit` to stop it.

    Without this, streams would keep the server from stopping until its grace period is over.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: the streams first, for they would never end by themselves."""
        app = self.config.app
        assert isinstance(app, FastAPI)
        if watcher := getattr(app.state, "watcher", None):
            watcher.end()
        await super().shutdown(sockets)
