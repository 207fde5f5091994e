"""The limits of the service."""

from dataclasses import dataclass, fields
from typing import final

from shapeclf.errors import InputError

__all__ = ["Limits"]

_MOST_STREAMS = 100_000


@final
@dataclass(frozen=True)
class Limits:
    """The limits of the service, each with its own status or code.

    Args:
        body: Bytes of a request; beyond, 413.
        sequences: Sequences of one request; beyond, 422.
        points: Points of all sequences of one request, and of all its curves (at least 2000 of these); beyond, 422.
        waiting: Requests that are waiting or being answered; beyond, 429.
        streams: Open streams; beyond, a stream is closed with the code 1013.
        connections: Open connections; beyond, the one that has waited longest without a complete request is closed.
        idle: Seconds without a point after which a stream is closed with the code 4408.
        arrival: Seconds that a request may take to arrive, headers and body each; beyond, the connection is closed,
            with 408 if the headers have arrived. A connection whose client reads nothing of its answer for as long is
            closed, too.
        reading: Seconds that reading a table may take; beyond, 422.

    Raises:
        InputError: A limit is not above 0, or ``streams`` is more than 100,000.

    Example:
        >>> Limits(streams=0)
        Traceback (most recent call last):
        shapeclf.errors.InputError: streams must be above 0, got 0
    """

    body: int = 4 * 2**20
    sequences: int = 1000
    points: int = 100_000
    waiting: int = 32
    streams: int = 1000
    connections: int = 2000
    idle: float = 300.0
    arrival: float = 60.0
    reading: float = 20.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise InputError(f"{field.name} must be above 0, got {value!r}")
        if self.streams > _MOST_STREAMS:  # memory for the state of each is allocated at the start
            raise InputError(f"streams must be at most {_MOST_STREAMS}, got {self.streams}")
