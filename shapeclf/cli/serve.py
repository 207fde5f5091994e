"""``shapeclf serve``."""

from __future__ import annotations

import os
import sys

import click

from shapeclf.cli.options import Finite, Whole, own_families, quiet_option, recognizer_options
from shapeclf.cli.output import print_line

__all__ = ["command"]

_OTHER_CONNECTIONS = 1000  # beside those of the streams


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 is every network.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any that is free."
)
@recognizer_options
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A name the service may be called by, beside addresses and localhost; repeatable.",
)
@click.option("--max-body", type=Whole(1), default=4, show_default=True, metavar="MIB", help="Of a request, in MiB.")
@click.option("--max-points", type=Whole(1), default=100_000, show_default=True, help="Of a request, in all.")
@click.option("--max-sequences", type=Whole(1), default=1000, show_default=True, help="Of a request.")
@click.option("--max-streams", type=Whole(1), default=1000, show_default=True, help="Open at once.")
@click.option(
    "--idle",
    type=Finite(0.0, above=True),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="Close a stream that sends no point for so long.",
)
@click.option(
    "--arrival",
    type=Finite(0.0, above=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Close a connection whose request takes longer to arrive.",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
@click.option("--log", is_flag=True, help="Log each request, on stderr.")
@quiet_option
def command(
    host: str,
    port: int,
    model: str | None,
    among: tuple[str, ...] | None,
    own: tuple[str, ...],
    hosts: tuple[str, ...],
    max_body: int,
    max_points: int,
    max_sequences: int,
    max_streams: int,
    idle: float,
    arrival: float,
    open_page: bool,
    log: bool,
    quiet: bool,
) -> None:
    """Serve the page and the API: points in, the probability of each family out.

    Ctrl-C or SIGTERM ends it. It needs the packages fastapi, uvicorn and websockets.

    Example: shapeclf serve --port 8000
    """
    import fastapi  # noqa: F401  # what is missing is reported before the model is loaded
    import uvicorn  # noqa: F401
    import websockets  # noqa: F401

    from shapeclf.recognition.recognizer import Recognizer
    from shapeclf.service.app import create_app
    from shapeclf.service.guard import is_host_name
    from shapeclf.service.limits import Limits
    from shapeclf.service.running import limits_within_files, run_app

    recognizer = Recognizer.load(model, among=among, own=own_families(own))
    wanted = Limits(
        body=max_body * 2**20,
        points=max_points,
        sequences=max_sequences,
        streams=max_streams,
        connections=max_streams + _OTHER_CONNECTIONS,
        idle=idle,
        arrival=arrival,
    )
    limits = limits_within_files(wanted)

    def started(address: str) -> None:
        if not quiet:
            print_line(f"shapeclf answers at {address}  (Ctrl-C ends it)", err=True)
            if limits.streams < max_streams:
                reason = f"the files that may be open (ulimit -n) allow {limits.connections} connections"
                print_line(f"note: at most {limits.streams} streams instead of {max_streams}: {reason}", err=True)
        if open_page:
            click.launch(address)

    names = (host, *hosts) if is_host_name(host) else hosts
    if run_app(create_app(recognizer, limits, names), host, port, started, log=log):
        sys.stderr.flush()
        os._exit(0)  # Python would wait for the answer that is being computed
