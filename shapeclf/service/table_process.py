"""A separate process that reads tables for the service, so that a malicious file can stop only this process.

A request is a line of JSON, followed by the content of the file. A reply is a line of JSON, followed by the points in
double precision.
"""

import faulthandler
import io
import json
import os
import signal
import sys
import traceback
from typing import Any

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.reading import read_open_table
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError
from shapeclf.recognition.notes import usable_error_bars

if sys.platform != "win32":
    import resource

__all__ = ["SOURCE", "TOO_LARGE", "main", "read_body"]

SOURCE = "body"
"""Name of the file in error messages."""
TOO_LARGE = f"{SOURCE}: reading it takes too much memory"


def main(seconds: float, memory: int, most_points: int) -> None:
    """Answer requests on standard input until it ends.

    Args:
        seconds: Longest time for one file; after that, this process exits.
        memory: Bytes that this process may allocate, if the system can limit that.
        most_points: Largest number of points of a table.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the service ends this one
    _limit_memory(memory)
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    with open(os.devnull, "w") as devnull:  # noqa: PTH123
        while line := requests.readline():
            request = json.loads(line)
            body = requests.read(request["size"])
            # The watchdog thread needs no interpreter lock, so it can also end a regular expression.
            faulthandler.dump_traceback_later(seconds, exit=True, file=devnull)
            header, points = _answer(body, request["options"], most_points)
            faulthandler.cancel_dump_traceback_later()
            # After the last reply, the service ends this process: libraries do not return memory to the system.
            header |= {"shape": points.shape, "is_last": not _can_allocate(memory // 2)}
            replies.write(json.dumps(header).encode() + b"\n" + points.tobytes())
            replies.flush()


def _limit_memory(most: int) -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _can_allocate(size: int) -> bool:
    """Return whether this process may allocate so many bytes, which is always so where no limit is set."""
    try:
        np.empty(size, np.uint8)
    except MemoryError:
        return False
    return True


def _answer(body: bytes, options: dict[str, Any], most_points: int) -> tuple[dict[str, Any], FloatArray]:
    try:
        return read_body(body, ReadOptions(**options), most_points)
    except InputError as error:
        text = str(error)
    except MemoryError:
        text = TOO_LARGE
    except Exception:  # a bug of the reader, which the service reports in its log
        return {"fault": traceback.format_exc()}, np.empty((0, 2))
    return {"error": text}, np.empty((0, 2))


def read_body(body: bytes, options: ReadOptions, most_points: int) -> tuple[dict[str, Any], FloatArray]:
    r"""Read the table in the body of a request.

    Args:
        body: The content of a file.
        options: Options of the reader.
        most_points: Largest number of points.

    Returns:
        A description of what was read, as values that JSON can represent, and the points (x, y) or (x, y, y_error) of
        shape (points, 2 or 3).

    Raises:
        InputError: There is no table of points that can be read, or it has too many points.

    Example:
        >>> header, points = read_body(b"t (s);s (m)\n1;2,5\n2;5\n", ReadOptions(), 100)
        >>> header["data"]["x"], header["data"]["x_unit"], points.tolist()
        ('t', 's', [[1.0, 2.5], [2.0, 5.0]])
    """
    table = read_open_table(SOURCE, io.BytesIO(body), options)
    if len(table) > most_points:
        raise InputError(f"{SOURCE}: at most {most_points} points are answered at once, got {len(table)}")
    y_error, notes = usable_error_bars(table.y_error)
    header = {
        "data": table.record(),
        "notes": [table.summary(), *notes],
        "columns": table.columns,
        "chosen": table.chosen,
        "sheets": table.sheets,
        "sheet": table.sheet,
    }
    columns = [table.x, table.y] if y_error is None else [table.x, table.y, y_error]
    return header, np.column_stack(columns)
