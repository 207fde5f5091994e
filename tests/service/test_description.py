"""The OpenAPI description: the limits are in it, and its examples are answered."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shapeclf import Recognizer
from shapeclf.service import Limits


def test_the_description_names_limits_and_families(client_with: Callable[..., Any], real: Recognizer) -> None:
    with client_with(Limits(sequences=7, points=50)) as client:
        request = client.get("/openapi.json").json()["components"]["schemas"]["RecognizeRequest"]["properties"]
        assert (request["sequences"]["maxItems"], request["sequences"]["items"]["maxItems"]) == (7, 50)
        assert request["family"]["anyOf"][0]["enum"] == list(real.families)


def test_every_status_is_described(client: TestClient) -> None:
    recognize = client.get("/openapi.json").json()["paths"]["/recognize"]["post"]["responses"]
    assert set(recognize) == {"200", "400", "403", "408", "413", "415", "422", "429"}
    assert all(each["description"] for each in recognize.values())


@pytest.mark.parametrize(("path", "name"), [("/recognize", "RecognizeRequest"), ("/surprise", "SurpriseRequest")])
def test_the_examples_are_answered(client: TestClient, path: str, name: str) -> None:
    examples = client.get("/openapi.json").json()["components"]["schemas"][name]["examples"]
    assert len(examples) >= 2
    for example in examples:
        assert client.post(path, json=example).status_code == 200


def test_the_documentation_pages_of_fastapi_are_disabled(client: TestClient) -> None:
    assert [client.get(path).status_code for path in ("/docs", "/redoc")] == [404, 404]  # they load from elsewhere
