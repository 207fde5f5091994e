"""What the API answers, whichever app it stands in: the routes look up there what they answer with."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

from fastapi import APIRouter, Request, WebSocket
from starlette.requests import HTTPConnection

from shapeclf.datasets.experiments import NONE
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.service.answers import answer_request
from shapeclf.service.description import body_of
from shapeclf.service.limits import Limits
from shapeclf.service.messages import (
    Answers,
    Families,
    Health,
    Problem,
    Surprise,
    SurpriseAnswer,
    SurpriseRequest,
)
from shapeclf.service.numbers import JsonResponse
from shapeclf.service.parsing import parse_options, parse_request
from shapeclf.service.surprises import Surprises
from shapeclf.service.working import Workers

__all__ = ["Serving", "api"]

_Responses = dict[int | str, dict[str, Any]]

_REFUSED: _Responses = {
    400: {"model": Problem, "description": "The body is no JSON, or the service is not called by that name."},
    403: {"model": Problem, "description": "The request comes from a page of another origin."},
    408: {"model": Problem, "description": "The body took too long to arrive."},
    413: {"model": Problem, "description": "The body is too long."},
    422: {"model": Problem, "description": "The request cannot be answered; the text says what is allowed."},
    429: {"model": Problem, "description": "Too many requests wait; try again after the seconds in Retry-After."},
}
_MISSING: _Responses = {404: {"model": Problem, "description": "There is no such hidden function."}}
_MISSING |= {status: _REFUSED[status] for status in (400, 422, 429)}
_MISCALLED: _Responses = {400: _REFUSED[400]}


@final
@dataclass(frozen=True)
class Serving:
    """What an app answers with.

    FastAPI keeps every route's function for good, so no function holds any of this: an app that is given up would
    stay, with its model.
    """

    recognizer: Recognizer
    limits: Limits
    workers: Workers
    surprises: Surprises

    @classmethod
    def of(cls, connection: HTTPConnection) -> "Serving":
        """What the app that is asked answers with."""
        serving: Serving = connection.app.state.serving
        return serving


api = APIRouter()


@api.post("/recognize", response_model=Answers, responses=_REFUSED, openapi_extra=body_of("RecognizeRequest"))
async def recognize(request: Request) -> JsonResponse:
    """What kind of function each sequence comes from: the probability of every family, and the equation."""
    serving, body = Serving.of(request), await request.body()

    def answer() -> JsonResponse:
        sequences, options = parse_request(body, serving.limits)
        return JsonResponse(answer_request(serving.recognizer, sequences, options))

    return await serving.workers.run(answer)


@api.websocket("/stream")
async def stream(socket: WebSocket) -> None:
    await socket.app.state.streams.serve(socket)


@api.post("/surprise", response_model=Surprise, responses=_REFUSED, openapi_extra=body_of("SurpriseRequest"))
async def surprise(request: Request) -> JsonResponse:
    """Points of a hidden function, drawn from what the model was trained on."""
    serving, body = Serving.of(request), await request.body()

    def draw() -> JsonResponse:
        return JsonResponse(serving.surprises.draw(parse_options(SurpriseRequest, body, serving.limits)))

    return await serving.workers.run(draw)


@api.get("/surprise/{name}", response_model=SurpriseAnswer, responses=_MISSING)
async def reveal(request: Request, name: str) -> JsonResponse:
    """What a hidden function was."""
    serving = Serving.of(request)
    with serving.workers.place():
        answer = await serving.workers.run(partial(serving.surprises.reveal, name))
    if answer is None:
        return JsonResponse({"detail": "there is no such hidden function; was the service restarted?"}, 404)
    return JsonResponse(answer)


@api.get("/families", response_model=Families, responses=_MISCALLED)
async def families(request: Request) -> JsonResponse:
    """The families that the model tells apart, in the order of all answers."""
    recognizer = Serving.of(request).recognizer
    found = []
    for name in recognizer.families:
        family = recognizer.known.get(name) if name != NONE else None
        priors = {} if family is None else {key: prior.record() for key, prior in family.priors.items()}
        found.append({"name": name, "formula": family.formula if family else None, "priors": priors})
    return JsonResponse({"families": found})


@api.get("/health", response_model=Health, responses=_MISCALLED)
async def health(request: Request) -> JsonResponse:
    """That the service answers, with which model, and how busy it is."""
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
