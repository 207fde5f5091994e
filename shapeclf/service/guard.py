"""The checks that every request passes first: its host, its origin and the size of its body."""

import asyncio
import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shapeclf.service.limits import Limits
from shapeclf.service.workers import Busy, Workers

__all__ = ["BUSY", "RETRY_AFTER", "Guard", "host_name", "is_host_name"]

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAFE = ("GET", "HEAD", "OPTIONS")  # methods that change nothing and are cheap

BUSY = "too many requests wait; try again"
RETRY_AFTER = {"Retry-After": "1"}
_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[\w.-]+))(?::[0-9]*)?", re.IGNORECASE)
_SHOWN = 60  # characters of a host that is not allowed
# The rest of a refused body is read up to this many times the largest allowed size, since some clients send the whole
# body before they read the answer.
_DISCARDED = 16


class _Refused(Exception):
    """Raised for a request that is refused.

    Args:
        status: HTTP status of the answer.
        reason: Text of the answer.
        headers: Further headers of the answer.
        unread: Whether a part of the body may still be unread.
    """

    def __init__(
        self, status: int, reason: str, headers: Mapping[str, str] | None = None, *, unread: bool = True
    ) -> None:
        super().__init__(reason)
        self.status, self.reason, self.headers, self.unread = status, reason, headers or {}, unread


@final
class Guard:
    """Refuses requests for other hosts, from other origins or with too large bodies, before they are parsed.

    A malicious web page can reach a service on the visitor's machine through a host name that resolves to that machine
    (DNS rebinding). So the Host header must be an IP address, ``localhost`` or one of the given names. A page can also
    open a WebSocket or send a POST request to any address. Browsers then send the header Origin, which must name this
    service; other clients may leave it out.

    Args:
        app: The application that gets the requests that pass.
        limits: The limits on the size of a body and on the time until it has arrived.
        workers: The workers, which decide before the body is read whether one more request may wait.
        hosts: Host names that requests may use in addition to IP addresses and ``localhost``.
    """

    def __init__(self, app: ASGIApp, limits: Limits, workers: Workers, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._limits = limits
        self._workers = workers
        self._hosts = {"localhost", *(host.lower() for host in hosts)}
        self._turns = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        sender = _with_headers(send) if scope["type"] == "http" else send
        try:
            await self._pass_on(scope, receive, sender)
        except _Refused as refused:
            if scope["type"] == "http":
                await self._refuse(refused, scope, receive, sender)
            else:
                await send({"type": "websocket.close", "code": 1008})

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, read its body and pass the request on, or raise _Refused."""
        self._check(scope)
        if scope["type"] == "websocket" or scope["method"] in _SAFE:
            await self._app(scope, receive, send)
            return
        try:
            with self._workers.reserve():
                body = await self._body(scope, receive)
                if body is not None:
                    await self._app(scope, _replayed(body, receive), send)
        except Busy:
            raise _Refused(429, BUSY, RETRY_AFTER) from None

    def _check(self, scope: Scope) -> None:
        """Raise _Refused if the request is for another host or comes from a page of another origin."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", "").lower(), headers.get("origin")
        if not self._is_allowed(host_name(host)):
            raise _Refused(400, f"the host {host[:_SHOWN]!r} is not allowed; allow a name with --allow-host NAME")
        checked = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if checked and origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            raise _Refused(403, "pages of other origins are not answered")

    def _is_allowed(self, name: str) -> bool:
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name != "" and name in self._hosts
        return True  # DNS rebinding needs a name

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """Return the whole body, or None if the client has disconnected.

        Raises:
            _Refused: The body is too large or takes too long to arrive.
        """
        reason = f"a request is at most {self._limits.body} bytes long"
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._limits.body:
            raise _Refused(413, reason)
        parts, size, more = [], 0, True
        try:
            async with asyncio.timeout(self._limits.arrival):
                while more:
                    message = await self._part(receive)
                    if message["type"] == "http.disconnect":
                        return None
                    more = message.get("more_body", False)
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._limits.body:
                        raise _Refused(413, reason, unread=more)
        except TimeoutError:
            late = f"the request took longer than {self._limits.arrival:g} s to arrive"
            raise _Refused(408, late, unread=False) from None
        return b"".join(parts)

    async def _part(self, receive: Receive) -> Message:
        """Read one more part of a body.

        The server reads more from a connection only when the next part is requested. In each iteration of the event
        loop only one body requests a part, so that many large bodies do not delay other work. A slow client delays no
        other request.
        """
        async with self._turns:
            await asyncio.sleep(0)
        return await receive()

    async def _refuse(self, refused: _Refused, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then discard a bounded amount of the body.

        A client that is still sending when the connection is closed gets an error instead of the answer.
        """
        body = json.dumps({"detail": refused.reason}).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        raw = [(name.encode(), value.encode()) for name, value in (headers | {**refused.headers}).items()]
        await send({"type": "http.response.start", "status": refused.status, "headers": raw})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        waits = Headers(scope=scope).get("expect", "").lower() == "100-continue"  # the client has not sent the body
        left = self._limits.body * _DISCARDED
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.arrival):
                more = refused.unread and not waits and scope["method"] not in _SAFE
                while more and left > 0:
                    message = await self._part(receive)
                    left -= len(message.get("body", b""))
                    more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": b""})


def host_name(host: str) -> str:
    """Return the name or address in a Host header, without port and brackets; empty if the header is malformed.

    Example:
        >>> host_name("LocalHost:8000"), host_name("[::1]:8000"), host_name("localhost:1@evil.example")
        ('localhost', '::1', '')
    """
    match = _HOST.fullmatch(host)
    return "" if match is None else (match["v6"] or match["name"]).lower()


def is_host_name(text: str) -> bool:
    """Return whether a text is a valid name for a Host header, without a port."""
    return text != "" and text.isascii() and host_name(text) == text.lower()


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sender


def _replayed(body: bytes, receive: Receive) -> Receive:
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return parts.pop() if parts else await receive()

    return replay
