"""Numbers as JSON can hold them."""

import json
import math
from typing import Any

from fastapi import Response

from shapeclf.datasets._types import FloatArray

__all__ = ["JsonResponse", "finite", "finite_list"]


def finite(value: float | None) -> float | None:
    """The number, or None where it is none."""
    return value if value is not None and math.isfinite(value) else None


def finite_list(values: FloatArray) -> list[float | None]:
    """The numbers of a flat array, None where there is none.

    Example:
        >>> import numpy as np
        >>> finite_list(np.array([1.0, np.nan]))
        [1.0, None]
    """
    return [finite(value) for value in values.tolist()]


class JsonResponse(Response):
    """JSON as it is: no NaN, no model that each number goes through once more."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
