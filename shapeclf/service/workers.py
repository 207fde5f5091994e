"""The threads that compute answers, and a limit on the number of waiting requests."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar, final

__all__ = ["Busy", "Workers"]

T = TypeVar("T")

_THREADS = 2  # onnxruntime and numpy release the interpreter's lock while they compute


class Busy(Exception):
    """Raised when too many requests wait."""


@final
class Workers:
    """Computes answers on threads, so that the event loop is not blocked.

    Args:
        waiting: Largest number of requests that are waiting or being answered.
    """

    def __init__(self, waiting: int) -> None:
        self._waiting = waiting
        self._count = 0
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="answer")
        self._futures: set[Future[Any]] = set()

    @contextmanager
    def reserve(self) -> Iterator[None]:
        """Count one more request while the block runs: from before its body is read until it is answered.

        Raises:
            Busy: Too many requests wait.
        """
        if self._count >= self._waiting:
            raise Busy
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1

    async def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` on one of the threads and return its result."""
        answer = self._threads.submit(work)
        self._futures.add(answer)
        answer.add_done_callback(self._futures.discard)
        return await asyncio.wrap_future(answer)

    @property
    def computing(self) -> bool:
        """Whether a thread is computing an answer, which cannot be interrupted."""
        return any(answer.running() for answer in [*self._futures])

    def close(self) -> None:
        """End the threads and cancel the waiting requests."""
        self._threads.shutdown(wait=False, cancel_futures=True)
