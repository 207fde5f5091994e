"""An app is put together, and given up."""

import gc
import weakref

from fastapi.testclient import TestClient

from shapeclf import Recognizer
from shapeclf.service.app import create_app


def test_an_app_that_is_given_up_leaves_no_model_behind() -> None:
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
