from typing import Any

import pytest

from shapeclf.errors import InputError
from shapeclf.service import Limits


@pytest.mark.parametrize(
    "name", ["body", "sequences", "points", "waiting", "streams", "connections", "idle", "arrival", "reading"]
)
@pytest.mark.parametrize("value", [0, -1, float("nan")], ids=["zero", "negative", "nan"])
def test_a_limit_is_above_zero(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"{name} must be above 0, got {value}"):
        Limits(**{name: value})
