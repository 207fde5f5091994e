"""What the service does for one client at most."""

from dataclasses import dataclass, fields
from typing import final

from shapeclf.errors import InputError

__all__ = ["Limits"]

_MOST_STREAMS = 100_000


@final
@dataclass(frozen=True)
class Limits:
    """What the service does for one client at most, each told apart in its answer.

    Args:
        body: Bytes of a request; beyond, 413.
        sequences: In one request; beyond, 422.
        points: Of all sequences of one request, and of all its curves, where 2000 are always allowed; beyond, 422.
        waiting: Requests that are being answered or wait for it; beyond, 429.
        streams: Open at once; beyond, a stream is closed with the code 1013.
        connections: Open at once; beyond, the one that has waited longest without a complete request is closed.
        idle: Seconds without a point after which a stream is closed with the code 4408.
        arrival: Seconds that a request may take to arrive, headers and body each; beyond, the connection is closed,
            with 408 once the headers are there. Also the time without progress after which an answer that nobody reads
            is given up.
        reading: Seconds that reading a table may take; beyond, 422.

    Raises:
        InputError: One of them is not above 0, or streams are more than 100,000.

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
        if self.streams > _MOST_STREAMS:  # there is room for the state of each from the start
            raise InputError(f"streams must be at most {_MOST_STREAMS}, got {self.streams}")
