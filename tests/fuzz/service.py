"""Requests and messages that clients may send to the service."""

import json
import string
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn
from urllib.parse import quote

from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from shapeclf.service.app import create_app
from shapeclf.service.parsing import READING

from .checks import check_one_line
from .data import recognizer
from .drawn import any_bytes, any_json, any_number, odd
from .tables import any_table, reading, valid_tables

__all__ = ["TARGETS"]

_HOST = "127.0.0.1:8000"


@cache
def _client() -> TestClient:
    client = TestClient(create_app(recognizer()), base_url=f"http://{_HOST}", headers={"Host": _HOST})
    client.__enter__()  # one event loop for all requests of this process
    return client


def _refuse_constant(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not valid JSON")


def _checked(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse_constant)


def request(path: str, body: bytes) -> None:
    response = _client().post(path, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (200, 400, 413, 422), response.text
    answer = _checked(response.text)
    if response.status_code != 200:
        check_one_line(answer["detail"])


def table(path: str, body: bytes, media_type: str, query: list[tuple[str, str]]) -> None:
    headers = {"Content-Type": media_type}
    response = _client().post(path, content=body, headers=headers, params=query)  # type: ignore[arg-type]
    assert response.status_code in (200, 400, 413, 415, 422), response.text
    answer = _checked(response.text)
    if response.status_code != 200:
        check_one_line(answer["detail"])


def hidden_function(name: str) -> None:
    response = _client().get(f"/surprise/{quote(name, safe='', errors='surrogatepass')}")
    assert response.status_code in (200, 400, 404, 405, 422), response.text


def socket(among: str | None, messages: list[str]) -> None:
    query = "" if among is None else f"?among={quote(among, errors='surrogatepass')}"
    with _client().websocket_connect(f"/stream{query}") as stream:
        for message in messages:
            try:
                stream.send_text(message)
                answer = _checked(stream.receive_text())
            except WebSocketDisconnect as left:
                check_one_line(left.reason)
                return
            if "error" in answer:
                check_one_line(answer["error"])


def _or_any(valid: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return valid | valid | valid | any_json


_points = st.lists(st.tuples(any_number, any_number).map(list), min_size=1, max_size=12)
_names = st.lists(st.sampled_from(["line", "parabola", "sqrt", "none", "sine"]) | st.text(max_size=3), max_size=3)
_curve = st.fixed_dictionaries(
    {}, optional={"start": _or_any(any_number), "end": _or_any(any_number), "points": _or_any(st.integers(-1, 30))}
)
_body = st.fixed_dictionaries(
    {"sequences": _or_any(st.lists(_points, max_size=3))},
    optional={
        "among": _or_any(_names),
        "fit": _or_any(st.booleans()),
        "family": _or_any(st.sampled_from(["line", "sqrt", "sine", "none"])),
        "curve": _or_any(_curve),
        "each_point": _or_any(st.booleans()),
    },
)
_surprise = st.fixed_dictionaries(
    {}, optional={"points": _or_any(st.integers(0, 40)), "noise": _or_any(any_number), "among": _or_any(_names)}
)
_message = any_json | st.lists(any_number, min_size=2, max_size=2)

TARGETS: dict[Callable[..., None], tuple[st.SearchStrategy[Any], ...]] = {
    request: (
        st.sampled_from(["/recognize", "/surprise"]),
        (_body | _surprise | any_json).map(lambda value: json.dumps(value).encode()) | any_bytes,
    ),
    table: (
        st.sampled_from(["/recognize", "/read"]),
        st.sampled_from(valid_tables()) | any_table | any_bytes,
        st.sampled_from(["text/csv", "application/json", "text/plain; charset=latin-1", "application/octet-stream"])
        | st.text(string.printable, max_size=8).map(str.strip),
        st.lists(st.tuples(st.sampled_from(READING) | st.text(max_size=5), st.text(max_size=5)), max_size=3)
        | reading.map(lambda options: [(name, str(value)) for name, value in options.items()]),
    ),
    hidden_function: (st.text(max_size=6) | odd,),
    socket: (
        st.none() | st.text(max_size=8) | st.just("line,sqrt"),
        st.lists(_message.map(json.dumps) | odd, max_size=5),
    ),
}
