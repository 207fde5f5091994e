"""What stands between the cells of a line."""

import csv
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from shapeclf.datasets.tables.numbers import clean, is_missing, reading_of
from shapeclf.datasets.tables.times import moment_in

__all__ = ["BLANKS", "DELIMITERS", "CellKind", "choose_delimiter", "kind_of", "split_cells"]

CellKind = Literal["number", "time", "missing", "word"]
BLANKS = " "
DELIMITERS = ("\t", ";", "|", ",", BLANKS)
"""Those that are looked for, in the order in which they are preferred; a space stands for any run of blanks."""

_BLANK_CELLS = re.compile(r'"((?:[^"]|"")*)"|([^ \t]+)')
_RUNS = re.compile(r"[ \t]+")
_SAMPLE = 150  # lines from the beginning, the middle and the end
_RULE = re.compile(r"[\s|:+=-]*-[\s|:+=-]*")
_LEADING_ZERO = re.compile(r"[+-]?0[0-9]+")
_SERIAL_MONITOR = re.compile(r"(\s*[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?)\s*->\s*")


def split_cells(text: str, delimiter: str) -> list[str]:
    """The cells of a line, with blanks around them and quotes left out.

    Example:
        >>> split_cells('"a; b"; 2', ";"), split_cells(' "t" 1   2 ', BLANKS), split_cells("| 1 | 2 |", "|")
        (['a; b', '2'], ['t', '1', '2'], ['1', '2'])
    """
    if delimiter == BLANKS:
        text = text.strip(" \t")
        if '"' in text:
            return [
                match[1].replace('""', '"') if match[2] is None else match[2] for match in _BLANK_CELLS.finditer(text)
            ]
        return _RUNS.split(text) if text else []
    if delimiter == "|":
        text = text.strip()
        text = text.removeprefix("|")
        text = text[:-1] if text.endswith("|") else text
    if '"' not in text:
        return [cell.strip() for cell in text.split(delimiter)]
    try:
        return [
            cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, skipinitialspace=delimiter != "\t"))
        ]
    except csv.Error:  # a cell of more than 128 KiB
        return [cell.strip().strip('"') for cell in text.split(delimiter)]


def is_rule(text: str) -> bool:
    """Whether a line only draws a rule, as under the head of a Markdown table.

    Example:
        >>> is_rule("|---|:--:|"), is_rule("-1|2"), is_rule("-- --")
        (True, False, False)
    """
    return "---" in text and _RULE.fullmatch(text) is not None


def serial_monitor(text: str) -> str:
    """A line of the Arduino IDE's serial monitor, ``12:30:01.500 -> 512``, with a comma after the time."""
    return _SERIAL_MONITOR.sub(r"\1,", text, count=1) if "->" in text else text


def kind_of(cell: str) -> CellKind:
    """What a cell holds.

    Example:
        >>> [kind_of(cell) for cell in ("1,5", "2024-03-01", "NaN", "Mars")]
        ['number', 'time', 'missing', 'word']
    """
    cell = clean(cell)
    if reading_of(cell) is not None:
        return "number"
    if is_missing(cell):
        return "missing"
    return "word" if moment_in(cell) is None else "time"


def _score(texts: Sequence[str], delimiter: str) -> tuple[float, int]:
    """How well a delimiter makes a table: the share of values in the lines of the best width, and that width."""
    values: dict[int, float] = defaultdict(float)
    for text in texts:
        cells = split_cells(text, delimiter)
        found = 0.0
        for cell in cells:
            kind = kind_of(cell)
            if kind in ("number", "time"):
                # Thousands between blanks, or 05, are more often two cells, or decimals.
                found += 0.9 if (" " in cell and kind == "number") or _LEADING_ZERO.fullmatch(cell) else 1.0
            elif kind == "missing":
                found += 0.5
        values[len(cells)] += found / max(1, len(cells))
    width = max(values, key=lambda each: values[each], default=0)
    return values.get(width, 0.0) / max(1, len(texts)), width


def choose_delimiter(texts: Sequence[str]) -> str:
    r"""The delimiter that gives lines of one width with the most values in them.

    Args:
        texts: the lines, without comments.

    Example:
        >>> choose_delimiter(["t, s", "0,05\t1,5", "0,10\t2,5"]), choose_delimiter(["1,5 3,2", "2,5 5,1"])
        ('\t', ' ')
    """
    if len(texts) > 3 * _SAMPLE:
        middle = len(texts) // 2
        texts = [*texts[:_SAMPLE], *texts[middle : middle + _SAMPLE], *texts[-_SAMPLE:]]
    scores = {mark: _score(texts, mark) for mark in DELIMITERS if mark == BLANKS or any(mark in text for text in texts)}
    if scores.get("\t", (0.0, 0))[0] >= 0.5 and scores["\t"][1] > 1:
        del scores[BLANKS]
    return max(scores, key=lambda mark: (round(scores[mark][0], 3), scores[mark][1] > 1))
