import pytest

from shapeclf.datasets.tables.lines import LONGEST_LINE, Layout, number_of
from shapeclf.errors import InputError


@pytest.mark.parametrize(
    ("line", "delimiter", "header", "count"),
    [
        ("a,b\n", ",", ("a", "b"), 2),
        ("1,2,3", ",", (), 3),
        ("a,1", ",", (), 2),
        ("a, b;c", ";", ("a, b", "c"), 2),
        ("a;b\tc", "\t", ("a;b", "c"), 2),
        ("1  2 3", " ", (), 3),
        ('"a" "b"', " ", ("a", "b"), 2),
        ('"a, b","c"', ",", ("a, b", "c"), 2),
    ],
    ids=repr,
)
def test_layout_of_the_first_line(line: str, delimiter: str, header: tuple[str, ...], count: int) -> None:
    assert Layout.of_line("a.csv", 1, line) == Layout("a.csv", delimiter, header, count)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        pytest.param("four", "'four' is not a number", id="text"),
        pytest.param("", "'' is not a number", id="empty"),
        pytest.param(
            "1,5", "'1,5' is not a number; write it with a decimal point and without separators", id="a decimal comma"
        ),
        pytest.param("nan", "'nan' is not finite", id="nan"),
        pytest.param("-1e999", "'-1e999' is not finite", id="too large"),
        pytest.param("\0" * 99, "'" + r"\\x00" * 40 + "' is not a number", id="bytes"),
    ],
)
def test_no_number_in_a_cell(cell: str, message: str) -> None:
    layout = Layout("a.csv", ";", ("time", "a\tb"), 2)
    with pytest.raises(InputError, match=rf"^a\.csv, line 7, column 2 \(a\\tb\): {message}$"):
        layout.number(7, ["1", cell], 1)


def test_no_cell_and_no_group() -> None:
    layout = Layout("a.csv", ",", (), 3)
    with pytest.raises(InputError, match=r"^a\.csv, line 7, column 3: the line has 2 columns$"):
        layout.number(7, ["1", "2"], 2)
    with pytest.raises(InputError, match=r"^a\.csv, line 7, column 1: the group has no name$"):
        layout.group(7, ["", "2"], 0)


def test_lines_that_are_no_cells() -> None:
    layout = Layout("a.csv", ",", (), 2)
    with pytest.raises(InputError, match=r"^a\.csv, line 7: not CSV \(field larger than field limit"):
        layout.cells(7, "1" * 200_000)
    with pytest.raises(InputError, match=r"^a\.csv, line 7: the line is longer than 16 MiB$"):
        layout.cells(7, "1," * LONGEST_LINE)


@pytest.mark.parametrize(("cell", "value"), [("1", 1.0), (" -2.5e-3 ", -0.0025), ("x", None), ("", None)], ids=repr)
def test_numbers(cell: str, value: float | None) -> None:
    assert number_of(cell) == value
