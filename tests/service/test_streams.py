"""``/stream``: its answers, and the close code for each reason."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from shapeclf import Recognizer
from shapeclf.errors import InputError
from shapeclf.service import Limits
from shapeclf.service.streams import OpenStreams, point_of

from .conftest import FALL


@pytest.mark.parametrize("as_object", [True, False], ids=["object", "list"])
def test_a_stream_answers_as_the_library_does(client: TestClient, real: Recognizer, as_object: bool) -> None:
    stream = real.stream()
    with client.websocket_connect("/stream") as socket:
        for number, (x, y) in enumerate(FALL, start=1):
            socket.send_json({"x": x, "y": y} if as_object else [x, y])
            answer = socket.receive_json()
            posterior = stream.update(x, y)
            assert list(answer["posterior"]) == list(real.families)
            assert list(answer["posterior"].values()) == pytest.approx(posterior.tolist(), abs=1e-6)
            assert answer["family"] == real.families[posterior.argmax()]
            assert answer["probability"] == max(answer["posterior"].values())
            assert answer["points"] == number


def test_streams_do_not_mix(client: TestClient, real: Recognizer) -> None:
    one, other = real.stream(), real.stream()
    with client.websocket_connect("/stream") as first, client.websocket_connect("/stream") as second:
        for x, y in FALL:
            first.send_json([x, y])
            second.send_json([x, -x])
            assert list(first.receive_json()["posterior"].values()) == pytest.approx(one.update(x, y), abs=1e-6)
            assert list(second.receive_json()["posterior"].values()) == pytest.approx(other.update(x, -x), abs=1e-6)


def test_a_stream_among_some_families(client: TestClient) -> None:
    with client.websocket_connect("/stream?among=line,sqrt") as socket:
        socket.send_text("[1, 2]")
        assert list(socket.receive_json()["posterior"]) == ["line", "sqrt"]


BAD = ["", "x", "1", "[1]", "[1, 2, 3, 4]", '["1", 2]', "[true, 2]", "[NaN, 1]", "[1, Infinity]", "{}", '{"x": 1}']
BAD += ['{"x": 1, "y": 2, "z": 3}', "null", f"[{'9' * 400}, 1]", "[" * 900, '[1e308, "x"]']


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_an_invalid_message_is_reported_and_the_stream_continues(client: TestClient, text: str) -> None:
    with client.websocket_connect("/stream") as socket:
        socket.send_text("[1, 2]")
        socket.receive_json()
        socket.send_text(text)
        assert list(socket.receive_json()) == ["error"]
        socket.send_text("[2, 3]")
        assert socket.receive_json()["points"] == 2


def test_too_large_a_point_is_reported(client: TestClient) -> None:
    with client.websocket_connect("/stream") as socket:
        for text in ("[0, 0]", "[1e-300, 1e300]", "[3e300, -1e308]", "[1e308, 1e308]"):
            socket.send_text(text)
            last = socket.receive_json()
        assert "error" in last


def test_invalid_messages_do_not_block_other_streams(real: Recognizer) -> None:
    messages = [{"type": "websocket.connect"}, *[{"type": "websocket.receive", "text": "x"}] * 50]
    iterations = 0

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        pass

    async def others(stream: asyncio.Task[None]) -> None:
        nonlocal iterations
        while not stream.done():
            iterations += 1
            await asyncio.sleep(0)

    async def both() -> None:
        scope = {"type": "websocket", "path": "/stream", "query_string": b"", "headers": []}
        stream = asyncio.create_task(OpenStreams(real, Limits(streams=1)).serve(WebSocket(scope, receive, send)))
        await others(stream)

    asyncio.run(both())
    assert iterations > 50


def test_point_of_reports_the_message() -> None:
    with pytest.raises(InputError, match=r"a point is \[x, y\] .*; got '<script>'"):
        point_of("<script>")


def ending(client: TestClient, *sent: str | bytes, path: str = "/stream") -> tuple[int, str]:
    """Code and reason with which the service closes a stream."""
    with client.websocket_connect(path) as socket:
        for message in sent:
            socket.send({"type": "websocket.receive", "bytes" if isinstance(message, bytes) else "text": message})
        with pytest.raises(WebSocketDisconnect) as end:
            socket.receive_json()
    return end.value.code, end.value.reason


def test_bytes_end_the_stream(client: TestClient) -> None:
    assert ending(client, b"[1, 2]") == (1003, "points are sent as text")


def test_an_unknown_family_ends_the_stream(client: TestClient) -> None:
    code, reason = ending(client, path="/stream?among=line,spiral")
    assert code == 4422
    assert reason.startswith("among must be different families")
    assert len(reason.encode()) <= 123


def test_a_long_time_without_a_message_ends_the_stream(client_with: Callable[..., Any]) -> None:
    with client_with(Limits(idle=0.05)) as client:
        assert ending(client) == (4408, "no message came for 0.05 s")


def test_the_number_of_open_streams_is_limited(client_with: Callable[..., Any]) -> None:
    with client_with(Limits(streams=1)) as client, client.websocket_connect("/stream") as first:
        first.send_text("[1, 2]")
        first.receive_json()
        assert ending(client) == (1013, "the limit on open streams, 1, is reached")
        first.close()
        with client.websocket_connect("/stream") as next_one:
            next_one.send_text("[1, 2]")
            assert next_one.receive_json()["points"] == 1


def test_a_client_that_reads_no_answers_is_disconnected(real: Recognizer) -> None:
    streams = OpenStreams(real, Limits(streams=1, idle=0.01))

    kinds = iter(["websocket.connect"])

    async def receive() -> Any:
        return {"type": next(kinds, "websocket.receive"), "text": "[1, 2]"}

    async def send(message: Any) -> None:
        if message["type"] != "websocket.accept":
            await asyncio.Event().wait()  # there is no room for what is sent

    async def stuck() -> None:
        scope = {"type": "websocket", "path": "/stream", "query_string": b"", "headers": []}
        await asyncio.wait_for(streams.serve(WebSocket(scope, receive, send)), 10)

    asyncio.run(stuck())
    assert len(streams) == 0
