"""The command as a process: it starts, answers, and stops as it should."""

import json
import signal
import socket
from typing import Any
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from shapeclf import Recognizer
from shapeclf.cli.main import main
from shapeclf.errors import InputError
from shapeclf.service import Limits
from shapeclf.service.app import create_app
from shapeclf.service.running import limits_within_files, run_app

from .conftest import running


@pytest.mark.parametrize(
    "ended_by",
    [
        pytest.param(signal.SIGTERM, id="sigterm"),
        pytest.param(signal.SIGINT, id="sigint", marks=pytest.mark.slow),
    ],
)
def test_a_stop_closes_streams_with_a_reason(ended_by: signal.Signals) -> None:
    with running("--max-streams", "2") as (address, process):
        assert address.startswith("http://127.0.0.1:")
        with urlopen(f"{address}health") as response:
            assert json.load(response)["limits"]["streams"] == 2
        with connect(f"{address.replace('http', 'ws')}stream") as stream:
            stream.send("[1, 2]")
            assert json.loads(stream.recv())["points"] == 1
            process.send_signal(ended_by)
            with pytest.raises(ConnectionClosed) as end:
                stream.recv(timeout=10)
            assert end.value.rcvd is not None
            assert (end.value.rcvd.code, end.value.rcvd.reason) == (1001, "the service stops")
        _, errors = process.communicate(timeout=20)
        assert errors == ""
        assert process.returncode in (0, -ended_by)


@pytest.mark.slow
def test_too_long_a_message_ends_the_stream() -> None:
    with running() as (address, _), connect(f"{address.replace('http', 'ws')}stream") as stream:
        stream.send(f"[1, {'2' * 2000}]")
        with pytest.raises(ConnectionClosed) as end:
            stream.recv(timeout=10)
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == 1009


def test_a_port_that_is_taken_is_reported_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(main, ["serve", "--port", port], catch_exceptions=False)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("host", ["", "a..b", "192.0.2.1", "nowhere"])
def test_a_host_that_cannot_be_listened_on_is_named(
    host: str, real: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = socket.getaddrinfo

    def known(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "nowhere":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found(name, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", known)
    with pytest.raises(InputError, match=f"^--host: cannot listen on '{host}': "):
        run_app(create_app(real), host, 0, pytest.fail)


def test_streams_leave_connections_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def within(files: int, streams: int) -> tuple[int, int]:
        monkeypatch.setattr("shapeclf.service.running._open_files", lambda wanted: min(wanted, files))
        found = limits_within_files(Limits(streams=streams, connections=streams + 1000))
        return found.connections, found.streams

    assert within(100_000, 1000) == (2000, 1000)
    assert within(100_000, 5) == (1005, 5)
    assert within(256, 1000) == (160, 80)
    assert within(8000, 9000) == (5000, 4000)


@pytest.mark.slow
def test_the_service_ends_while_an_answer_is_computed() -> None:
    points = [[i * 0.3, (i * 7919) % 97 / 10 + i] for i in range(40)]
    body = json.dumps({"sequences": [points] * 1000, "curve": {"points": 60}, "each_point": True}).encode()
    head = b"POST /recognize HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    with running() as (address, process):
        port = int(address.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(head + body)
            urlopen(f"{address}health").close()
            process.terminate()
            _, errors = process.communicate(timeout=20)  # the answer would take a minute
    assert process.returncode == 0
    assert "Traceback" not in errors
