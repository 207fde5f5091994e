"""Read tables in the bodies of requests, in processes that can be ended."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from typing import Any, final

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError
from shapeclf.service.limits import Limits
from shapeclf.service.parsing import READING
from shapeclf.service.table_process import SOURCE, TOO_LARGE

__all__ = ["TableReader"]

_PROCESSES = 2
_MEMORY = 2**29  # bytes that a process may allocate
_MEMORY_OF_BODY = 16  # further bytes that it may allocate for each byte of the largest body
_OPTION = re.compile(rf"--({'|'.join(name.replace('_', '-') for name in READING)})\b")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_MAIN = "import sys; sys.path[:] = {path!r}; from shapeclf.service.table_process import main; main({arguments})"

Process = subprocess.Popen[bytes]


@final
class TableReader:
    """Reads tables in other processes, which are started when they are first needed.

    A file can make the reader use any amount of time and memory in one call, which no thread can interrupt. A process
    can be ended.

    Args:
        limits: The limits on the time to read a table, on its number of points and on the size of a body.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._threads = ThreadPoolExecutor(_PROCESSES, thread_name_prefix="table")
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._is_closed = False

    async def read(self, body: bytes, options: ReadOptions) -> tuple[dict[str, Any], FloatArray]:
        """Read the table in a body.

        Returns:
            A description of what was read, and the points; see `read_body`.

        Raises:
            InputError: There is no table that can be read, or reading it takes too much time or memory.
        """
        return await asyncio.wrap_future(self._threads.submit(self._read, body, asdict(options)))

    def _read(self, body: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], FloatArray]:
        process = self._idle_process()
        self._busy.add(process)
        if self._is_closed:  # the service has stopped meanwhile
            process.kill()
        began = time.monotonic()
        try:
            reply = _request(process, body, options)
        except BaseException:
            _end(process)
            raise
        finally:
            self._busy.discard(process)
        if reply is None:
            _end(process)
            if time.monotonic() - began >= self._limits.reading:
                raise InputError(f"{SOURCE}: reading it takes longer than {self._limits.reading:g} s")
            raise InputError(TOO_LARGE)  # a library ended the process
        if reply[0].pop("is_last") or self._is_closed:
            _end(process)
        else:
            self._idle.append(process)
        if "fault" in reply[0]:
            raise RuntimeError(reply[0]["fault"])
        if "error" in reply[0]:
            raise InputError(_as_parameters(reply[0]["error"]))
        reply[0]["notes"] = [_as_parameters(note) for note in reply[0]["notes"]]
        return reply

    def _idle_process(self) -> Process:
        while self._idle:
            with suppress(IndexError):  # the other thread has taken it
                process = self._idle.pop()
                if process.poll() is None:
                    return process
        return self._start()

    def _start(self) -> Process:
        limits = self._limits
        arguments = f"{limits.reading!r}, {_MEMORY + _MEMORY_OF_BODY * limits.body}, {limits.points}"
        command = [sys.executable, "-c", _MAIN.format(path=sys.path, arguments=arguments)]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries write there before they end the process
            env=os.environ | _ONE_THREAD,
        )

    def close(self) -> None:
        """End the processes and cancel the requests that wait for one."""
        self._is_closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in [*self._busy]:
            process.kill()
        while self._idle:
            _end(self._idle.pop())


def _request(process: Process, body: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], FloatArray] | None:
    """Return the reply of a process, or None if it ended without one."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps({"options": options, "size": len(body)}).encode() + b"\n" + body)
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            return None
        header = json.loads(line)
        shape = header.pop("shape")
        content = process.stdout.read(8 * shape[0] * shape[1])
        return (header, np.frombuffer(content).reshape(shape)) if len(content) == 8 * shape[0] * shape[1] else None
    except (BrokenPipeError, ValueError):
        return None


def _end(process: Process) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # unwritten content cannot be flushed
            pipe.close()  # type: ignore[union-attr]
    process.wait()


def _as_parameters(text: str) -> str:
    """Return a message of the reader with command-line options replaced by the parameters of a request.

    Example:
        >>> _as_parameters("body, line 3: no number; --skip-bad leaves such rows out")
        'body, line 3: no number; skip_bad leaves such rows out'
    """
    return _OPTION.sub(lambda option: option[1].replace("-", "_"), text)
