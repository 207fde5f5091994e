"""Which requests are accepted, by host and origin, and the headers for browsers."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from shapeclf.service import Limits
from shapeclf.service.guard import Guard, host_name
from shapeclf.service.workers import Workers


@pytest.mark.parametrize(
    ("host", "name"),
    [("Localhost", "localhost"), ("10.0.0.1:80", "10.0.0.1"), ("[::1]", "::1"), ("[::1]:8000", "::1"), ("", "")]
    + [(each, "") for each in ("[::1]evil", "[evil]", "localhost:8931@evil.com", "localhost:x", "user@localhost")],
)
def test_host_name(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost:9", "[::1]:8000", "192.168.1.7"])
def test_addresses_and_localhost_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"),
        *("[::1]evil", "[localhost]", "localhost:8931@evil.com", "localhost:evil", "evil@localhost", "localhost/", "["),
    ],
)
def test_other_host_names_are_refused(client: TestClient, host: str) -> None:
    response = client.get("/", headers={"Host": host})
    assert response.status_code == 400
    assert response.json()["detail"].startswith("the host '")


def test_allowed_host_names_are_answered(client_with: Callable[..., Any]) -> None:
    with client_with(hosts=["Lab.example"]) as client:
        assert client.get("/health", headers={"Host": "lab.example:8000"}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9", "null", "http://[", "http://x@127.0.0.1:8000", "//", ""]
)
def test_pages_of_other_origins_are_refused(client: TestClient, origin: str) -> None:
    response = client.post("/recognize", json={"sequences": [[[1, 2]]]}, headers={"Origin": origin})
    assert (response.status_code, response.json()) == (403, {"detail": "pages of other origins are not answered"})
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/stream", headers={"Origin": origin}):
        pass


def test_the_page_of_the_service_is_answered(client: TestClient) -> None:
    origin = {"Origin": "http://127.0.0.1:8000"}
    assert client.post("/recognize", json={"sequences": [[[1, 2]]]}, headers=origin).status_code == 200
    with client.websocket_connect("/stream", headers=origin) as socket:
        socket.send_text("[1, 2]")
        assert socket.receive_json()["points"] == 1


@pytest.mark.parametrize("path", ["/", "/health", "/page/main.js", "/nowhere"])
def test_the_page_may_load_nothing_from_other_servers(client: TestClient, path: str) -> None:
    headers = client.get(path, headers={"Origin": "http://evil.example"}).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert not any(name.startswith("access-control") for name in headers)


async def _no_app(*_: Any) -> None:
    pytest.fail("there is nothing to answer")


def _guarded(workers: Workers, content: list[bytes], *headers: tuple[bytes, bytes], **limits: Any) -> list[Any]:
    """Return what a guard does with a POST request whose body never ends: messages, and ``"read"`` for each read."""
    done: list[Any] = []
    parts = [{"type": "http.request", "body": part, "more_body": True} for part in content]

    async def receive() -> Any:
        done.append("read")
        return parts.pop(0) if parts else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        done.append(message)

    scope = {"type": "http", "method": "POST", "headers": [(b"host", b"localhost"), *headers]}
    asyncio.run(Guard(_no_app, Limits(**{"arrival": 0.01} | limits), workers)(scope, receive, send))
    return done


def test_a_body_that_does_not_arrive_is_refused() -> None:
    sent = [each for each in _guarded(Workers(1), []) if each != "read"]
    assert (sent[0]["status"], sent[1]["body"]) == (408, b'{"detail": "the request took longer than 0.01 s to arrive"}')


def test_whether_a_request_may_wait_is_decided_before_its_body_is_read() -> None:
    workers = Workers(1)
    with workers.reserve():
        done = _guarded(workers, [b"{"])
    assert done[0]["status"] == 429
    assert (b"Retry-After", b"1") in done[0]["headers"]
    assert done.index("read") > 1  # what is read then is discarded
    with workers.reserve():
        pass  # a refused request is no longer counted


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"1000")]], ids=["in-parts", "declared"])
def test_a_bounded_amount_of_a_refused_body_is_discarded(headers: list[tuple[bytes, bytes]]) -> None:
    done = _guarded(Workers(1), [b" " * 50] * 1000, *headers, body=100, arrival=20.0)
    answered = next(i for i, each in enumerate(done) if each != "read")
    assert done[answered]["status"] == 413
    assert 1600 / 50 <= done[answered:].count("read") <= 1600 / 50 + 1
    assert done[-1] == {"type": "http.response.body", "body": b""}


def test_a_client_that_expects_100_continue_is_refused_at_once() -> None:
    done = _guarded(Workers(1), [b" "], (b"content-length", b"1000"), (b"expect", b"100-continue"), body=100)
    assert "read" not in done
