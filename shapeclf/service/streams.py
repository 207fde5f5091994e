"""The WebSocket ``/stream``, which answers each point with a posterior."""

import asyncio
import json
from contextlib import suppress
from typing import Any, final

from fastapi import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from shapeclf.errors import InputError
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.service.limits import Limits
from shapeclf.service.stepper import Stepper, StreamHandle

__all__ = ["LONGEST_MESSAGE", "OpenStreams", "point_of"]

LONGEST_MESSAGE = 1024  # bytes; the server closes a stream that sends more with the code 1009
_GOING_AWAY, _UNSUPPORTED, _TRY_LATER = 1001, 1003, 1013
_IDLE, _UNKNOWN = 4408, 4422  # like 408 and 422 in HTTP
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False)  # json.dumps constructs one in each call
_CLOSING = 0.5  # seconds that a client may take to read what was sent before the close frame
_LONGEST_REASON = 123  # bytes in a close frame


@final
class OpenStreams:
    """The open streams of the service.

    Args:
        recognizer: The recogniser that answers.
        limits: The limits on the number of streams and on the time without a message.
    """

    def __init__(self, recognizer: Recognizer, limits: Limits) -> None:
        self._limits = limits
        self._stepper = Stepper(recognizer, limits.streams)
        self._open: set[WebSocket] = set()

    def __len__(self) -> int:
        return len(self._open)

    async def serve(self, socket: WebSocket) -> None:
        """Answer one stream until it ends."""
        await socket.accept()
        among = socket.query_params.get("among")
        try:
            handle = self._stepper.open(None if among is None else among.split(","))
        except InputError as error:
            await _end(socket, _UNKNOWN, str(error).encode()[:_LONGEST_REASON].decode(errors="ignore"))
            return
        if handle is None:
            await _end(socket, _TRY_LATER, f"the limit on open streams, {self._limits.streams}, is reached")
            return
        self._open.add(socket)
        try:
            await self._answer(socket, handle)
        except WebSocketDisconnect:
            pass  # the client has left
        except TimeoutError:
            await _end(socket, _IDLE, f"no message came for {self._limits.idle:g} s")
        finally:
            self._open.discard(socket)
            handle.close()

    async def _answer(self, socket: WebSocket, handle: StreamHandle) -> None:
        while True:
            async with asyncio.timeout(self._limits.idle):
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                if text is None:
                    await _end(socket, _UNSUPPORTED, "points are sent as text")
                    return
                reply = await _reply(handle, text)
                if socket.application_state is not WebSocketState.CONNECTED:
                    return  # the service stops
                # This waits while the client does not read, within the same limit of time.
                await socket.send_text(reply)

    async def close(self) -> None:
        """Close all streams, since the service stops."""
        closing = (_end(socket, _GOING_AWAY, "the service stops") for socket in [*self._open])
        await asyncio.gather(*closing, return_exceptions=True)


async def _end(socket: WebSocket, code: int, reason: str) -> None:
    """Close a stream with a reason; give up if the client does not read what was sent before."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSING):
            await socket.close(code, reason)


async def _reply(handle: StreamHandle, text: str) -> str:
    try:
        posterior = await handle.update(*point_of(text))
    except InputError as error:
        await asyncio.sleep(0)  # otherwise invalid messages would keep the event loop from other streams
        return _JSON.encode({"error": str(error)})
    best = max(range(len(posterior)), key=posterior.__getitem__)
    answer = {
        "family": handle.families[best],
        "probability": posterior[best],
        "posterior": dict(zip(handle.families, posterior, strict=True)),
        "points": handle.points,
    }
    return _JSON.encode(answer)


def point_of(text: str) -> tuple[float, ...]:
    """Return the point in a message, ``[x, y]`` or ``{"x": x, "y": y}``; either may have y_error, too.

    Raises:
        InputError: The message is not a point.

    Example:
        >>> point_of('{"x": 1, "y": 4.9}')
        (1.0, 4.9)
    """
    try:
        value: Any = json.loads(text)
        point = [value[name] for name in ("x", "y", "y_error")[: len(value)]] if isinstance(value, dict) else value
        if len(value) not in (2, 3) or not all(type(number) in (int, float) for number in point):
            raise TypeError
        return tuple(map(float, point))
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError):
        raise InputError(
            f'a point is [x, y] or {{"x": x, "y": y}}, two numbers, or three with y_error; got {text[:60]!r}'
        ) from None
