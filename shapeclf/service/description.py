"""The parts of the OpenAPI description that do not follow from the routes."""

import re
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.service.limits import Limits
from shapeclf.service.messages import AnswerOptions, RecognizeRequest, SurpriseRequest

__all__ = ["DESCRIPTION", "body_of", "describe", "parameters_of"]

_ATTRIBUTE = re.compile(r"^ +(\w+): (.+)$", re.MULTILINE)
_SCHEMAS = "#/components/schemas/"
_TABLES = (
    "text/csv",
    "text/tab-separated-values",
    "text/plain",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.ms-excel",
    "application/vnd.apache.parquet",
    "application/gzip",
    "application/octet-stream",
)
"""Content types of tables in the description. Others are accepted too, since the content determines the format."""

DESCRIPTION = """Classifies (x, y) points by the kind of function that they come from, after every point.

`/stream` is a WebSocket. Each message `[x, y]` or `{"x": x, "y": y}`, or either with `y_error`, is answered with
`{"family": ..., "probability": ..., "posterior": {...}, "points": n}`. A message that is not a point, or a
point that has no answer, is answered with `{"error": ...}` and does not change the stream. `/stream?among=line,sqrt`
considers only these families. The service closes a stream with 1001 (the service stops), 1003 (bytes instead of text),
1009 (a message over 1 KiB), 1013 (too many streams), 4408 (no message for too long) or 4422 (an unknown family).
"""


def body_of(name: str | None, *, table: bool = False) -> dict[str, Any]:
    """Describe the body of a route that does not let FastAPI parse it.

    Args:
        name: Name of the model of a JSON body; None if the body can only be a table.
        table: Whether the body can be a table.
    """
    content: dict[str, Any] = {} if name is None else {"application/json": {"schema": {"$ref": f"{_SCHEMAS}{name}"}}}
    if table:
        content |= {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _TABLES}
    return {"requestBody": {"required": True, "content": content}}


def parameters_of(names: Sequence[str]) -> dict[str, Any]:
    """Describe the query parameters of a route that does not let FastAPI parse them.

    Args:
        names: Names of the parameters: fields of `ReadOptions`, described by its docstring, and of `AnswerOptions`.
    """
    schemas = TypeAdapter(ReadOptions).json_schema()["properties"]
    for name, text in _ATTRIBUTE.findall(ReadOptions.__doc__ or ""):
        schemas[name]["description"] = text
    schemas = AnswerOptions.model_json_schema()["properties"] | schemas
    schemas["among"] = {"type": "string", "description": "Consider only these families, separated by commas."}
    return {"parameters": [{"name": name, "in": "query", "schema": schemas[name]} for name in names]}


def describe(app: FastAPI, families: Sequence[str], limits: Limits) -> dict[str, Any]:
    """Return the OpenAPI description, including the limits of this service and the families of its model."""
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
