"""Routes that serve the files of the page: HTML, style sheet, scripts and icon."""

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from fastapi import APIRouter, HTTPException, Request, Response

__all__ = ["pages"]

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


pages = APIRouter(include_in_schema=False)
"""The routes of the page's files: ``/`` and ``/page/NAME``."""


@cache
def _contents() -> dict[str, bytes]:
    """Return the contents of the files by name; each file is read once."""
    return {
        entry.name: entry.read_bytes()
        for entry in (files("shapeclf.service") / "page").iterdir()
        if PurePosixPath(entry.name).suffix in _TYPES
    }


@pages.get("/")
def page(request: Request) -> Response:
    return _file(request, "index.html", _contents()["index.html"])


@pages.get("/page/{name}")
def page_file(request: Request, name: str) -> Response:
    contents = _contents()
    if name not in contents:
        raise HTTPException(404)
    return _file(request, name, contents[name])


def _file(request: Request, name: str, content: bytes) -> Response:
    """Return the response with a file, or 304 if the browser has the same version."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=_TYPES[PurePosixPath(name).suffix], headers=headers)
