"""The command as a process: it starts, answers, and stops as it should."""

import json
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

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


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "shapeclf", "serve", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
