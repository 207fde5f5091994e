"""Starting and closing an app."""

import gc
import weakref

import pytest
from fastapi.testclient import TestClient

from shapeclf import Recognizer
from shapeclf.errors import InputError
from shapeclf.service.app import create_app


def test_a_discarded_app_frees_its_model() -> None:
    recognizer = Recognizer.load("fresh")
    with TestClient(create_app(recognizer), base_url="http://localhost") as client:
        assert client.get("/health").status_code == 200
        assert client.post("/recognize", json={"sequences": [[[1, 2], [2, 4]]]}).status_code == 200
        client.get("/openapi.json")
    left = weakref.ref(recognizer)
    del client, recognizer
    gc.collect()
    assert left() is None


def test_two_apps_answer_each_with_its_own_model() -> None:
    for model in ("fresh", "real"):
        with TestClient(create_app(Recognizer.load(model)), base_url="http://localhost") as client:
            assert client.get("/health").json()["model"] == model


@pytest.mark.parametrize("name", ["", "lab.example:80", "[::1]", "http://lab.example", "a b", "münchen.example"])
def test_a_host_is_a_name(real: Recognizer, name: str) -> None:
    with pytest.raises(InputError, match="--allow-host: a name without port is expected"):
        create_app(real, hosts=["lab.example", name])


def test_an_internal_error_is_one_line_of_json(real: Recognizer) -> None:
    app = create_app(real)

    @app.get("/fails")
    def fails() -> None:
        raise ZeroDivisionError

    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    response = client.get("/fails")
    assert (response.status_code, response.json()) == (500, {"detail": "the service failed; the reason is in its log"})
