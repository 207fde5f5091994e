"""Find the table among the rows of a file: the longest block of rows of one width whose columns hold values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

from shapeclf._text import printable
from shapeclf.datasets.tables.dialect import kind_of
from shapeclf.errors import InputError, NoTable

__all__ = ["Region", "Row", "find_region", "is_text_row", "kinds_of", "label", "with_group"]

_VALUES = "nt"  # numbers and times
_MAX_CELLS = 4096
_SHOWN = 40


class Row(NamedTuple):
    """A row of cells.

    Attributes:
        number: Number of the line or row in the file, from 1.
        cells: Text of each cell.
        kinds: A letter for each cell: ``n`` number, ``t`` time, ``m`` missing value, ``w`` words, ``g`` group name.
        text: The whole line, as it was before it was split into cells; empty if the file has no lines of text.
        is_comment: Whether the line is a comment.
        after_blank: Whether the line before is empty.
    """

    number: int
    cells: list[str]
    kinds: str
    text: str = ""
    is_comment: bool = False
    after_blank: bool = False

    @property
    def used(self) -> int:
        """Number of cells up to the last that is not empty."""
        return max((index for index, cell in enumerate(self.cells, start=1) if cell), default=0)

    def is_within(self, width: int) -> bool:
        """Return whether all cells beyond this width are empty."""
        return len(self.cells) <= width or not any(self.cells[width:])


@final
@dataclass(frozen=True)
class Region:
    """The rows of a file that form its table, and the lines before and after it.

    Attributes:
        first: Index of the table's first row among the rows of the file.
        end: Index of the row after the table's last row.
        width: Number of cells in a row.
        values: Indices of the columns that hold numbers or times.
        above: Line numbers of the first and the last line of numbers above the table; None if there is none.
        unread: Line numbers of the first and the last line below the table; None if there is none.
    """

    first: int
    end: int
    width: int
    values: tuple[int, ...]
    above: tuple[int, int] | None = None
    unread: tuple[int, int] | None = None


def kinds_of(cells: Sequence[str]) -> str:
    """Return a letter for the kind of each cell, as in `Row`.

    Example:
        >>> kinds_of(["1.5", "09:00", "", "Mars"])
        'ntmw'
    """
    return "".join(kind_of(cell)[0] for cell in cells)


def with_group(row: Row, group: int | None) -> Row:
    """Return the row with the cell of the group column marked as a group name, whatever it holds.

    Example:
        >>> with_group(Row(1, ["7", "1.5"], "nn"), 0).kinds
        'gn'
    """
    if group is None or group >= len(row.cells) or not row.cells[group]:
        return row
    return row._replace(kinds=f"{row.kinds[:group]}g{row.kinds[group + 1 :]}")


@final
@dataclass
class _Block:
    """Consecutive rows whose columns hold values of the same kinds.

    Attributes:
        first: Index of the first row.
        end: Index of the row after the last row.
        width: Number of cells in a row.
        kinds: Kind of each column, as in `Row`.
        used: Number of cells up to the last that is not empty in any row.
        filled: Number of rows with at least two values.
    """

    first: int
    end: int
    width: int
    kinds: list[str]
    used: int
    filled: int = 0

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(column for column, kind in enumerate(self.kinds) if kind in _VALUES and kind)

    def accept(self, row: Row) -> bool:
        """Add a row to the block if it belongs to it, and return whether it does."""
        width = len(row.cells)
        used = row.used
        if width != self.width and (used > self.width if width > self.width else self.used > width):
            return False
        merged = list(self.kinds)
        for column, kind in enumerate(row.kinds[: self.width]):
            if kind == "m":
                continue
            if merged[column] not in ("m", kind):
                return False
            merged[column] = kind
        self.kinds, self.used = merged[: min(width, self.width)], max(used, self.used)
        self.width = min(width, self.width)
        self.filled += _is_filled(row)
        return True


def _longest_block(rows: Sequence[Row]) -> _Block | None:
    best: _Block | None = None
    current: _Block | None = None
    for index, row in enumerate(rows):
        if row.is_comment:
            continue
        if current is not None and current.accept(row):
            current.end = index + 1
        else:
            best = _better(best, current)
            current = _Block(index, index + 1, len(row.cells), list(row.kinds), row.used, _is_filled(row))
    return _better(best, current)


def _is_filled(row: Row) -> bool:
    return sum(kind in _VALUES for kind in row.kinds) > 1


def _better(best: _Block | None, other: _Block | None) -> _Block | None:
    if other is None or not other.values:
        return best
    if best is None:
        return other

    def rank(block: _Block) -> tuple[bool, int]:
        return block.filled > 1, block.filled if block.filled > 1 else block.end - block.first

    return other if rank(other) > rank(best) else best


def find_region(source: str, noun: str, rows: Sequence[Row], *, is_wide: bool = False) -> Region:
    """Find the table among the rows of a file.

    Args:
        source: Name of the file in messages.
        noun: Word for a row in messages, ``"line"`` or ``"row"``.
        rows: The rows of the file that are not empty, comments included.
        is_wide: Whether each row holds a sequence and may therefore have many cells.

    Raises:
        InputError: There is no table.
    """
    for row in rows:
        if len(row.cells) > _MAX_CELLS and not row.is_comment and not is_wide:
            raise InputError(
                f"{source}, {noun} {row.number}: {len(row.cells)} cells in one {noun}; the table may be transposed; "
                "write one point per row"
            )
    block = _longest_block(rows)
    if block is None:
        if not any(cell for row in rows for cell in row.cells if not row.is_comment):
            raise NoTable(f"{source}: it has no points")
        if not any(set(row.kinds) & set(_VALUES) for row in rows):
            raise NoTable(f"{source}: it has no points; no {noun} holds a number{_delimiter_advice(noun, rows)}")
        raise NoTable(f"{source}: there is no table of numbers in it")
    values = block.values
    first = _first(rows, block.first, values, block.width)
    end, unread = _end(rows, block.end, values, block.width)
    above = [row.number for row in rows[:first] if _is_filled(row) and "w" not in row.kinds]
    return Region(first, end, block.width, values, (above[0], above[-1]) if above else None, unread)


def _delimiter_advice(noun: str, rows: Sequence[Row]) -> str:
    """Return advice on the first line that holds a digit; empty if there is no such line."""
    for row in rows:
        text = row.text or " ".join(row.cells)
        if not row.is_comment and any(character.isdecimal() for character in text):
            return f"; {noun} {row.number} is {label(text)}: give the character between its cells with --delimiter"
    return ""


def _is_table_row(row: Row, values: Sequence[int], width: int) -> bool:
    """Return whether a row has a value or a missing value, but no words, in each column of values."""
    if not row.is_within(width) or len(row.kinds) <= values[-1]:
        return False
    kinds = [row.kinds[column] for column in values]
    return "w" not in kinds and any(kind in _VALUES for kind in kinds)


def is_text_row(row: Row, values: Sequence[int], width: int) -> bool:
    """Return whether a row is text, that is, not a table row, not a damaged row, and not a row without values."""
    return not (_is_table_row(row, values, width) or _is_bad(row, values, width) or _is_missing(row, values, width))


def _is_missing(row: Row, values: Sequence[int], width: int) -> bool:
    return row.is_within(width) and len(row.kinds) > values[-1] and {row.kinds[column] for column in values} == {"m"}


def _is_bad(row: Row, values: Sequence[int], width: int) -> bool:
    """Return whether a row that is no table row seems to be a damaged one.

    Such a row has a value in a column of values; or it has too many or too few cells, with words only at its end.
    """
    if row.is_within(width) and len(row.kinds) > values[-1]:
        return any(row.kinds[column] in _VALUES for column in values)
    return any(kind in _VALUES for kind in row.kinds) and "w" not in row.kinds.rstrip("w")


def _is_bad_point(row: Row, values: Sequence[int], width: int) -> bool:
    """Return whether a bad row begins with a value, as a point does; settings and summaries begin with a name."""
    return row.kinds[:1] != "w" and _is_bad(row, values, width)


def _first(rows: Sequence[Row], start: int, values: Sequence[int], width: int) -> int:
    """Return the index of the first row of the table.

    Table rows above the longest block belong to the table, and so do bad rows between them or below a header.
    """
    first, index = start, start - 1
    while index >= 0:
        row = rows[index]
        if row.is_comment:
            pass
        elif (
            _is_table_row(row, values, width)
            or (row.kinds and all(row.kinds[column : column + 1] == "m" for column in values))
            or (_is_bad_point(row, values, width) and not rows[index + 1].after_blank)
        ):
            first = index
        elif rows[index + 1].after_blank:
            break
        elif not _is_bad(row, values, width):
            if len(row.cells) == width and all(row.kinds[column] == "w" for column in values):
                below = next(each for each in range(index + 1, start + 1) if not rows[each].is_comment)
                first = min(first, below)  # a header: all rows below it are the table
            break
        index -= 1
    return first


def _end(rows: Sequence[Row], start: int, values: Sequence[int], width: int) -> tuple[int, tuple[int, int] | None]:
    """Return the index of the row after the table, and the first and last line number of what follows it."""
    end, pending = start, False
    for index in range(start, len(rows)):
        row = rows[index]
        if row.is_comment:
            continue
        if _is_table_row(row, values, width):
            end, pending = index + 1, False
        elif _is_missing(row, values, width):
            pass  # within the table if table rows follow
        elif row.after_blank and not pending and not _is_bad_point(row, values, width):
            break
        elif _is_bad(row, values, width) and not pending:
            end = index + 1
        else:
            pending = True  # words: within the table if table rows follow, else below it
    below = [row.number for row in rows[end:] if not row.is_comment]
    return end, (below[0], below[-1]) if below else None


def label(text: str) -> str:
    """Return the text of a cell as messages show it."""
    return repr(text[:_SHOWN]) if text.isprintable() else f"'{printable(text[:_SHOWN])}'"
