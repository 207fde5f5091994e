"""Convert JSON to rows of cells: records, columns, pairs, and the forms that pandas writes."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from shapeclf._text import one_line, printable
from shapeclf.datasets.tables.dialect import kind_of
from shapeclf.datasets.tables.regions import Row, kinds_of
from shapeclf.errors import InputError

__all__ = ["json_cell", "json_rows", "parsed_json"]

_LARGEST = 2**24
_DEPTH = 3  # levels of nested objects that are searched for a table
_FEWEST = 3  # rows of a table that may be the data where there are several
_JSON_VALUE = re.compile(r"(?:-?[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?|true|false|null|NaN)\s*(?:[],]|$)")


def json_rows(source: str, head: str, blocks: Iterator[str], *, is_wide: bool = False) -> list[Row] | None:
    """Return the rows of a JSON document, or of JSON Lines, the first of them a header where there are names.

    Args:
        source: Name of the file in messages.
        head: The beginning of the text.
        blocks: The rest of the text; it is consumed only if the text is JSON.
        is_wide: Whether a row may hold lists; each list becomes columns called x1, x2, and so on.

    Returns:
        The rows; None if the text is not JSON.

    Raises:
        InputError: The JSON is damaged, too large, or holds no table.
    """
    first = head.splitlines()[0].strip()
    lines = parsed_json(first) is not None and len(head.splitlines()) > 1
    if not lines and not _looks_like_json(head):
        return None
    pieces = [head]
    for block in blocks:
        pieces.append(block)
        if sum(map(len, pieces)) > _LARGEST:
            raise InputError(f"{source}: more than {_LARGEST // 2**20} MiB of JSON; write it as CSV or Parquet")
    text = "".join(pieces)
    value = _json_lines(source, text) if lines else _document(source, text)
    try:
        rows = _only_table(_tables(value, _DEPTH, is_wide=is_wide))
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    if rows is None:
        raise InputError(
            f"{source}: there is no table in this JSON; write a list of records, a list of [x, y], or lists by name"
        )
    if is_wide and _has_names(value):
        rows = _without_lists(rows)
    texts = [[json_cell(value) for value in row] for row in rows]
    return [
        Row(number, cells, kinds_of(cells)) for number, cells in enumerate(texts, start=0 if _has_names(value) else 1)
    ]


def _has_names(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _looks_like_json(head: str) -> bool:
    """Return whether a text that begins with a bracket continues like JSON, unlike ``[09:00] 21.5``."""
    inner = head.lstrip("[ \t\r\n")
    if head[0] == "{" or not inner or inner[0] in '"{]':
        return head[1:].lstrip()[:1] in '"{[]}'
    return _JSON_VALUE.match(inner) is not None


def parsed_json(text: str) -> Any:
    """Return the value of a JSON text; None if it is not valid."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _document(source: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{source}, line {error.lineno}: not valid JSON ({error.msg})") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: not valid JSON ({one_line(str(error))})") from None


def _json_lines(source: str, text: str) -> Any:
    values = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        value = parsed_json(line)
        if value is None:
            if number > 1 and parsed_json(text) is not None:
                return parsed_json(text)
            raise InputError(f"{source}, line {number}: not valid JSON")
        values.append(value)
    return values


def json_cell(value: Any) -> str:
    """Return the text of a value as a cell of a table."""
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        return "{...}" if isinstance(value, dict) else "[...]"
    return value if isinstance(value, str) else repr(value)


class _Table(NamedTuple):
    """A table in a JSON value.

    Attributes:
        name: Names of the values that contain it, joined by points.
        rows: The rows, names first if there are any.
        is_record: Whether it consists of objects of single values with names in words, which may describe the data.
    """

    name: str
    rows: list[list[Any]]
    is_record: bool = False


def _tables(value: Any, depth: int, name: str = "", *, is_wide: bool = False) -> list[_Table]:
    """Return the tables in a JSON value, at most ``depth`` levels of objects below it."""
    if isinstance(value, list):
        return _of_list(value, name, is_wide)
    if not isinstance(value, dict) or not depth:
        return []
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return [_Table(name, _with_labels(value["columns"], value["data"], value.get("index")))]
    columns = {name: each for name, each in value.items() if isinstance(each, list) and not _is_nested(each, is_wide)}
    labels: list[Any] = []
    if value and all(isinstance(each, dict) and each for each in value.values()):
        first = next(iter(value.values()))
        if all(map(str.isdecimal, value)) and not any(map(str.isdecimal, first)):
            return _of_list(list(value.values()), name, is_wide)
        columns, labels = {name: list(each.values()) for name, each in value.items()}, list(first)
    lengths = {len(each) for each in columns.values()}
    if len(lengths) > 1 and not labels:
        shown = ", ".join(f"{printable(name)} {len(each)}" for name, each in list(columns.items())[:5])
        raise InputError(f"the lists have different lengths ({shown}); every point needs an x and a y")
    own: list[_Table] = []
    if len(lengths) == 1 and not any(_is_nested(each, is_wide) for each in columns.values()):
        rows = _with_labels(list(columns), list(zip(*columns.values(), strict=True)), labels)
        if len(columns) > 1 or labels:
            return [_Table(name, rows, bool(labels) and not any(label.lstrip("+-.")[:1].isdigit() for label in labels))]
        own = [_Table(".".join(filter(None, (name, *columns))), rows)]
    return own + [
        table
        for key, each in value.items()
        if isinstance(each, dict) or (isinstance(each, list) and not (own and key in columns))
        for table in _tables(each, depth - 1, f"{name}.{key}" if name else key, is_wide=is_wide)
    ]


