"""The service as an ASGI application."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError

from shapeclf.datasets.experiments import NONE
from shapeclf.errors import InputError
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.service.answers import answer_request, check_limits
from shapeclf.service.description import DESCRIPTION, describe
from shapeclf.service.guard import Guard
from shapeclf.service.limits import Limits
from shapeclf.service.messages import (
    Answers,
    Families,
    Health,
    Problem,
    RecognizeRequest,
    Surprise,
    SurpriseAnswer,
    SurpriseRequest,
)
from shapeclf.service.numbers import JsonResponse
from shapeclf.service.pages import page_router
from shapeclf.service.streams import Streams
from shapeclf.service.surprises import Surprises
from shapeclf.service.working import Busy, Workers

__all__ = ["create_app"]

_Responses = dict[int | str, dict[str, Any]]

_REFUSED: _Responses = {
    400: {"model": Problem, "description": "The body is no JSON, or the service is not called by that name."},
    403: {"model": Problem, "description": "The request comes from a page of another origin."},
    408: {"model": Problem, "description": "The body took too long to arrive."},
    413: {"model": Problem, "description": "The body is too long."},
    422: {"model": Problem, "description": "The request cannot be answered; the text says what is allowed."},
    429: {"model": Problem, "description": "Too many requests wait; try again after the seconds in Retry-After."},
}
_RETRY_AFTER = {"Retry-After": "1"}


def create_app(recognizer: Recognizer, limits: Limits | None = None, hosts: Iterable[str] = ()) -> FastAPI:
    """The page, the API and the streams of one recogniser; run it with any ASGI server.

    Its ``state.streams`` are the open `Streams`, to be closed before the server stops.

    Args:
        recognizer: whose answers.
        limits: what is done for one client at most.
        hosts: names that the service may be called by, beside addresses and ``localhost``.

    Example:
        >>> app = create_app(Recognizer.load())
        >>> sorted(app.openapi()["paths"])
        ['/families', '/health', '/recognize', '/surprise', '/surprise/{name}']
    """
    limits = limits or Limits()
    workers = Workers(limits.waiting)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        workers.close()

    app = FastAPI(
        title="shapeclf",
        version=version("shapeclf"),
        description=DESCRIPTION,
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(Guard, limits=limits, hosts=hosts)
    app.state.streams = Streams(recognizer, limits)
    _add_errors(app)
    _add_recognizing(app, recognizer, limits, workers)
    _add_surprises(app, recognizer, workers)
    _add_telling(app, recognizer, limits)
    app.include_router(page_router())
    app.openapi = partial(describe, app, recognizer.families, limits)  # type: ignore[method-assign]
    return app


def _add_errors(app: FastAPI) -> None:
    """Errors in one line each, whatever they come from."""

    @app.exception_handler(InputError)
    def refused(request: Request, error: InputError) -> JsonResponse:
        return JsonResponse({"detail": str(error)}, status_code=422)

    @app.exception_handler(Busy)
    def busy(request: Request, error: Busy) -> JsonResponse:
        return JsonResponse({"detail": "too many requests wait; try again"}, status_code=429, headers=_RETRY_AFTER)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JsonResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return JsonResponse({"detail": f"the body is no JSON: {first['ctx']['error']}"}, status_code=400)
        where = ".".join(str(part) for part in first["loc"])
        return JsonResponse({"detail": f"{where}: {first['msg']}"}, status_code=422)


def _add_recognizing(app: FastAPI, recognizer: Recognizer, limits: Limits, workers: Workers) -> None:
    @app.post("/recognize", response_model=Answers, responses=_REFUSED, response_model_exclude_unset=True)
    async def recognize(asked: RecognizeRequest) -> JsonResponse:
        """What kind of function each sequence comes from: the probability of every family, and the equation."""
        check_limits(asked, limits)
        return JsonResponse(await workers.run(partial(answer_request, recognizer, asked)))

    @app.websocket("/stream")
    async def stream(socket: WebSocket) -> None:
        await app.state.streams.serve(socket)


def _add_surprises(app: FastAPI, recognizer: Recognizer, workers: Workers) -> None:
    surprises = Surprises(recognizer)

    @app.post("/surprise", response_model=Surprise, responses=_REFUSED)
    async def surprise(asked: SurpriseRequest) -> JsonResponse:
        """Points of a hidden function, drawn from what the model was trained on."""
        return JsonResponse(await workers.run(partial(surprises.draw, asked)))

    missing: _Responses = {404: {"model": Problem, "description": "There is no such hidden function."}}
    missing |= {status: _REFUSED[status] for status in (400, 422, 429)}

    @app.get("/surprise/{name}", response_model=SurpriseAnswer, responses=missing)
    async def reveal(name: str) -> JsonResponse:
        """What a hidden function was."""
        answer = await workers.run(partial(surprises.reveal, name))
        if answer is None:
            return JsonResponse({"detail": "there is no such hidden function; was the service restarted?"}, 404)
        return JsonResponse(answer)


def _add_telling(app: FastAPI, recognizer: Recognizer, limits: Limits) -> None:
    refused: _Responses = {400: _REFUSED[400]}

    @app.get("/families", response_model=Families, responses=refused)
    async def families() -> JsonResponse:
        """The families that the model tells apart, in the order of all answers."""
        found = []
        for name in recognizer.families:
            family = recognizer.known.get(name) if name != NONE else None
            priors = {} if family is None else {key: prior.record() for key, prior in family.priors.items()}
            found.append({"name": name, "formula": family.formula if family else None, "priors": priors})
        return JsonResponse({"families": found})

    @app.get("/health", response_model=Health, responses=refused)
    async def health() -> JsonResponse:
        """That the service answers, with which model, and how busy it is."""
        return JsonResponse(
            {
                "status": "ok",
                "version": app.version,
                "model": Path(recognizer.model.source).stem,
                "streams": len(app.state.streams),
                "limits": asdict(limits),
            }
        )
