"""The service as an ASGI application."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI, Request

from shapeclf.errors import InputError
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.service.description import DESCRIPTION, describe
from shapeclf.service.guard import BUSY, RETRY_AFTER, Guard, is_host_name
from shapeclf.service.json_response import JsonResponse
from shapeclf.service.limits import Limits
from shapeclf.service.pages import pages
from shapeclf.service.parsing import NotJson
from shapeclf.service.routes import Serving, api
from shapeclf.service.streams import OpenStreams
from shapeclf.service.surprises import Surprises
from shapeclf.service.tables import TableReader
from shapeclf.service.workers import Busy, Workers

__all__ = ["create_app"]


def create_app(recognizer: Recognizer, limits: Limits | None = None, hosts: Iterable[str] = ()) -> FastAPI:
    """Return the ASGI application of a recogniser, with the page, the API and the streams.

    Any ASGI server can run it. The open streams are in ``state.streams`` and must be closed before the server stops.

    Args:
        recognizer: The recogniser that answers.
        limits: The limits of the service.
        hosts: Host names, without a port, that requests may use in addition to IP addresses and ``localhost``.

    Raises:
        InputError: One of the hosts is not a name.

    Example:
        >>> app = create_app(Recognizer.load())
        >>> sorted(app.openapi()["paths"])
        ['/families', '/health', '/read', '/recognize', '/surprise', '/surprise/{name}']
    """
    limits, hosts = limits or Limits(), tuple(hosts)
    for name in hosts:
        if not is_host_name(name):
            raise InputError(f"--allow-host: a name without port is expected, as in lab.example; got {name!r}")
    workers, tables = Workers(limits.waiting), TableReader(limits)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        workers.close()
        tables.close()

    app = FastAPI(
        title="shapeclf",
        version=version("shapeclf"),
        description=DESCRIPTION,
        docs_url=None,  # FastAPI's own pages load scripts from other servers
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(Guard, limits=limits, workers=workers, hosts=hosts)
    app.state.streams = OpenStreams(recognizer, limits)
    app.state.serving = Serving(recognizer, limits, workers, tables, Surprises(recognizer))
    _add_errors(app)
    app.include_router(api)
    app.include_router(pages)
    app.openapi = partial(describe, app, recognizer.families, limits)  # type: ignore[method-assign]
    return app


def _add_errors(app: FastAPI) -> None:
    """Answer every error with one line of JSON."""

    @app.exception_handler(InputError)
    def refused(request: Request, error: InputError) -> JsonResponse:
        return JsonResponse({"detail": str(error)}, status_code=422)

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> JsonResponse:
        return JsonResponse({"detail": "the service failed; the reason is in its log"}, status_code=500)

    @app.exception_handler(Busy)
    def busy(request: Request, error: Busy) -> JsonResponse:
        return JsonResponse({"detail": BUSY}, status_code=429, headers=RETRY_AFTER)

    @app.exception_handler(NotJson)
    def not_json(request: Request, error: NotJson) -> JsonResponse:
        return JsonResponse({"detail": f"the body is not JSON: {error}"}, status_code=400)
