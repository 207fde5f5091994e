"""Connections that wait without a request end, and do not keep others from being answered."""

import asyncio
import logging
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.sync.client import connect

from shapeclf import Recognizer
from shapeclf.service import Limits
from shapeclf.service.app import create_app
from shapeclf.service.connections import Connections, OncePerSecond
from shapeclf.service.running import server_of

from .conftest import running

Address = tuple[str, int]
HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


@contextmanager
def _serving(recognizer: Recognizer, **limits: Any) -> Iterator[Address]:
    """The service on a port, in a thread of this process."""
    started: SimpleQueue[str] = SimpleQueue()
    server = server_of(create_app(recognizer, Limits(**limits)), started.put)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            started.get(timeout=30)
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join()


def _health(address: Address) -> int:
    with urlopen(f"http://{address[0]}:{address[1]}/health", timeout=20) as response:
        status: int = response.status
        return status


def _opened(address: Address, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(address, timeout=20)
    connection.sendall(sent)
    return connection


def _ends(connection: socket.socket) -> bytes:
    """The bytes that a connection receives until the service ends it; if it does not, the timeout fails the test."""
    parts = []
    try:
        while part := connection.recv(2**16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_connections_without_a_complete_request_end(real: Recognizer) -> None:
    with _serving(real, arrival=0.2) as address, ExitStack() as stack:
        sent = {"silent": b"", "headers": HEAD, "kept": HEAD + b"\r\n", "body": b"POST /recognize HTTP/1.1\r\n"}
        sent["body"] += b"Host: localhost\r\nContent-Length: 10\r\n\r\n{"
        opened = {name: stack.enter_context(_opened(address, text)) for name, text in sent.items()}
        trickling = opened["headers"]
        with connect(f"ws://{address[0]}:{address[1]}/stream") as stream:
            trickling.sendall(b"X-Slow: ")
            ended = {name: _ends(connection) for name, connection in opened.items()}
            stream.send("[1, 2]")  # a stream is a complete request, and stays
            assert '"points": 1' in str(stream.recv(timeout=20))
        assert (ended["silent"], ended["headers"]) == (b"", b"")
        assert ended["kept"].startswith(b"HTTP/1.1 200")
        assert ended["body"].startswith(b"HTTP/1.1 408")
        assert _health(address) == 200


def test_a_connection_whose_client_does_not_read_is_closed(real: Recognizer) -> None:
    body = b'{"each_point": true, "fit": false, "sequences": [[' + b"[1,2]," * 60_000 + b"[2,3]]]}"
    head = b"POST /recognize HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    with _serving(real, arrival=0.5, connections=1) as address, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(address)
        reader.sendall(head + body)
        reader.settimeout(60)
        assert reader.recv(12) == b"HTTP/1.1 200"
        while True:  # the only connection there may be
            try:
                assert _health(address) == 200
                return
            except OSError:
                time.sleep(0.05)


def test_one_connection_too_many_closes_the_one_that_has_waited_longest(real: Recognizer) -> None:
    with _serving(real, connections=3) as address, ExitStack() as stack:
        oldest, *others = [stack.enter_context(_opened(address)) for _ in range(3)]
        assert _health(address) == 200
        assert _ends(oldest) == b""
        for connection in others:
            connection.sendall(HEAD + b"Connection: close\r\n\r\n")
            assert _ends(connection).startswith(b"HTTP/1.1 200")


BODILESS = b"POST /recognize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
STREAM += b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "limits"),
    [(BODILESS, {"waiting": 9}), (BODILESS, {"waiting": 1}), (STREAM, {"streams": 1})],
    ids=["arriving", "refused", "ended-streams"],
)
def test_connections_without_a_complete_request_are_closed_first(
    real: Recognizer, sent: bytes, limits: dict[str, int]
) -> None:
    with _serving(real, connections=3, **limits) as address, ExitStack() as stack:
        opened = [stack.enter_context(_opened(address, sent)) for _ in range(3)]
        for connection in opened[1:] if 1 in limits.values() else []:
            assert connection.recv(9) == b"HTTP/1.1 "
        assert [_health(address) for _ in range(3)] == [200] * 3


