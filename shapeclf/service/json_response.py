"""JSON responses that are encoded and sent in pieces."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from fastapi import Response
from starlette.types import Receive, Scope, Send

from shapeclf._text import json_text
from shapeclf.datasets._types import FloatArray
from shapeclf.recognition.fitting import finite

__all__ = ["JsonResponse", "finite_list"]

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ROWS_PER_CALL = 100  # rows of an array that are encoded in one call
_BYTES_PER_MESSAGE = 2**18  # bytes that are sent at once


def finite_list(values: FloatArray) -> list[float | None]:
    """Return the numbers of a one-dimensional array, with None in place of NaN and infinity.

    Example:
        >>> import numpy as np
        >>> finite_list(np.array([1.0, np.nan]))
        [1.0, None]
    """
    return [finite(value) for value in values.tolist()]


class JsonResponse(Response):
    """A JSON response without NaN. It is not validated by a pydantic model.

    It is encoded and sent in pieces, so that other threads and requests can run in between. The encoding happens when
    the response is constructed, thus in the thread that constructs it.
    """

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        # JSON and Python escape a lone surrogate in the same way.
        return b"".join(piece.encode(errors="backslashreplace") for piece in _pieces(content))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, len(self.body), _BYTES_PER_MESSAGE):
            piece, more = self.body[start : start + _BYTES_PER_MESSAGE], start + _BYTES_PER_MESSAGE < len(self.body)
            await send({"type": "http.response.body", "body": piece, "more_body": more})


def _pieces(content: Any) -> Iterator[str]:
    """Yield the JSON text of a value; one call of the encoder takes at most some rows of an array."""
    if isinstance(content, dict):
        opening = "{"
        for name, value in content.items():
            yield f"{opening}{_JSON.encode(name)}:"
            yield from _pieces(value)
            opening = ","
        yield "}" if content else "{}"
    elif isinstance(content, list) and content and isinstance(content[0], dict):
        for number, element in enumerate(content):
            yield "," if number else "["
            yield from _pieces(element)
        yield "]"
    elif isinstance(content, np.ndarray):
        for start in range(0, len(content), _ROWS_PER_CALL):
            yield "," if start else "["
            yield _JSON.encode(content[start : start + _ROWS_PER_CALL].tolist())[1:-1]
        yield "]"
    else:
        try:
            yield _JSON.encode(content)
        except ValueError:  # a number that is not finite
            yield json_text(content)
