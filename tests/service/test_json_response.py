import json
import math

import numpy as np

from shapeclf.recognition.fitting import finite
from shapeclf.service.json_response import JsonResponse, finite_list


def test_nan_and_infinity_are_null() -> None:
    assert [finite(value) for value in (1.5, None, float("inf"), float("nan"))] == [1.5, None, None, None]
    assert finite_list(np.array([-np.inf, 2.0, np.nan])) == [None, 2.0, None]


def test_json_holds_no_nan() -> None:
    """The residual standard deviation of points near the largest number is infinite."""
    assert json.loads(bytes(JsonResponse({"y": float("nan"), "z": [1.5, -math.inf]}).body)) == {
        "y": None,
        "z": [1.5, None],
    }


def test_names_are_not_escaped() -> None:
    assert JsonResponse({"equation": "y = k·√x"}).body == '{"equation":"y = k·√x"}'.encode()
