"""Error bars in requests, tables and streams reach a model of format 2."""

from collections.abc import Iterator

import numpy as np
import pytest
from fastapi.testclient import TestClient

from shapeclf import Recognizer
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.service.answers import answer_table
from shapeclf.service.app import create_app
from shapeclf.service.messages import AnswerOptions
from shapeclf.service.table_process import read_body
from tests.recognition.format_2_model import FAMILIES, expected, write_model

_POINTS = np.array([[float(x), 0.25 * x, 0.1 + 0.05 * x] for x in range(1, 7)])
_TABLE = "x,y,y_err\n" + "".join(f"{x},{y},{error}\n" for x, y, error in _POINTS.tolist())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return Recognizer.load(write_model(tmp_path_factory.mktemp("format-2") / "model.onnx"))


@pytest.fixture(scope="module")
def client(model: Recognizer) -> Iterator[TestClient]:
    headers = {"Host": "127.0.0.1:8000"}
    with TestClient(create_app(model), base_url="http://127.0.0.1:8000", headers=headers) as client:
        yield client


def _posteriors(answers: list[dict[str, dict[str, float]]]) -> list[list[float]]:
    return [[answer["posterior"][name] for name in FAMILIES] for answer in answers]


@pytest.mark.parametrize("each_point", [True, False], ids=["each point", "the last"])
def test_requests(client: TestClient, each_point: bool) -> None:
    sequences = [_POINTS.tolist(), _POINTS[:4, :2].tolist()]
    options = {"fit": False, "each_point": each_point, "y_error": 0.3}
    answers = client.post("/recognize", json={"sequences": sequences} | options).json()["answers"]
    other = np.column_stack([_POINTS[:4, :2], np.full(4, 0.3)])
    truth = [expected(_POINTS), expected(other)]
    assert np.array(_posteriors(answers)) == pytest.approx(np.stack([each[-1] for each in truth]), abs=1e-6)
    if each_point:
        assert np.array(answers[0]["posteriors"]) == pytest.approx(truth[0], abs=1e-6)


def test_tables(model: Recognizer) -> None:
    table = read_body(_TABLE.encode(), ReadOptions(), 100)
    (answer,) = answer_table(model, *table, AnswerOptions(fit=False))["answers"]
    assert _posteriors([answer])[0] == pytest.approx(expected(_POINTS)[-1], abs=1e-6)
    assert not any("error bars" in note for note in answer["notes"])
    for fit, note in (
        (True, "the error bars weight the fit; this model does not use them for the probabilities"),
        (False, "the error bars are not used: they weight the fit, and this answer has none"),
    ):
        (answer,) = answer_table(Recognizer.load("fresh"), *table, AnswerOptions(fit=fit))["answers"]
        assert note in answer["notes"]


def test_streams(client: TestClient) -> None:
    points = np.vstack([_POINTS, [[9.0, 1.0, 0.0]]])
    with client.websocket_connect("/stream") as socket:
        for number, (x, y, error) in enumerate(points.tolist()):
            socket.send_json({"x": x, "y": y, "y_error": error} if number % 2 else [x, y, error][: 3 if error else 2])
            answer = socket.receive_json()
            assert _posteriors([answer])[0] == pytest.approx(expected(points)[number], abs=1e-6)
        for message, reason in (
            ([1.0, 2.0, -1.0], "y_error must be a finite number from 0 up"),
            (
                {"x": 1.0, "y": 2.0, "error": 1.0},
                'a point is [x, y] or {"x": x, "y": y}, two numbers, or three with y_error; got ',
            ),
            ([1.0, 2.0, 3.0, 4.0], 'a point is [x, y] or {"x": x, "y": y}, two numbers, or three with y_error; got '),
        ):
            socket.send_json(message)
            assert socket.receive_json()["error"].startswith(reason)
