"""``shapeclf serve``: its options; what it does is tested in ``tests/service``."""

import builtins
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from fastapi import FastAPI

from shapeclf.service import running


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The arguments of the server: application, host, port, whether each request is logged."""
    calls: list[tuple[Any, ...]] = []

    def run_app(app: FastAPI, host: str, port: int, started: Callable[[str], None], *, log: bool) -> None:
        started(f"http://{host}:{port}/")
        calls.append((app, host, port, log))

    monkeypatch.setattr(running, "run_app", run_app)
    return calls


def test_by_default_it_listens_to_this_machine_alone(shapeclf: Callable[..., Result], served: list[Any]) -> None:
    result = shapeclf("serve")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "shapeclf answers at http://127.0.0.1:8000/  (Ctrl-C ends it)\n"
    assert served[0][1:] == ("127.0.0.1", 8000, False)


def test_limits_model_and_names_are_options(shapeclf: Callable[..., Result], served: list[Any]) -> None:
    from fastapi.testclient import TestClient

    options = [
        "--max-body",
        1,
        "--max-points",
        9,
        "--max-sequences",
        2,
        "--max-streams",
        3,
        "--idle",
        4,
        "--arrival",
        5,
    ]
    options += ["--model", "fresh", "--among", "line,sqrt"]
    shapeclf("serve", "--host", "lab.example", "--port", 1, "--log", *options)
    ((app, *rest),) = served
    assert rest == ["lab.example", 1, True]
    with TestClient(app, base_url="http://lab.example:1") as client:
        health = client.get("/health").json()
        assert health["model"] == "fresh"
        assert health["limits"] == {
            "body": 2**20, "points": 9, "sequences": 2, "streams": 3, "connections": 1003, "idle": 4, "arrival": 5,
            "waiting": 32, "reading": 20.0,
        }  # fmt: skip
        assert [each["name"] for each in client.get("/families").json()["families"]] == ["line", "sqrt"]


def test_more_streams_than_there_is_room_for_are_refused(mistake: Callable[..., str], served: list[Any]) -> None:
    assert mistake("serve", "--max-streams", "10000000") == "streams must be at most 100000, got 10000000"


def test_quiet_prints_nothing(shapeclf: Callable[..., Result], served: list[Any]) -> None:
    assert shapeclf("serve", "--quiet").stderr == ""


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn", "websockets"])
def test_a_missing_extra_is_named(missing: str, mistake: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name == missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert mistake("serve") == f"the package '{missing}' is not installed: pip install fastapi uvicorn websockets"


@pytest.mark.parametrize(
    ("option", "value"),
    [("--port", "65536"), ("--max-streams", "0"), ("--idle", "0"), ("--max-body", "x"), ("--among", "line,spiral")],
)
def test_a_value_out_of_range_is_a_mistake(option: str, value: str, mistake: Callable[..., str]) -> None:
    assert value.split(",")[-1] in mistake("serve", option, value)


@pytest.mark.parametrize("name", ["", "lab.example:80"])
def test_a_name_that_could_never_match_is_a_mistake(name: str, mistake: Callable[..., str], served: list[Any]) -> None:
    expected = f"--allow-host: a name without port is expected, as in lab.example; got {name!r}"
    assert mistake("serve", "--allow-host", name) == expected


def test_fewer_streams_than_wanted_are_reported(
    shapeclf: Callable[..., Result], served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_open_files", lambda wanted: min(wanted, 256))
    assert shapeclf("serve").stderr.splitlines()[1:] == [
        "note: at most 80 streams instead of 1000: the limit on open files (ulimit -n) allows 160 connections"
    ]
    assert shapeclf("serve", "--max-streams", 80).stderr.count("\n") == 1


@pytest.mark.parametrize("computing", [True, False])
def test_the_server_ends_without_waiting_for_an_answer(
    computing: bool, shapeclf: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(running, "run_app", lambda *_, **__: computing)
    monkeypatch.setattr("os._exit", ended.append)
    assert shapeclf("serve").exit_code == 0
    assert ended == [0] * computing


def test_a_signal_while_modules_are_imported_is_not_the_users_mistake(
    shapeclf: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def interrupted(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "uvicorn":
            raise ImportError("initialization failed") from KeyboardInterrupt()
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", interrupted)
    result = shapeclf("serve")
    assert (result.exit_code, result.stderr.strip()) == (1, "Aborted!")
