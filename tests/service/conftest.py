"""The service in this process, and as the command on a port of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shapeclf import Recognizer
from shapeclf.service import Limits
from shapeclf.service.app import create_app

_ADDRESS = "http://127.0.0.1:8000"
_HOST = {"Host": "127.0.0.1:8000"}  # explicitly, since the client would send another one for streams
FALL = [[1, 4.9], [2, 19.6], [3, 44.1], [4, 78.5], [5, 122.4], [6, 176.5]]


@pytest.fixture(scope="session")
def real() -> Recognizer:
    """Return the recogniser of the shipped model."""
    return Recognizer.load()


@contextmanager
def _client(recognizer: Recognizer, limits: Limits | None = None, **options: Any) -> Iterator[TestClient]:
    with TestClient(create_app(recognizer, limits, **options), base_url=_ADDRESS, headers=_HOST) as client:
        yield client


@pytest.fixture(scope="module")
def client(real: Recognizer) -> Iterator[TestClient]:
    """Return a client of a service with the default limits."""
    with _client(real) as found:
        yield found


@pytest.fixture
def client_with(real: Recognizer) -> Callable[..., Any]:
    """Makes a client of a service with other limits or hosts: ``with client_with(Limits(points=3)) as client``."""
    return lambda *arguments, **options: _client(real, *arguments, **options)


@pytest.fixture
def recognize(client: TestClient) -> Callable[..., Any]:
    """Asks for the answer to sequences; any other status than 200 fails the test."""

    def ask(*sequences: object, **wanted: object) -> Any:
        response = client.post("/recognize", json={"sequences": sequences} | wanted)
        assert response.status_code == 200, response.text
        return json.loads(response.text, parse_constant=pytest.fail)  # NaN is no JSON

    return ask


@contextmanager
def running(
    *options: str, folder: Path | None = None, files: int | None = None
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run ``shapeclf serve`` on a port of its own, with at most ``files`` open files; yield its address and process."""
    command = [sys.executable, "-m", "shapeclf", "serve", "--port", "0", *options]
    if files is not None:
        command = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh", *command]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            assert line.startswith("shapeclf answers at http://"), line
            yield line.split()[3], process
        finally:
            process.kill()


@pytest.fixture
def run_service() -> Callable[..., Any]:
    """Return `running`, so that tests in subfolders need not import this file."""
    return running


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """Return the address of a running service."""
    with running() as (address, _):
        yield address
