"""What every request passes first: whom it is addressed to, who sends it, and how much."""

import asyncio
import ipaddress
import json
from collections.abc import Iterable
from typing import final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shapeclf.service.limits import Limits

__all__ = ["Guard", "host_name"]

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
_NEVER_MIND = ("GET", "HEAD", "OPTIONS")  # methods that change nothing and cost little


@final
class Guard:
    """Refuses what is not for this service, and too large bodies, before anything is made of them.

    A page of somebody else's can make a browser call a service on its own machine by a name that resolves to it (DNS
    rebinding), so only addresses, ``localhost`` and names that were asked for are answered; and it can open a
    WebSocket to anywhere, so the page that does must be ours.

    Args:
        app: what comes next.
        limits: how long a body may be, and how long it may take.
        hosts: names that the service may be called by, beside addresses and ``localhost``.
    """

    def __init__(self, app: ASGIApp, limits: Limits, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._limits = limits
        self._hosts = {"localhost", *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        is_http = scope["type"] == "http"
        sender = _with_headers(send) if is_http else send
        refused = self._refused(scope)
        if refused is not None:
            await (_refuse(sender, *refused) if is_http else send({"type": "websocket.close", "code": 1008}))
            return
        if is_http and scope["method"] not in _NEVER_MIND:
            try:
                async with asyncio.timeout(self._limits.idle):
                    body = await self._body(scope, receive)
            except TimeoutError:
                await _refuse(sender, 408, f"the request took longer than {self._limits.idle:g} s to arrive")
                return
            if body is None:
                await _refuse(sender, 413, f"a request is at most {self._limits.body} bytes long")
                return
            receive = _replayed(body, receive)
        await self._app(scope, receive, sender)

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason, where the request is not for this service or comes from another's page."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(host_name(host)):
            return 400, "this service is not called by that name; start it with --allow-host NAME if it shall be"
        checked = scope["type"] == "websocket" or scope["method"] not in _NEVER_MIND
        if checked and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "pages of other origins are not answered"
        return None

    def _is_ours(self, name: str) -> bool:
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._hosts
        return True  # an address cannot be made to mean another

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body, or None where it is too long: then no more of it is read."""
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._limits.body:
            return None
        parts, size = [], 0
        while True:
            message = await receive()
            part = message.get("body", b"")
            size += len(part)
            if size > self._limits.body:
                return None
            parts.append(part)
            if not message.get("more_body"):  # so it is, too, where the client has left
                return b"".join(parts)


def host_name(host: str) -> str:
    """The name or address in a Host header, without port and brackets.

    Example:
        >>> host_name("LocalHost:8000"), host_name("[::1]:8000")
        ('localhost', '::1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


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


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = json.dumps({"detail": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
