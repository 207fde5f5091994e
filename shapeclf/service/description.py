"""What the OpenAPI description says beyond what the routes say of themselves."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shapeclf.service.limits import Limits

__all__ = ["DESCRIPTION", "describe"]

DESCRIPTION = """Says what kind of function (x, y) points come from, after every point.

`/stream` is a WebSocket. Send `[x, y]` or `{"x": x, "y": y}`, get
`{"family": ..., "probability": ..., "posterior": {...}, "points": n}`, or `{"error": ...}` for what is no point: the
stream stays as it was. `/stream?among=line,sqrt` leaves these families alone in question. The service closes a stream
with 1001 (it stops), 1003 (bytes, not text), 1009 (a message over 1 KiB), 1013 (too many streams), 4408 (no point for
too long) or 4422 (an unknown family).
"""


def describe(app: FastAPI, families: Sequence[str], limits: Limits) -> dict[str, Any]:
    """The OpenAPI description, with the limits of this service and the families of its model in it."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = schema["components"]["schemas"]
        request = schemas["RecognizeRequest"]["properties"]
        request["sequences"]["maxItems"] = limits.sequences
        request["sequences"]["items"]["maxItems"] = limits.points
        request["family"]["anyOf"][0]["enum"] = list(families)
        for name in ("RecognizeRequest", "SurpriseRequest"):
            schemas[name]["properties"]["among"]["anyOf"][0]["items"]["enum"] = list(families)
        app.openapi_schema = schema
    return app.openapi_schema
