"""The page: one HTML file with its style and its scripts, as they lie in the package."""

import hashlib
from importlib.resources import files
from pathlib import PurePosixPath

from fastapi import APIRouter, Request, Response

__all__ = ["page_router"]

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def page_router() -> APIRouter:
    """The routes of the page's files: ``/`` and ``/page/NAME``, each read once."""
    router = APIRouter(include_in_schema=False)
    contents = {
        entry.name: entry.read_bytes()
        for entry in (files("shapeclf.service") / "page").iterdir()
        if PurePosixPath(entry.name).suffix in _TYPES
    }

    @router.get("/")
    def page(request: Request) -> Response:
        return _file(request, "index.html", contents["index.html"])

    @router.get("/page/{name}")
    def part(request: Request, name: str) -> Response:
        return _file(request, name, contents[name]) if name in contents else Response(status_code=404)

    return router


def _file(request: Request, name: str, content: bytes) -> Response:
    """A file, or that the browser has it already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=_TYPES[PurePosixPath(name).suffix], headers=headers)
