"""The open streams' points, together: what has come at about the same time goes through the model in one call."""

import asyncio
from collections.abc import Sequence
from typing import final

from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.family_filter import chosen_families
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["Stepper", "StreamHandle"]


_REST = 0.002  # seconds between calls: what comes meanwhile goes together


@final
class Stepper:
    """Takes the points of many streams, and steps through the model those that wait.

    A call with sixteen points takes about twice as long as one with one: the more comes, the less each costs. A point
    that comes alone does not wait.

    Args:
        recognizer: Whose answers.
        count: How many streams there may be at once.
    """

    def __init__(self, recognizer: Recognizer, count: int) -> None:
        self.families = recognizer.families
        self._streams = recognizer.streams(count)
        self._free = list(range(count))
        self._waiting: list[tuple[int, float, float, asyncio.Future[FloatArray]]] = []
        self._rested = 0.0  # on the loop's clock

    def __len__(self) -> int:
        return len(self._streams) - len(self._free)

    def take(self, among: Sequence[str] | None = None) -> "StreamHandle | None":
        """Return a handle for one more stream; None where there is no room.

        Raises:
            InputError: Among names no families of the model, or one twice.
        """
        names = self.families if among is None else chosen_families(self.families, among)
        if not self._free:
            return None
        row = self._free.pop()
        self._streams.reset([row], names)
        return StreamHandle(self, row, names)

    async def step(self, row: int, x: float, y: float) -> FloatArray:
        """The posterior of one stream after one more point."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            # After whatever else has come by now; and where calls follow each other closely, a little later still.
            loop.call_at(max(loop.time(), self._rested), self._answer)
        answer: asyncio.Future[FloatArray] = loop.create_future()
        self._waiting.append((row, x, y, answer))
        return await answer

    def points(self, row: int) -> int:
        """How many points a stream has had."""
        return int(self._streams.points[row])

    def give_back(self, row: int) -> None:
        """Ends a stream."""
        self._free.append(row)

    def _answer(self) -> None:
        self._rested = asyncio.get_running_loop().time() + _REST
        waiting, self._waiting = self._waiting, []
        waiting = [each for each in waiting if not each[3].done()]  # who has left waits no more
        if not waiting:
            return
        try:
            found = self._streams.update([each[1:3] for each in waiting], [each[0] for each in waiting])
        except InputError as error:
            if len(waiting) == 1:
                waiting[0][3].set_exception(InputError(str(error).partition(": ")[2]))
                return
            for each in waiting:  # one of them is at fault, and the others are not to suffer from it
                self._waiting = [each]
                self._answer()
            return
        for (*_, answer), posterior in zip(waiting, found, strict=True):
            answer.set_result(posterior)


@final
class StreamHandle:
    """One stream among those of a `Stepper`."""

    def __init__(self, stepper: Stepper, row: int, families: tuple[str, ...]) -> None:
        self.families = families
        self._stepper = stepper
        self._row = row
        self._columns = [stepper.families.index(name) for name in families]

    @property
    def points(self) -> int:
        """How many there have been."""
        return self._stepper.points(self._row)

    async def update(self, x: float, y: float) -> list[float]:
        """Return the probability of each family after one more point.

        Raises:
            InputError: The point is not finite, or beyond what the model can compute with; the stream stays as it was.
        """
        posterior: list[float] = (await self._stepper.step(self._row, x, y))[self._columns].tolist()
        return posterior

    def leave(self) -> None:
        """Make room for another."""
        self._stepper.give_back(self._row)
