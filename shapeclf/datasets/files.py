"""Real points of one sequence, line by line from a stream."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO, final

from shapeclf.datasets.tables.columns import Columns, find_columns, need_columns
from shapeclf.datasets.tables.lines import LONGEST_LINE, Layout
from shapeclf.datasets.tables.sources import unreadable
from shapeclf.errors import BadLine, InputError

__all__ = ["PointReader", "stream_lines"]


def stream_lines(stream: TextIO) -> Iterator[str]:
    """The lines of a stream, each as soon as it is there; of one that is too long only its beginning."""
    try:
        while text := stream.readline(LONGEST_LINE + 1):
            yield text
            while len(text) > LONGEST_LINE and not text.endswith("\n"):
                text = stream.readline(LONGEST_LINE + 1)
    except OSError as error:
        raise unreadable("standard input", error) from None


@final
@dataclass
class PointReader:
    """Reads (x, y) from lines of text, one point a line, values between commas, semicolons, tabs or spaces.

    A first line whose cells are not numbers is a header. Empty lines are passed over.

    Args:
        source: What the lines come from, for messages.
        x: Name or number (from 1) of the column of x; by default the column named x, else the first.
        y: Likewise of y; by default the column named y, else the second. Where the other axis was asked for in the
            column that would be the default, the first column beside it is taken.

    Example:
        >>> reader = PointReader("stdin", x="time")
        >>> [reader.read(line) for line in ("volt;time", "1.5;3")]
        [None, (3.0, 1.5)]
    """

    source: str
    x: str | None = None
    y: str | None = None

    def __post_init__(self) -> None:
        self.line = 0
        self._table: tuple[Layout, Columns] | None = None

    def read(self, text: str) -> tuple[float, float] | None:
        """The point of the next line; None for a header or an empty line.

        Raises:
            BadLine: The line holds no point; the text names line and column.
            InputError: There is no such column as was asked for.
        """
        self.line += 1
        if not text.strip():
            return None
        self._check_text(text)
        if self._table is None:
            self._table = self._begin(text)
            if self._table[0].header:
                return None
        layout, columns = self._table
        cells = layout.cells(self.line, text)
        layout.check_width(self.line, cells)
        return layout.number(self.line, cells, columns.x), layout.number(self.line, cells, columns.y)

    def _check_text(self, text: str) -> None:
        try:
            text.isascii() or text.encode()
        except UnicodeEncodeError:  # bytes that could not be decoded stand in it as such
            raise BadLine(f"{self.source}, line {self.line}: not text in UTF-8") from None

    def _begin(self, text: str) -> tuple[Layout, Columns]:
        layout = Layout.of_line(self.source, self.line, text)
        try:
            need_columns(f"{self.source}, line {self.line}", layout.count)
        except InputError as error:
            raise BadLine(str(error)) from None
        return layout, find_columns(self.source, layout.header, layout.count, x=self.x, y=self.y)

    def points(self, lines: Iterable[str]) -> Iterator[tuple[float, float]]:
        """The points of all lines."""
        for text in lines:
            point = self.read(text)
            if point is not None:
                yield point
