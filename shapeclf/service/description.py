"""What the OpenAPI description says beyond what the routes say of themselves."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from shapeclf.service.limits import Limits
from shapeclf.service.messages import RecognizeRequest, SurpriseRequest

__all__ = ["DESCRIPTION", "body_of", "describe"]

_SCHEMAS = "#/components/schemas/"

DESCRIPTION = """Says what kind of function (x, y) points come from, after every point.

`/stream` is a WebSocket. Send `[x, y]` or `{"x": x, "y": y}`, get
`{"family": ..., "probability": ..., "posterior": {...}, "points": n}`, or `{"error": ...}` for what is no point: the
stream stays as it was. `/stream?among=line,sqrt` considers only these families. The service closes a stream
with 1001 (it stops), 1003 (bytes, not text), 1009 (a message over 1 KiB), 1013 (too many streams), 4408 (no point for
too long) or 4422 (an unknown family).
"""


def body_of(name: str) -> dict[str, Any]:
    """Describe the body of a route, which parses it itself; ``name`` is that of its model."""
    content = {"application/json": {"schema": {"$ref": f"{_SCHEMAS}{name}"}}}
    return {"requestBody": {"required": True, "content": content}}


def describe(app: FastAPI, families: Sequence[str], limits: Limits) -> dict[str, Any]:
    """The OpenAPI description, with the limits of this service and the families of its model in it."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = schema["components"]["schemas"]
        _, bodies = models_json_schema(
            [(RecognizeRequest, "validation"), (SurpriseRequest, "validation")], ref_template=f"{_SCHEMAS}{{model}}"
        )
        schemas |= bodies["$defs"]
        request = schemas["RecognizeRequest"]["properties"]
        request["sequences"]["maxItems"] = limits.sequences
        request["sequences"]["items"]["maxItems"] = limits.points
        request["family"]["anyOf"][0]["enum"] = list(families)
        for name in ("RecognizeRequest", "SurpriseRequest"):
            schemas[name]["properties"]["among"]["anyOf"][0]["items"]["enum"] = list(families)
        app.openapi_schema = schema
    return app.openapi_schema
