"""Limits on the connections of a server: their number, and how long each may wait without a request."""

import asyncio
import logging
import time
from itertools import chain
from typing import Any, final

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

__all__ = ["Connections", "Http", "OncePerSecond"]

# Bytes read and parsed in one iteration of the event loop. By default asyncio reads 256 KiB. Parsing these takes up to
# a second if they are tiny WebSocket frames.
_READ = 4096
_READ_BODY = 2**18  # the same for a body whose length is declared, which is parsed in one step however long it is
_MAX_UNREAD = 2**20  # most bytes of replies that a client has not read; only replies to pings can exceed it
_MAX_FRAGMENTS = 1024  # of one WebSocket message; without a limit, empty ones would accumulate


@final
class Connections:
    """Closes connections that wait without a request, and those whose client does not read its answer.

    A connection waits from its start until it has received a complete request with its body, and again after the
    answer is complete. A connection also counts as waiting while the body of a refused request is being discarded, and
    when a stream has ended and the client has not closed it. Receiving only a part of a request does not end the wait.

    Args:
        most: Largest number of open connections, streams included. If one more opens, the connection that has waited
            longest is closed; if none waits, the new one is closed.
        timeout: Longest time in seconds that a connection may wait.
    """

    def __init__(self, most: int, timeout: float) -> None:
        self._most = most
        self._timeout = timeout
        self._waiting: dict[Any, tuple[float, int]] = {}  # start of the wait; bytes of an answer not yet read

    def open(self, connection: "Http") -> None:
        """Add a new connection, and close one if there are too many; see the class."""
        if len(connection.connections) > self._most:
            others = (each for each in connection.connections if each is not connection and not _is_busy(each))
            oldest = next(chain(self._waiting, others), connection)
            self._waiting.pop(oldest, None)
            oldest.transport.abort()
        self.update(connection)

    def update(self, connection: "Http") -> None:
        """Record whether a connection waits, after it has received or sent something."""
        if _is_busy(connection):
            self._waiting.pop(connection, None)
        else:
            self._wait(connection)

    def close(self, connection: "Http") -> None:
        """Forget a connection that is closed."""
        self._waiting.pop(connection, None)

    def sweep(self, state: ServerState) -> None:
        """Close the connections that have waited too long."""
        for connection in state.connections:
            if connection.transport.is_closing() or connection.transport.get_write_buffer_size():
                self._wait(connection)
            if len(getattr(connection, "frames", ())) > _MAX_FRAGMENTS:
                connection.transport.abort()
        now = time.monotonic()
        for connection, (since, unread) in [*self._waiting.items()]:
            left, closing = connection.transport.get_write_buffer_size(), connection.transport.is_closing()
            if connection not in state.connections or (_is_busy(connection) and not left and not closing):
                del self._waiting[connection]
            elif left < unread:
                self._waiting[connection] = (now, left)  # the client reads
            elif left > _MAX_UNREAD or (now - since >= self._timeout and not _is_arriving(connection)):
                connection.transport.abort()
            else:
                self._waiting[connection] = (since, left)

    def _wait(self, connection: Any) -> None:
        self._waiting.setdefault(connection, (time.monotonic(), connection.transport.get_write_buffer_size()))


def _is_busy(connection: Any) -> bool:
    """Return whether a connection is an open stream or has a complete request that is not answered yet."""
    if connection.transport.get_protocol() is not connection or not isinstance(connection, Http):
        return not getattr(connection, "close_sent", False)
    return connection.cycle is not None and not connection.cycle.response_complete and not _is_arriving(connection)


def _is_arriving(connection: Any) -> bool:
    """Return whether the body of a request is still arriving. The `Guard` limits the time for that."""
    cycle = getattr(connection, "cycle", None)
    return cycle is not None and cycle.more_body and not cycle.response_complete


@final
class Http(H11Protocol):
    """Uvicorn's HTTP protocol, which also reports to ``state.connections`` of the app when a connection waits."""

    @property
    def _connections(self) -> Connections:
        found: Connections = self.config.app.state.connections  # type: ignore[union-attr]
        return found

    def connection_made(self, transport: Any) -> None:
        transport.max_size = _READ  # an attribute of asyncio's transport, except on Windows
        super().connection_made(transport)
        self._connections.open(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._connections.close(self)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        declared = _is_arriving(self) and any(name == b"content-length" for name, _ in self.headers)
        self.transport.max_size = _READ_BODY if declared else _READ  # type: ignore[attr-defined]
        self._connections.update(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._connections.update(self)


@final
class OncePerSecond(logging.Filter):
    """Passes one log record of each kind per second; drops those of cancelled requests and of messages not in UTF-8.

    Records are of one kind if they have the same logger, the same first line and the same type of exception.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        exception = record.exc_info[0] if record.exc_info else None
        if exception is asyncio.CancelledError:  # the service stops
            return False
        if str(record.msg).startswith("Invalid UTF-8"):  # a WebSocket message, after which uvicorn closes the stream
            return False
        kind = (record.name, str(record.msg).partition("\n")[0], exception)
        now, last = time.monotonic(), self._last.get(kind, -1.0)
        if now - last < 1:
            return False
        self._last[kind] = now
        return True