CHUNKED = b"POST /recognize HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("opening", "repeated", "end"),
    [(STREAM, b"\x8a\x80\0\0\0\0", b"\x88\x80\0\0\0\0"), (CHUNKED, b"1\r\n \r\n", b"0\r\n\r\n")],
    ids=["pongs", "chunks"],
)
def test_few_bytes_are_parsed_in_one_iteration_of_the_event_loop(
    real: Recognizer, monkeypatch: pytest.MonkeyPatch, opening: bytes, repeated: bytes, end: bytes
) -> None:
    lengths: list[int] = []
    protocol: Any = WebSocketsSansIOProtocol if opening == STREAM else H11Protocol
    received = protocol.data_received

    def counted(self: Any, data: bytes) -> None:
        lengths.append(len(data))
        received(self, data)

    monkeypatch.setattr(protocol, "data_received", counted)
    with _serving(real) as address, _opened(address, opening) as client:
        if opening == STREAM:
            assert client.recv(12) == b"HTTP/1.1 101"
        client.sendall(repeated * 20_000 + end)
        _ends(client)
    assert sum(lengths) >= 115_000
    assert max(lengths) <= 4096


@dataclass(eq=False)
class _Unread:
    """A stand-in for a stream, with bytes that its client has not read."""

    unread: int = 0
    frames: list[bytes] = field(default_factory=list)
    aborted: bool = False

    @property
    def transport(self) -> Any:
        return SimpleNamespace(
            is_closing=lambda: False,
            get_write_buffer_size=lambda: self.unread,
            get_protocol=lambda: self,
            abort=lambda: setattr(self, "aborted", True),
        )


def _swept(monkeypatch: pytest.MonkeyPatch, unread: list[int], fragments: int = 0) -> bool:
    """Return whether a stream is closed, given its unread bytes in each second and a longest wait of 2 s."""
    stream, state, connections = _Unread(frames=[b""] * fragments), ServerState(), Connections(9, 2.0)
    state.connections.add(stream)  # type: ignore[arg-type]
    for second, stream.unread in enumerate(unread):
        monkeypatch.setattr(
            "shapeclf.service.connections.time", SimpleNamespace(monotonic=lambda now=second: float(now))
        )
        connections.sweep(state)
    return stream.aborted


def test_only_fewer_unread_bytes_count_as_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _swept(monkeypatch, [100, 200, 300, 400])
    assert _swept(monkeypatch, [100, 100, 100, 100])
    assert not _swept(monkeypatch, [100, 200, 150, 250, 240, 300])
    assert not _swept(monkeypatch, [0, 0, 0, 0])


def test_the_fragments_of_a_message_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _swept(monkeypatch, [100, 2**21])
    assert _swept(monkeypatch, [0], fragments=2000)
    assert not _swept(monkeypatch, [0], fragments=1000)


@pytest.mark.parametrize(
    ("files", "silent"), [(160, 200), pytest.param(1024, 1100, marks=pytest.mark.slow)], ids=["160", "1024"]
)
def test_silent_connections_do_not_stop_the_answers(files: int, silent: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < silent + 200:
        pytest.skip(f"this process may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, silent + 200), hard))
    try:
        with running(files=files) as (url, process), ExitStack() as stack:
            port = int(url.rstrip("/").rpartition(":")[2])
            for _ in range(silent):
                stack.enter_context(_opened(("127.0.0.1", port)))
            assert _health(("127.0.0.1", port)) == 200
            process.terminate()
            _, errors = process.communicate(timeout=30)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(errors) < 2000


@pytest.mark.parametrize("mebibytes", [5, 30])
@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "declared"])
def test_a_client_that_sends_before_it_reads_gets_the_answer(real: Recognizer, mebibytes: int, chunked: bool) -> None:
    content: Any = (b" " * 2**20 for _ in range(mebibytes)) if chunked else b" " * 2**20 * mebibytes
    with _serving(real) as (host, port), pytest.raises(HTTPError) as refused:
        urlopen(Request(f"http://{host}:{port}/recognize", data=content, method="POST"), timeout=60)
    assert refused.value.code == 413
    assert refused.value.read() == b'{"detail": "a request is at most 4194304 bytes long"}'


def test_errors_of_one_kind_are_logged_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    # Only of this module: a running service's event loop uses time.monotonic, too.
    monkeypatch.setattr("shapeclf.service.connections.time", SimpleNamespace(monotonic=lambda: now[0]))
    passes = OncePerSecond().filter

    def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
        info = None if error is None else (type(error), error, None)
        return logging.LogRecord("asyncio", logging.ERROR, "", 0, message, (), info)

    full: Callable[[int], logging.LogRecord] = lambda i: record(f"out of system resource\nsocket: {i}", OSError(24))  # noqa: E731
    assert [passes(full(i)) for i in range(1000)] == [True] + [False] * 999
    assert passes(record("something else", OSError(24)))
    assert passes(record("out of system resource", ValueError()))
    assert not passes(record("Exception in ASGI application", asyncio.CancelledError()))  # the service stops
    assert not passes(record("Invalid UTF-8 sequence received from client.", ValueError()))  # a WebSocket is closed
    now[0] += 1.0
    assert [passes(full(i)) for i in range(2)] == [True, False]
