"""The routes, and their errors for requests that have no answer."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shapeclf import Recognizer
from shapeclf.service import Limits
from shapeclf.service.messages import Families, Health

from .conftest import FALL

POINT = "a point [x, y] of two finite numbers is expected, got"
REFUSED: dict[str, tuple[str, int, str]] = {
    "no-json": ("{", 400, "the body is not JSON: "),
    "empty": ("", 400, "the body is not JSON: "),
    "a-list": ("[]", 422, "body: there is no "),
    "no-table": ('{"sequence": [[1, 2]]}', 422, "a request for answers has the member sequences"),
    "no-sequence": ('{"sequences": []}', 422, "body.sequences: at least one sequence"),
    "no-point": ('{"sequences": [[]]}', 422, "body.sequences.0: at least one point"),
    "one-number": ('{"sequences": [[[1]]]}', 422, f"body.sequences.0.0: {POINT} '[1]'"),
    "four-numbers": ('{"sequences": [[[1, 2, 3, 4]]]}', 422, f"body.sequences.0.0: {POINT} '[1, 2, 3, 4]'"),
    "nan": ('{"sequences": [[[1, 2], [1, NaN]]]}', 422, f"body.sequences.0.1: {POINT} '[1, NaN]'"),
    "infinite": ('{"sequences": [[[1, 1e400]]]}', 422, f"body.sequences.0.0: {POINT} '[1, 1e400]'"),
    "text": ('{"sequences": [[[1, 2]], [["1", 2]]]}', 422, f"body.sequences.1.0: {POINT} "),
    "true": ('{"sequences": [[[true, 2]]]}', 422, f"body.sequences.0.0: {POINT} '[true, 2]'"),
    "null": ('{"sequences": [[[null, 2]]]}', 422, f"body.sequences.0.0: {POINT} '[null, 2]'"),
    "huge": (f'{{"sequences": [[[{"9" * 400}, 2]]]}}', 422, f"body.sequences.0.0: {POINT} '[99"),
    "digits": (f'{{"sequences": [[[{"9" * 5000}, 2]]]}}', 400, "the body is not JSON: a number has too many digits"),
    "no-list": ('{"sequences": 5}', 422, "body.sequences: a list of sequences is expected, got '5'"),
    "no-sequences": ('{"sequences": [5]}', 422, "body.sequences.0: a list of points [x, y] is expected, got '5'"),
    "missing": ('{"fit": true}', 422, "body.sequences: at least one sequence"),
    "after": ('{"sequences": [[[1, 2]]]} x', 400, "the body is not JSON: unexpected text at character 26"),
    "unended": ('{"sequences": [[[1, 2]', 400, "the body is not JSON: ',' or ']' is expected at character 22"),
    "no-colon": ('{"fit" true}', 400, "the body is not JSON: a name and ':' are expected before character 7"),
    "half-a-character": (
        '{"sequences": [[[1, 2]]], "\\ud800": 1}',
        422,
        "body: '\\ud800' is not one of among, fit, family",
    ),
    "long-option": (f'{{"sequences": [[[1, 2]]], "family": "{"x" * 20_000}"}}', 422, "body.family: at most 10000 char"),
    "too-large": ('{"sequences": [[[0, 0], [1e-300, 1e300], [3e300, -1e308]]]}', 422, "sequence 1"),
    "unknown": ('{"sequences": [[[1, 2]]], "colour": "red"}', 422, "body: 'colour' is not one of among, fit, family"),
    "among": ('{"sequences": [[[1, 2]]], "among": ["spiral"]}', 422, "among must be different families"),
    "among-twice": ('{"sequences": [[[1, 2]]], "among": ["line", "line"]}', 422, "among must be different families"),
    "family": ('{"sequences": [[[1, 2]]], "family": "spiral"}', 422, "family must be one of line, parabola"),
    "one-x": ('{"sequences": [[[1, 2]]], "curve": {"points": 1}}', 422, "body.curve.points: "),
    "deep": ('{"sequences": ' + "[" * 100_000, 400, "the body is not JSON: it is nested too deeply"),
}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(("body", "status", "reason"), REFUSED.values(), ids=REFUSED)
def test_an_invalid_request_is_reported_in_one_line(client: TestClient, body: str, status: int, reason: str) -> None:
    response = client.post("/recognize", content=body, headers=JSON)
    assert (response.status_code, list(response.json())) == (status, ["detail"])
    assert reason in response.json()["detail"]
    assert "\n" not in response.json()["detail"]


def test_too_long_a_body_is_refused(client_with: Callable[..., Any]) -> None:
    with client_with(Limits(body=100)) as client:
        response = client.post("/recognize", content=b" " * 101, headers=JSON)
        assert (response.status_code, response.json()) == (413, {"detail": "a request is at most 100 bytes long"})
        in_parts = client.post("/recognize", content=iter([b" " * 60, b" " * 60]), headers=JSON)
        assert in_parts.status_code == 413
        assert client.post("/recognize", content=b'{"sequences":[[[1,2]]]}'.ljust(100), headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("limits", "sequences", "reason"),
    [
        (Limits(sequences=2), [FALL] * 3, "at most 2 sequences are answered at once, got more"),
        (Limits(points=11), [FALL, FALL], "at most 11 points are answered at once, got more"),
    ],
    ids=["sequences", "points"],
)
def test_too_many_sequences_or_points_are_refused(
    client_with: Callable[..., Any], limits: Limits, sequences: list[Any], reason: str
) -> None:
    with client_with(limits) as client:
        response = client.post("/recognize", json={"sequences": sequences})
        assert (response.status_code, response.json()) == (422, {"detail": reason})
        assert client.post("/recognize", json={"sequences": sequences[:-1]}).status_code == 200


def test_too_many_requests_get_429_with_retry_after(client_with: Callable[..., Any]) -> None:
    long = [[[float(i), float(i * i)] for i in range(4000)]]
    with client_with(Limits(waiting=1)) as client, ThreadPoolExecutor(6) as threads:
        sent = [threads.submit(client.post, "/recognize", json={"sequences": long}) for _ in range(6)]
        responses = [each.result() for each in sent]
        assert {response.status_code for response in responses} == {200, 429}
        busy = next(response for response in responses if response.status_code == 429)
        assert busy.json() == {"detail": "too many requests wait; try again"}
        assert busy.headers["Retry-After"] == "1"
        assert client.post("/recognize", json={"sequences": [FALL]}).status_code == 200


def test_families_are_those_of_the_model(client: TestClient, real: Recognizer) -> None:
    found = Families.model_validate(client.get("/families").json()).families
    assert tuple(family.name for family in found) == real.families
    assert {family.name: family.formula for family in found} == {
        name: real.known[name].formula if name in real.known else None for name in real.families
    }
    assert found[0].priors == {"k": {"uniform": [0.0, 1.0]}, "b": {"uniform": [0.0, 5.0]}}


def test_health_counts_the_open_streams(client: TestClient) -> None:
    assert client.get("/health").json()["streams"] == 0
    with client.websocket_connect("/stream") as socket:
        socket.send_text("[1, 2]")
        socket.receive_json()
        health = Health.model_validate(client.get("/health").json())
    assert (health.status, health.model, health.streams) == ("ok", "real", 1)
    assert health.limits["points"] == Limits().points


def test_an_unknown_path_is_404_and_a_wrong_method_405(client: TestClient) -> None:
    assert client.get("/nowhere").status_code == 404
    assert client.get("/recognize").status_code == 405


def test_a_user_defined_model_is_served(tiny_model: Any) -> None:
    from shapeclf.service.app import create_app

    with TestClient(create_app(Recognizer.load(tiny_model)), base_url="http://localhost") as client:
        assert [each["name"] for each in client.get("/families").json()["families"]] == ["line", "parabola", "sqrt"]
        hidden = client.post("/surprise", json={"points": 8}).json()
        assert len(hidden["points"]) == 8
        assert client.get(f"/surprise/{hidden['id']}").json()["family"] in ("line", "parabola", "sqrt")
        assert json.loads(client.post("/recognize", json={"sequences": [FALL]}).text)["answers"][0]["points"] == 6
