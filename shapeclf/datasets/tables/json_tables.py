"""JSON as rows of cells: records, columns, pairs, and what pandas writes."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shapeclf._text import one_line, printable
from shapeclf.datasets.tables.regions import Row, kinds_of
from shapeclf.errors import InputError

__all__ = ["json_cell", "json_rows", "parsed_json"]

_LARGEST = 2**24
_DEPTH = 3
_JSON_VALUE = re.compile(r"(?:-?[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?|true|false|null|NaN)\s*(?:[],]|$)")


def json_rows(source: str, head: str, blocks: Iterator[str]) -> list[Row] | None:
    """Return the rows of a JSON document, or of JSON Lines, the first of them a header where there are names.

    Args:
        source: What the file is called in messages.
        head: The beginning of the text.
        blocks: The rest; it is used up only if the text is JSON.

    Returns:
        The rows; None if the text is no JSON.

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
        rows = _table(value, _DEPTH)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    if rows is None:
        raise InputError(
            f"{source}: there is no table in this JSON; write a list of records, a list of [x, y], or lists by name"
        )
    found = [[json_cell(value) for value in row] for row in rows]
    return [
        Row(number, cells, kinds_of(cells)) for number, cells in enumerate(found, start=0 if _has_names(value) else 1)
    ]


def _has_names(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _looks_like_json(head: str) -> bool:
    """Return whether a text that begins with a bracket goes on as JSON does, and not as ``[09:00] 21.5``."""
    inner = head.lstrip("[ \t\r\n")
    if head[0] == "{" or not inner or inner[0] in '"{]':
        return head[1:].lstrip()[:1] in '"{[]}'
    return _JSON_VALUE.match(inner) is not None


def parsed_json(text: str) -> Any:
    """Return the value of JSON; None where it is not valid."""
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


def _table(value: Any, depth: int) -> list[list[Any]] | None:
    """Return the rows of a table, the first of them names where there are any; None if it holds none."""
    if isinstance(value, list):
        return _of_list(value)
    if not isinstance(value, dict) or not depth:
        return None
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return _with_labels(value["columns"], value["data"], value.get("index"))
    found = {name: each for name, each in value.items() if isinstance(each, list) and not _is_nested(each)}
    labels: list[Any] = []
    if value and all(isinstance(each, dict) and each for each in value.values()):
        first = next(iter(value.values()))
        if all(map(str.isdecimal, value)) and not any(map(str.isdecimal, first)):
            return _of_list(list(value.values()))
        found, labels = {name: list(each.values()) for name, each in value.items()}, list(first)
    lengths = {len(each) for each in found.values()}
    if len(lengths) > 1 and not labels:
        shown = ", ".join(f"{printable(name)} {len(each)}" for name, each in list(found.items())[:5])
        raise InputError(f"the lists have different lengths ({shown}); every point needs an x and a y")
    if len(lengths) == 1 and not any(map(_is_nested, found.values())):
        return _with_labels(list(found), list(zip(*found.values(), strict=True)), labels)
    tables = (_table(each, depth - 1) for each in value.values() if isinstance(each, (list, dict)))
    return max((rows for rows in tables if rows is not None), key=len, default=None)


def _is_nested(column: Sequence[Any]) -> bool:
    return bool(column) and isinstance(column[0], (list, dict))


def _with_labels(names: list[Any], rows: Iterable[Any], labels: Any) -> list[list[Any]]:
    """Return the rows below their names, with the labels that pandas writes in front, unless they only count."""
    cells = [list(row) for row in rows if isinstance(row, (list, tuple))]
    counted = [str(number) for number in range(len(cells))]
    if not isinstance(labels, list) or len(labels) != len(cells) or [str(label) for label in labels] == counted:
        return [names, *cells]
    return [["", *names], *([label, *row] for label, row in zip(labels, cells, strict=True))]


def _of_list(value: list[Any]) -> list[list[Any]] | None:
    if not value:
        return None
    if len(value) == 1 and isinstance(value[0], dict):
        return _table(value[0], 1) or [list(value[0]), list(value[0].values())]
    if all(isinstance(each, dict) for each in value):
        names = list(dict.fromkeys(name for each in value for name in each))
        return [names, *([each.get(name) for name in names] for each in value)]
    if all(isinstance(each, list) for each in value):
        return value
    if all(not isinstance(each, (dict, list)) for each in value):
        return [[each] for each in value]
    return None
