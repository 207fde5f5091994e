"""Run the service on a port until it is stopped."""

import errno
import gc
import logging
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import final

import uvicorn
from fastapi import FastAPI

from shapeclf.errors import InputError
from shapeclf.service.connections import Connections, Http, OncePerSecond
from shapeclf.service.limits import Limits
from shapeclf.service.streams import LONGEST_MESSAGE
from shapeclf.service.workers import Workers

__all__ = ["OTHER_CONNECTIONS", "limits_within_files", "run_app", "server_of"]

_GRACE_PERIOD = 5  # seconds that answers being computed may still take when the service stops
_OTHER_FILES = 128  # open files that are not connections
OTHER_CONNECTIONS = 1000  # connections reserved for requests other than streams; half of all if there are fewer
_QUEUED = 2048  # connections that the system queues until they are accepted
_SWITCH = 0.0005  # seconds that a thread may compute while the event loop waits for it; Python's default is 0.005


@final
class _Server(uvicorn.Server):
    """A server that reports when it is ready, and closes the streams when it stops."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, started: Callable[[str], None]) -> None:
        super().__init__(config)
        self._app = app
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Libraries and model stay in memory: without freeze(), each full collection would stop the service for 45 ms.
        gc.collect()
        gc.freeze()
        for listening in sockets or []:
            # Set here: asyncio's setting, backlog, is also the number of connections that it accepts at once.
            listening.listen(_QUEUED)
            host, port = listening.getsockname()[:2]
            self._started(f"http://{f'[{host}]' if ':' in host else host}:{port}/")

    async def on_tick(self, counter: int) -> bool:
        if counter % 5 == 0:  # twice a second
            self._app.state.connections.sweep(self.server_state)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._app.state.streams.close()
        await super().shutdown(sockets)


def limits_within_files(limits: Limits) -> Limits:
    """Return limits whose connections and streams fit the number of files that this process may open.

    An open stream is never closed to make way for another connection, so some connections are reserved for other
    requests.
    """
    _, connections = _files_and_connections(limits)
    streams = connections - min(OTHER_CONNECTIONS, connections // 2)
    return replace(limits, connections=connections, streams=min(limits.streams, streams))


def run_app(app: FastAPI, host: str, port: int, started: Callable[[str], None], *, log: bool = False) -> bool:
    """Run the service until SIGINT or SIGTERM; then accept no new request, and close the streams with a reason.

    Args:
        app: The application that `create_app` returns.
        host: Name or address to listen on.
        port: Port to listen on; 0 takes any free one.
        started: Function that is called with the address when the service is ready.
        log: Whether each request is logged on stderr.

    Returns:
        Whether a thread is still computing an answer. Python waits for such a thread before it exits.

    Raises:
        InputError: The host is not known, or not an address of this machine.
        OSError: The port is taken or not allowed.
    """
    sys.setswitchinterval(_SWITCH)
    # The server raises the KeyboardInterrupt of Ctrl-C again when it has stopped.
    with _listening(host, port) as listening, suppress(KeyboardInterrupt):
        server_of(app, started, log=log).run(sockets=[listening])
    workers: Workers = app.state.serving.workers
    return workers.computing


def _listening(host: str, port: int) -> socket.socket:
    try:
        if not host:  # the system would listen on all interfaces
            raise ValueError("it is empty")
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (socket.gaierror, ValueError) as error:  # UnicodeError, of a name that cannot be encoded, is a ValueError
        reason = getattr(error, "strerror", None) or str(error)
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL:
            raise
        reason = "it is not an address of this machine"
    raise InputError(f"--host: cannot listen on {host!r}: {reason}")


def server_of(app: FastAPI, started: Callable[[str], None], *, log: bool = False) -> uvicorn.Server:
    """Return the server of an app, to be run on listening sockets. Arguments are like those of `run_app`."""
    limits: Limits = app.state.serving.limits
    files, connections = _files_and_connections(limits)
    app.state.connections = Connections(connections, limits.arrival)
    config = uvicorn.Config(
        app,
        http=Http,
        loop="asyncio",  # uvloop is no faster here, and its read size cannot be set
        backlog=max(1, files // 16),  # connections that asyncio accepts before it handles any of them
        ws="websockets-sansio",
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,  # messages are short, and each stream would need memory for compression
        server_header=False,
        proxy_headers=False,
        access_log=log,
        log_level="info" if log else "error",
        timeout_graceful_shutdown=_GRACE_PERIOD,
    )
    for name in ("asyncio", "uvicorn.error"):
        logging.getLogger(name).addFilter(OncePerSecond())
    return _Server(config, app, started)


def _files_and_connections(limits: Limits) -> tuple[int, int]:
    """Return how many files this process may have open, and how many connections."""
    files = _open_files(2 * limits.connections + _OTHER_FILES)
    return files, min(limits.connections, files * 5 // 8)


def _open_files(wanted: int) -> int:
    """Raise this process's limit on open files as far as needed and allowed; return it, at most ``wanted``."""
    if sys.platform == "win32":
        return wanted
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft
