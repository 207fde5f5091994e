"""The service on a port, until it is told to stop."""

import gc
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import final

import uvicorn
from fastapi import FastAPI

from shapeclf.service.streams import LONGEST_MESSAGE

__all__ = ["run_app"]

_PATIENCE = 5  # seconds that answers in work may still take when the service stops


@final
class _Server(uvicorn.Server):
    """Tells when it answers, and says goodbye to its streams."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, started: Callable[[str], None]) -> None:
        super().__init__(config)
        self._app = app
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Libraries and model stay: going through them at a full collection takes 45 ms, in which nobody is answered.
        gc.collect()
        gc.freeze()
        for listening in sockets or []:
            host, port = listening.getsockname()[:2]
            self._started(f"http://{f'[{host}]' if ':' in host else host}:{port}/")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._app.state.streams.close()
        await super().shutdown(sockets)


def run_app(app: FastAPI, host: str, port: int, started: Callable[[str], None], *, log: bool = False) -> None:
    """Answers until SIGINT or SIGTERM; then no new request is taken, and streams are closed with a reason.

    Args:
        app: what `create_app` made.
        host: name or address to listen on.
        port: likewise; 0 takes any that is free.
        started: is called with the address when the service answers.
        log: whether each request is logged, on stderr.

    Raises:
        OSError: the port is taken, or the host is not this machine's.
    """
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,  # a posterior is smaller than what compressing it would keep of each stream
        server_header=False,
        proxy_headers=False,
        access_log=log,
        log_level="info" if log else "error",
        timeout_graceful_shutdown=_PATIENCE,
    )
    # The server passes Ctrl-C on once it has stopped.
    with socket.create_server((host, port), family=family, backlog=2048) as listening, suppress(KeyboardInterrupt):
        _Server(config, app, started).run(sockets=[listening])
