import pytest

from shapeclf.datasets.tables.columns import Columns, find_column, find_columns, need_columns
from shapeclf.errors import InputError


@pytest.mark.parametrize(
    ("header", "x", "y", "group", "expected"),
    [
        pytest.param("a b c", None, None, None, Columns(0, 1), id="the first two"),
        pytest.param("y a x", None, None, None, Columns(2, 0), id="named x and y"),
        pytest.param("a y b", None, None, None, Columns(0, 1), id="y without x is no name"),
        pytest.param("a b c", "c", None, None, Columns(2, 1), id="x asked for, y the second"),
        pytest.param("a b c", "2", None, None, Columns(1, 0), id="x asked for in the second, y the first free"),
        pytest.param("a b c", None, "1", None, Columns(1, 0), id="y asked for in the first, x the first free"),
        pytest.param("a b y", "2", None, None, Columns(1, 2), id="x asked for, y by name"),
        pytest.param("x y z", "y", None, None, Columns(1, 0), id="x asked for in the column named y"),
        pytest.param("x y z", "y", "x", None, Columns(1, 0), id="exchanged"),
        pytest.param("a b c", None, None, "1", Columns(1, 2, 0), id="the first two beside the group"),
        pytest.param("a b c", None, None, "b", Columns(0, 2, 1), id="around the group"),
        pytest.param("y t x", None, None, "x", Columns(1, 0, 2), id="a group named x"),
        pytest.param("a b c d", "3", None, "2", Columns(2, 0, 1), id="x where the default of y would be"),
        pytest.param("2 b 1", "1", None, None, Columns(2, 1), id="a name that is a number"),
    ],
)
@pytest.mark.parametrize("named", [True, False], ids=["header", "no header"])
def test_columns(header: str, x: str | None, y: str | None, group: str | None, expected: Columns, named: bool) -> None:
    names = header.split()
    numbers = [
        None if name is None else str(names.index(name) + 1) if name in names else name for name in (x, y, group)
    ]
    if named:
        assert find_columns("a.csv", names, len(names), x=x, y=y, group=group) == expected
    elif not {"x", "y"} & set(names):
        by_number = dict(zip(("x", "y", "group"), numbers, strict=True))
        assert find_columns("a.csv", [], len(names), **by_number) == expected


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        pytest.param(
            {"x": "time"}, r"^a\.csv: --x 'time' is no column: there are 1 to 3 \(a, b, c\)$", id="no such name"
        ),
        pytest.param({"y": "4"}, r"^a\.csv: --y '4' is no column: there are 1 to 3 \(a, b, c\)$", id="no such number"),
        pytest.param(
            {"group": "0"}, r"^a\.csv: --group '0' is no column: there are 1 to 3 \(a, b, c\)$", id="column 0"
        ),
        pytest.param({"x": "b", "y": "2"}, r"^a\.csv: --y '2' is the column of --x already$", id="x and y in one"),
        pytest.param({"x": "1", "group": "a"}, r"^a\.csv: --x '1' is the column of --group already$", id="x and group"),
    ],
)
def test_no_such_columns(columns: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_columns("a.csv", ["a", "b", "c"], 3, **({"x": None, "y": None} | columns))


def test_of_many_names_the_first_are_reported_in_one_line() -> None:
    names = [f"c\n{number}" for number in range(1000)]
    with pytest.raises(InputError, match=r"1 to 1000 \(c\\n0, c\\n1, .*, c\\n19, \.\.\.\)$"):
        find_column("a.csv", "x", "none", names, 1000)


@pytest.mark.parametrize(
    ("count", "group", "message"),
    [
        (0, None, "^a.csv: two columns are needed, x and y; there are 0$"),
        (1, None, "^a.csv: two columns are needed, x and y; there is one$"),
        (2, "a", "^a.csv: three columns are needed, x, y and the group; there are 2$"),
    ],
    ids=["none", "one", "two and a group"],
)
def test_too_few_columns(count: int, group: str | None, message: str) -> None:
    need_columns("a.csv", 2 if group is None else 3, group)
    with pytest.raises(InputError, match=message):
        need_columns("a.csv", count, group)


def test_a_number_of_many_digits_is_no_column() -> None:
    with pytest.raises(InputError, match=r"^a\.csv: --x '9+' is no column: there are 1 to 2 \(no header\)$"):
        find_column("a.csv", "x", "9" * 5000, [], 2)
