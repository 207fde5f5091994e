"""The routes of the API. Each gets its recogniser and limits from the app of its request."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, final

from fastapi import APIRouter, HTTPException, Request, WebSocket
from starlette.requests import HTTPConnection

from shapeclf.datasets.families import NONE
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.service.answers import answer_request, answer_table
from shapeclf.service.description import body_of, parameters_of
from shapeclf.service.json_response import JsonResponse
from shapeclf.service.limits import Limits
from shapeclf.service.messages import (
    AnswerOptions,
    Answers,
    Families,
    Health,
    Problem,
    ReadTable,
    Surprise,
    SurpriseAnswer,
    SurpriseRequest,
)
from shapeclf.service.parsing import READING, is_request, parse_options, parse_query, parse_request
from shapeclf.service.surprises import Surprises
from shapeclf.service.tables import TableReader
from shapeclf.service.workers import Workers

__all__ = ["Serving", "api"]

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"  # curl -d sends it by default
_NO_TABLE = (
    "the body is a form, or has no Content-Type; send the content of the file with its type, such as text/csv: "
    "curl --data-binary @FILE -H 'Content-Type: text/csv'"
)
_CHARSET = re.compile(r";\s*charset=\"?([\w.:-]+)", re.IGNORECASE)

_PARAMETERS = (*READING, "among", "fit", "family", "each_point")
_Responses = dict[int | str, dict[str, Any]]

_REFUSED: _Responses = {
    400: {"model": Problem, "description": "The body is not JSON, or the host is not allowed."},
    403: {"model": Problem, "description": "The request comes from a page of another origin."},
    408: {"model": Problem, "description": "The body took too long to arrive."},
    413: {"model": Problem, "description": "The body is too long."},
    422: {"model": Problem, "description": "The request cannot be answered; the text states what is allowed."},
    429: {"model": Problem, "description": "Too many requests wait; try again after the seconds in Retry-After."},
}
_TABLE_REFUSED: _Responses = _REFUSED | {
    415: {"model": Problem, "description": "The body is a form; send the content of the file itself."}
}
_MISSING: _Responses = {404: {"model": Problem, "description": "There is no such hidden function."}}
_MISSING |= {status: _REFUSED[status] for status in (400, 422, 429)}
_WRONG_HOST: _Responses = {400: _REFUSED[400]}


@final
@dataclass(frozen=True)
class Serving:
    """The objects that the routes of an app need, stored in ``app.state.serving``.

    FastAPI keeps the function of every route for the life of the process. So these objects must not be stored in such a
    function: the model of an app that is no longer used would stay in memory.
    """

    recognizer: Recognizer
    limits: Limits
    workers: Workers
    tables: TableReader
    surprises: Surprises

    @classmethod
    def of(cls, connection: HTTPConnection) -> "Serving":
        """Return these objects of the app that a connection belongs to."""
        serving: Serving = connection.app.state.serving
        return serving

    @cached_property
    def families(self) -> JsonResponse:
        """The response with the families, encoded once: many requests for it would delay other answers."""
        records = []
        for name in self.recognizer.families:
            family = self.recognizer.known.get(name) if name != NONE else None
            priors = {} if family is None else {key: prior.record() for key, prior in family.priors.items()}
            records.append({"name": name, "formula": family.formula if family else None, "priors": priors})
        return JsonResponse({"families": records})

    async def json(self, answer: Callable[[], Any]) -> JsonResponse:
        """Return the result of ``answer()`` as JSON, computed and encoded on a worker thread."""
        return await self.workers.run(lambda: JsonResponse(answer()))


api = APIRouter()


@api.post(
    "/recognize",
    response_model=Answers,
    responses=_TABLE_REFUSED,
    openapi_extra=body_of("RecognizeRequest", table=True) | parameters_of(_PARAMETERS),
)
async def recognize(request: Request) -> JsonResponse:
    """Return the probability of every family and the equation for each sequence, or for the points of a table."""
    serving, body = Serving.of(request), await request.body()
    if _holds_table(request, body):
        reading, options = _options(request, _PARAMETERS)
        try:
            table = await serving.tables.read(body, reading)
        except InputError as error:
            if _media_type(request) != _JSON:
                raise
            raise InputError(f"{error} (a request for answers has the member sequences)") from None
        return await serving.json(lambda: answer_table(serving.recognizer, *table, options))
    if request.query_params:
        raise InputError("query: parameters are for tables; the options of a JSON request are in its body")
    return await serving.json(lambda: answer_request(serving.recognizer, *parse_request(body, serving.limits)))


@api.post(
    "/read",
    response_model=ReadTable,
    responses=_TABLE_REFUSED,
    openapi_extra=body_of(None, table=True) | parameters_of(READING),
)
async def read(request: Request) -> JsonResponse:
    """Return the points of a table, and what was read."""
    serving, body = Serving.of(request), await request.body()
    _check_no_form(request)
    header, points = await serving.tables.read(body, _options(request, READING)[0])
    return await serving.json(lambda: header | {"points": points})


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _holds_table(request: Request, body: bytes) -> bool:
    """Return whether a body is a table rather than a JSON request.

    Raises:
        HTTPException: The body is a form, or it is not JSON and has no Content-Type.
    """
    media_type, is_json = _media_type(request), body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    if is_json and media_type in ("", _FORM):
        return False
    _check_no_form(request)
    return is_json and not is_request(body) if media_type == _JSON else True


def _check_no_form(request: Request) -> None:
    if _media_type(request) in ("", _FORM) or _media_type(request).startswith("multipart/"):
        raise HTTPException(415, _NO_TABLE)


def _options(request: Request, names: Sequence[str]) -> tuple[ReadOptions, AnswerOptions]:
    """Parse the query parameters of a table. The default of ``encoding`` is the charset of the Content-Type."""
    query = request.query_params.multi_items()
    charset = _CHARSET.search(request.headers.get("content-type", ""))
    # Clients label any text as UTF-8, and the reader tries UTF-8 first anyway.
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8") and "encoding" not in dict(query):
        query.append(("encoding", charset[1]))
    return parse_query(query, names)


@api.websocket("/stream")
async def stream(socket: WebSocket) -> None:
    await socket.app.state.streams.serve(socket)


@api.post("/surprise", response_model=Surprise, responses=_REFUSED, openapi_extra=body_of("SurpriseRequest"))
async def surprise(request: Request) -> JsonResponse:
    """Return points of a hidden function, drawn like the training data of the model except for number and noise."""
    serving, body = Serving.of(request), await request.body()
    return await serving.json(lambda: serving.surprises.draw(parse_options(SurpriseRequest, body, serving.limits)))


@api.get("/surprise/{name}", response_model=SurpriseAnswer, responses=_MISSING)
async def reveal(request: Request, name: str) -> JsonResponse:
    """Return the family, the equation and the curve of a hidden function."""
    serving = Serving.of(request)
    with serving.workers.reserve():
        answer = await serving.workers.run(partial(serving.surprises.reveal, name))
    if answer is None:
        return JsonResponse({"detail": "there is no such hidden function; was the service restarted?"}, 404)
    return JsonResponse(answer)


@api.get("/families", response_model=Families, responses=_WRONG_HOST)
async def families(request: Request) -> JsonResponse:
    """Return the families that the model knows, in the order of all answers."""
    return Serving.of(request).families


@api.get("/health", response_model=Health, responses=_WRONG_HOST)
async def health(request: Request) -> JsonResponse:
    """Return the version of the service, its model, the number of open streams and the limits."""
    serving = Serving.of(request)
    return JsonResponse(
        {
            "status": "ok",
            "version": request.app.version,
            "model": Path(serving.recognizer.model.source).stem,
            "streams": len(request.app.state.streams),
            "limits": asdict(serving.limits),
        }
    )