def _only_table(tables: list[_Table]) -> list[list[Any]] | None:
    """Return the rows of the table of points; None without any.

    A table with numbers, or a list of dates, takes precedence over one without, any table over records of single
    values, three rows over fewer, several columns over one, and a long table over those with less than half of its
    rows.

    Raises:
        InputError: There are several such tables.
    """
    has_numbers = [table for table in tables if _has_numbers(table.rows)]
    found = has_numbers or tables
    found = [table for table in found if not table.is_record] or found
    found = [table for table in found if _length(table) >= _FEWEST] or found
    found = [table for table in found if len(table.rows[0]) > 1] or found
    longest = max(map(_length, found), default=0)
    found = [table for table in found if 2 * _length(table) >= longest]
    if len(found) > 1 and has_numbers:
        names = ", ".join(printable(table.name) for table in found[:5])
        raise InputError(
            f"there are {len(found)} tables in this JSON ({names}); write one of them to a file of its own"
        )
    return max((table.rows for table in found), key=len, default=None)


def _has_numbers(rows: list[list[Any]]) -> bool:
    if any(isinstance(cell, (int, float, list)) for row in rows for cell in row):
        return True
    cells = [row[0] for row in rows if len(row) == 1 and isinstance(row[0], str)]
    return bool(cells) and kind_of(cells[-1]) == "time"


def _length(table: _Table) -> int:
    """Return the number of rows that hold values."""
    return len(table.rows) - all(isinstance(cell, str) for cell in table.rows[0])


def _is_nested(column: Sequence[Any], is_wide: bool) -> bool:
    return bool(column) and isinstance(column[0], dict if is_wide else (list, dict))


def _without_lists(rows: list[list[Any]]) -> list[list[Any]]:
    """Return the rows with each list spread over several columns; the first row holds the names.

    Example:
        >>> _without_lists([["id", "x"], ["a", [1, 2]], ["b", [3]]])
        [['id', 'x1', 'x2'], ['a', 1, 2], ['b', 3, None]]
    """
    names, *values = rows
    widths = [max((len(row[i]) for row in values if isinstance(row[i], list)), default=None) for i in range(len(names))]
    spread_rows: list[list[Any]] = [[]]
    for name, width in zip(names, widths, strict=True):
        spread_rows[0] += [name] if width is None else [f"{name}{number}" for number in range(1, width + 1)]
    for row in values:
        cells: list[Any] = []
        for value, width in zip(row, widths, strict=True):
            items = value if isinstance(value, list) else [value]
            cells += items if width is None else items + [None] * (width - len(items))
        spread_rows.append(cells)
    return spread_rows


def _with_labels(names: list[Any], rows: Iterable[Any], labels: Any) -> list[list[Any]]:
    """Return a row of names and the rows, with the row labels of pandas as first column unless they are 0, 1, 2, ..."""
    cells = [list(row) for row in rows if isinstance(row, (list, tuple))]
    counted = [str(number) for number in range(len(cells))]
    if not isinstance(labels, list) or len(labels) != len(cells) or [str(label) for label in labels] == counted:
        return [names, *cells]
    return [["", *names], *([label, *row] for label, row in zip(labels, cells, strict=True))]


def _of_list(value: list[Any], name: str, is_wide: bool) -> list[_Table]:
    if not value:
        return []
    if len(value) == 1 and isinstance(value[0], dict) and not is_wide:
        record = _Table(name, [list(value[0]), list(value[0].values())], is_record=True)
        return _tables(value[0], 1, name) or [record]
    if all(isinstance(each, dict) for each in value):
        names = list(dict.fromkeys(name for each in value for name in each))
        return [_Table(name, [names, *([each.get(name) for name in names] for each in value)])]
    if all(isinstance(each, list) for each in value):
        return [_Table(name, value)]
    if all(not isinstance(each, (dict, list)) for each in value):
        return [_Table(name, [[each] for each in value])]
    return []
