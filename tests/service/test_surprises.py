"""Hidden functions stay hidden until they are requested; their curve is that of their equation."""

import base64
import json
from collections import Counter

import numpy as np
import pytest
from fastapi.testclient import TestClient

from shapeclf import Recognizer
from shapeclf.errors import InputError
from shapeclf.service.messages import SurpriseAnswer, SurpriseRequest
from shapeclf.service.surprises import Surprises


@pytest.fixture(scope="module")
def surprises(real: Recognizer) -> Surprises:
    return Surprises(real)


def request_of(**settings: object) -> SurpriseRequest:
    return SurpriseRequest.model_validate(settings)


def test_points_without_noise_lie_on_the_curve_that_is_revealed(surprises: Surprises, real: Recognizer) -> None:
    found = Counter[str]()
    for _ in range(40):
        hidden = surprises.draw(request_of(noise=0.0, points=12))
        answer = surprises.reveal(hidden["id"])
        assert answer is not None
        SurpriseAnswer.model_validate(answer)
        found[answer["family"]] += 1
        points = np.array(hidden["points"])
        assert points.shape == (12, 2)
        x, y = (np.array(answer["curve"][axis], dtype=np.float64) for axis in "xy")
        assert x.min() == points[:, 0].min()
        assert x.max() == points[:, 0].max()
        if answer["family"] in ("line", "parabola", "exponential", "logistic"):  # smooth at the spacing of 400 points
            between = np.interp(points[:, 0], x, y)
            assert np.abs(between - points[:, 1]).max() < 0.02 * np.ptp(points[:, 1])
    assert len(found) > 4


def test_the_noise_has_the_requested_size(surprises: Surprises) -> None:
    sizes = []
    for _ in range(30):
        hidden = surprises.draw(request_of(noise=0.1, points=100, among=["line"]))
        x, y = np.array(hidden["points"]).T
        k, b = np.polyfit(x, y, 1)
        sizes.append((y - k * x - b).std() / abs(k * np.ptp(x)))
    assert np.median(sizes) == pytest.approx(0.1, rel=0.15)


def test_only_the_requested_families_are_drawn(surprises: Surprises) -> None:
    ids = [surprises.draw(request_of(among=["sine", "sqrt"]))["id"] for _ in range(12)]
    families = {answer["family"] for answer in map(surprises.reveal, ids) if answer}
    assert families == {"sine", "sqrt"}


def test_the_id_does_not_reveal_it(surprises: Surprises, real: Recognizer) -> None:
    name = surprises.draw(request_of())["id"].partition(".")[0]
    held = json.loads(base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)))
    assert held[1:] == [10, 0.03, list(real.families)]


def test_an_id_is_unknown_to_another_service(surprises: Surprises, real: Recognizer) -> None:
    name = surprises.draw(request_of())["id"]
    assert Surprises(real).reveal(name) is None


@pytest.mark.parametrize("name", ["", "x", "x.y", "WyJhIl0.00", "é.ü", "a" * 5000])
def test_an_unknown_id_is_404(client: TestClient, name: str) -> None:
    response = client.get(f"/surprise/{name or '%20'}")
    assert response.status_code == 404
    assert response.json()["detail"]


def test_an_unknown_family_is_refused(surprises: Surprises) -> None:
    with pytest.raises(InputError, match="among must be different families"):
        surprises.draw(request_of(among=["spiral"]))
