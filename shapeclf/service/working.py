"""Threads that answers are computed on, and how many requests may wait for one."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar, final

__all__ = ["Busy", "Workers"]

T = TypeVar("T")

_THREADS = 2  # the runtime and numpy let go of the interpreter's lock while they compute


class Busy(Exception):
    """As many requests as may wait are waiting."""


@final
class Workers:
    """Computes answers beside the streams, so that those need not wait.

    Args:
        waiting: How many requests may be in work or wait for it.
    """

    def __init__(self, waiting: int) -> None:
        self._waiting = waiting
        self._count = 0
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="answer")
        self._begun: set[Future[Any]] = set()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Count one more request, from before its body is read until it is answered.

        Raises:
            Busy: As many as may wait are waiting.
        """
        if self._count >= self._waiting:
            raise Busy
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns, computed on one of the threads."""
        answer = self._threads.submit(work)
        self._begun.add(answer)
        answer.add_done_callback(self._begun.discard)
        return await asyncio.wrap_future(answer)

    @property
    def computing(self) -> bool:
        """Whether a thread computes an answer, which nobody can stop."""
        return any(answer.running() for answer in [*self._begun])

    def close(self) -> None:
        """Lets the threads go; what waits is not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)
