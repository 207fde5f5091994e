"""Convert lines of JSON to lines of text with tabs, so that a stream of them is read like any other."""

from __future__ import annotations

from typing import Any, final

from shapeclf.datasets.tables.json_tables import json_cell, parsed_json
from shapeclf.errors import BadLine, InputError

__all__ = ["JsonLines", "begins_json"]


def begins_json(first: str) -> bool:
    """Return whether the first line of a stream is JSON, and not text in brackets.

    Example:
        >>> [begins_json(line) for line in ('{"t": 1}', "[0.5, 1.25]", "[", "[s];[m]")]
        [True, True, True, False]
    """
    bare = first.strip()
    return bare.startswith("{") or bare == "[" or (bare.startswith("[") and isinstance(parsed_json(bare), list))


@final
class JsonLines:
    r"""Converts each line, a record or a list of values, to cells separated by tabs.

    Args:
        source: Name of the stream in messages.
        first: The first line.

    Raises:
        InputError: The first line is neither a record nor a list of single values.

    Example:
        >>> lines = JsonLines("stdin", '{"t": 0.5, "s": 1.25}')
        >>> lines.header, lines.text(2, '{"s": 2.75, "t": 1.5}')
        ('t\ts', '1.5\t2.75')
    """

    def __init__(self, source: str, first: str) -> None:
        self._source = source
        value = parsed_json(first)
        values = value.values() if isinstance(value, dict) else value
        if not isinstance(value, (dict, list)) or any(isinstance(each, (dict, list)) for each in values):
            raise InputError(
                f"{source}, line 1: neither a record nor a list of numbers; give a JSON document as a file; "
                "a stream has one record or one [x, y] per line"
            )
        self._names = list(value) if isinstance(value, dict) else None
        self.header = None if self._names is None else _joined(self._names)

    def text(self, number: int, line: str) -> str:
        """Return the cells of a line, separated by tabs.

        Raises:
            BadLine: The line is not valid JSON, or is of another kind than the first.
        """
        if not line.strip():
            return ""
        value = parsed_json(line)
        if self._names is not None and isinstance(value, dict):
            return _joined([value.get(name) for name in self._names])
        if self._names is None and isinstance(value, list):
            return _joined(value)
        what = "not valid JSON" if value is None else "not of the kind of the first line"
        raise BadLine(f"{self._source}, line {number}: {what}")


def _joined(values: list[Any]) -> str:
    return "\t".join(" ".join(json_cell(value).split()) for value in values)
