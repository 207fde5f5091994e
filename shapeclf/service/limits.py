"""The limits of the service."""

from dataclasses import dataclass, fields
from typing import final

from shapeclf.errors import InputError

__all__ = ["Limits"]

_MAX_STREAMS = 100_000


@final
@dataclass(frozen=True)
class Limits:
    """The limits of the service.

    A number in parentheses is the HTTP status of a request that exceeds the limit, or the code that closes a stream.

    Args:
        body: Largest body of a request in bytes (413).
        sequences: Largest number of sequences in one request (422).
        points: Largest number of points in all sequences of one request (422). The same limit applies to the points of
            all its curves together, but 2000 are always allowed.
        waiting: Largest number of requests that are waiting or being answered (429).
        streams: Largest number of open streams (1013).
        connections: Largest number of open connections. If one more opens, the one that has waited longest without a
            complete request is closed, or the new one if none waits.
        idle: Longest time in seconds that a stream may be without a new message (4408).
        arrival: Longest time in seconds that the headers of a request may take to arrive; the same for its body (408).
            A connection whose headers are late is closed without an answer. A connection whose client reads nothing of
            its answer for this time is closed, too.
        reading: Longest time in seconds that reading a table may take (422).

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
        if self.streams > _MAX_STREAMS:  # memory for the state of each is allocated at the start
            raise InputError(f"streams must be at most {_MAX_STREAMS}, got {self.streams}")
