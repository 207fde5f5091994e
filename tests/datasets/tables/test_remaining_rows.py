"""Tables that are longer than the part from which their layout is inferred."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapeclf.datasets.tables import reading, remaining_rows
from shapeclf.datasets.tables.reading import read_table
from shapeclf.datasets.tables.table import ReadOptions, Table
from shapeclf.errors import InputError

_HEAD = 2**15  # characters from which a layout is inferred in these tests
_ROWS = 5000
_X = np.arange(_ROWS) * 0.25
_Y = np.random.default_rng(0).normal(size=_ROWS).round(6)
_LINES = [f"{x!r},{y!r}" for x, y in zip(_X.tolist(), _Y.tolist(), strict=True)]
_LAST = _ROWS - 10


@pytest.fixture(autouse=True)
def _short_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "HEAD", _HEAD)
    assert sum(map(len, _LINES)) > 2 * _HEAD


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Table]:
    def invoke(lines: list[str], encoding: str = "utf-8", **options: Any) -> Table:
        path = tmp_path / "points.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return read_table(path, ReadOptions(**options))

    return invoke


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", "|"], ids=repr)
@pytest.mark.parametrize("decimal", [".", ","])
def test_long_tables_come_back_to_the_last_digit(delimiter: str, decimal: str, read: Callable[..., Table]) -> None:
    if delimiter == decimal:
        pytest.skip("commas cannot be both")
    lines = [line.replace(",", delimiter).replace(".", decimal) for line in _LINES]
    table = read([f"t{delimiter}s", *lines])
    np.testing.assert_array_equal(table.x, _X)
    np.testing.assert_array_equal(table.y, _Y)
    assert table.record()["x"] == "t"


def test_tables_longer_than_the_head_come_back_to_the_last_digit(
    read: Callable[..., Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    rows = _LINES * (2 * reading.HEAD // (_ROWS * len(_LINES[0])))
    table = read(["t,s", *rows])
    assert len("\n".join(rows)) > 1.5 * reading.HEAD
    np.testing.assert_array_equal(table.y, np.resize(_Y, len(rows)))


def test_clean_blocks_go_through_arrow_and_give_what_rows_give(
    read: Callable[..., Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[bool] = []
    parse = remaining_rows._arrow_columns

    def watched(*arguments: Any) -> Any:
        arrays = parse(*arguments)
        found.append(arrays is not None)
        return arrays

    lines = [*_LINES[:-1], "NaN,3", _LINES[-1]]
    monkeypatch.setattr(remaining_rows, "_arrow_columns", watched)
    fast = read(["t,s", *lines])
    assert found
    assert all(found)
    monkeypatch.setattr(remaining_rows, "_arrow_columns", lambda *_: None)
    slow = read(["t,s", *lines])
    np.testing.assert_array_equal(fast.x, slow.x)
    np.testing.assert_array_equal(fast.y, slow.y)
    assert fast.record() == slow.record()
    assert fast.skipped == {"without a value": 1}


def test_blocks_that_arrow_does_not_accept_are_read_row_by_row(read: Callable[..., Table]) -> None:
    odd = ["# comment", "", _LINES[_LAST] + " # late", '"1,234.5",7', "5,-−3".replace("-", "")]
    table = read([*_LINES[:_LAST], *odd, *_LINES[_LAST + 1 :]])
    assert len(table) == _ROWS + 2
    assert (table.x[_LAST + 1], table.y[_LAST + 1], table.y[_LAST + 2]) == (1234.5, 7.0, -3.0)


def test_the_x_of_a_single_column_count_on_after_the_head(read: Callable[..., Table]) -> None:
    table = read([f"{y:.6f}" for y in _Y.tolist()])
    np.testing.assert_array_equal(table.x, np.arange(1, _ROWS + 1))
    np.testing.assert_array_equal(table.y, _Y)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param(
            "3,four", r", line 4991, column 2: 'four' is not a number; --skip-bad leaves such rows out$", id="words"
        ),
        pytest.param(
            "3,inf", r", line 4991, column 2: 'inf' is not finite; --skip-bad leaves such rows out$", id="infinity"
        ),
        pytest.param(
            "3,4,5",
            r", line 4991: 3 cells, but the table has 2; --skip-bad leaves such rows out$",
            id="too many cells",
        ),
        pytest.param(
            "3",
            r", line 4991: 1 cell, but the table has 2; --skip-bad leaves such rows out$",
            id="too few cells",
        ),
        pytest.param(
            "Run 2",
            r", line 4991: words within the table; --skip-bad leaves such rows out$",
            id="another table",
        ),
        pytest.param(
            '"1,5",2',
            r", line 4991, column 1: '1,5' is not a number with the decimal mark '.' \(--decimal , changes it\)",
            id="another decimal mark",
        ),
    ],
)
def test_errors_name_the_line(bad: str, message: str, read: Callable[..., Table]) -> None:
    lines = [*_LINES[:_LAST], bad, *_LINES[_LAST:]]
    with pytest.raises(InputError, match=message):
        read(lines)
    table = read(lines, skip_bad=True)
    assert (len(table), sum(table.skipped.values())) == (_ROWS, 1)


def test_lines_below_a_long_table_are_not_read(read: Callable[..., Table]) -> None:
    table = read([*_LINES, "", "end of run", "by AB"])
    assert len(table) == _ROWS
    assert table.remarks == ("lines 5002 to 5003 not read",)


def test_text_that_turns_out_not_to_be_utf_8_is_read_again(read: Callable[..., Table]) -> None:
    table = read(["t,s", *_LINES, "# Länge"], "cp1252")
    assert len(table) == _ROWS
    assert table.remarks == ("read as Windows-1252 (--encoding sets another)",)
