"""``shapeclf serve``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from shapeclf.cli.options import load_user_families, quiet_option, recognizer_options
from shapeclf.cli.output import print_line, print_note
from shapeclf.cli.values import Finite, Whole

__all__ = ["command"]

F = TypeVar("F", bound=Callable[..., Any])


def _at_most(name: str, default: int, text: str, metavar: str | None = None) -> Callable[[F], F]:
    option, kind = f"--max-{name}", Whole(1)
    return click.option(option, name, type=kind, default=default, show_default=True, metavar=metavar, help=text)


def _seconds(name: str, default: float, text: str) -> Callable[[F], F]:
    kind = Finite(0.0, above=True)
    return click.option(f"--{name}", type=kind, default=default, show_default=True, metavar="SECONDS", help=text)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all networks.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 takes a free one."
)
@recognizer_options
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Accept requests to this host name, besides localhost and IP addresses; repeatable.",
)
@_at_most("body", 4, "Largest request body in MiB.", metavar="MIB")
@_at_most("points", 100_000, "Largest number of points in a request.")
@_at_most("sequences", 1000, "Largest number of sequences in a request.")
@_at_most("streams", 1000, "Largest number of streams open at once.")
@_seconds("idle", 300.0, "Close a stream that sends no message for this long.")
@_seconds("arrival", 60.0, "Close a connection whose request takes longer than this to arrive.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
@click.option("--log", is_flag=True, help="Log each request on standard error.")
@quiet_option
def command(
    host: str,
    port: int,
    model: str | None,
    among: tuple[str, ...] | None,
    references: tuple[str, ...],
    hosts: tuple[str, ...],
    body: int,
    streams: int,
    open_page: bool,
    log: bool,
    quiet: bool,
    **others: Any,
) -> None:
    """Serve the page and the API, which return the probability of each family.

    Ctrl-C or SIGTERM ends it. It needs the packages fastapi, uvicorn and websockets.

    Example: shapeclf serve --port 8000
    """
    import fastapi  # noqa: F401  # a missing package is reported before the model is loaded
    import uvicorn  # noqa: F401
    import websockets  # noqa: F401

    from shapeclf.recognition.recognizer import Recognizer
    from shapeclf.service.app import create_app
    from shapeclf.service.guard import is_host_name
    from shapeclf.service.limits import Limits
    from shapeclf.service.running import OTHER_CONNECTIONS, limits_within_files, run_app

    recognizer = Recognizer.load(model, among=among, user_families=load_user_families(references))
    wanted = Limits(body=body * 2**20, streams=streams, connections=streams + OTHER_CONNECTIONS, **others)
    limits = limits_within_files(wanted)

    def started(address: str) -> None:
        if not quiet:
            print_line(f"shapeclf answers at {address}  (Ctrl-C ends it)", err=True)
            if limits.streams < streams:
                reason = f"the limit on open files (ulimit -n) allows {limits.connections} connections"
                print_note(f"at most {limits.streams} streams instead of {streams}: {reason}")
        if open_page:
            click.launch(address)

    names = (host, *hosts) if is_host_name(host) else hosts
    if run_app(create_app(recognizer, limits, names), host, port, started, log=log):
        sys.stderr.flush()
        os._exit(0)  # a normal exit would wait for the answer that is being computed
