import numpy as np
import pytest

from shapeclf.datasets.tables.positions import positions_in
from shapeclf.datasets.tables.table import Table
from shapeclf.errors import InputError


def _table(unit: str | None = None, origin: str | None = None) -> Table:
    return Table(np.zeros(2), np.zeros(2), x_unit=unit, x_origin=origin)


@pytest.mark.parametrize(
    ("text", "unit", "origin", "value"),
    [
        ("−2.5e1", None, None, -25.0),
        (" 7 s", "s", None, 7.0),
        ("7 d", "d", "2024-03-01", 7.0),
        ("2024-03-08", "d", "2024-03-01", 7.0),
        ("2024-03-01 12:00", "d", "2024-03-01", 0.5),
        ("2024-03-02", "s", "2024-03-01T06:00:00", 64_800.0),
        ("08.03.2024", "d", "2024-03-01", 7.0),
        ("10:00:30", "s", "10:00:00", 30.0),
    ],
    ids=["number", "unit", "days", "date", "a clock among days", "a date among seconds", "other form", "clock"],
)
def test_values_are_read_in_the_units_of_the_table(text: str, unit: str, origin: str, value: float) -> None:
    assert positions_in([text], _table(unit, origin), "--at").tolist() == [value]


def test_the_order_of_day_and_month_is_that_of_the_file() -> None:
    assert positions_in(["03/04/2024"], _table("d", "2024-03-01"), "--at", "mdy").tolist() == [3.0]
    with pytest.raises(InputError, match="--at '03/04/2024': '03/04/2024' may begin with the day or the month"):
        positions_in(["03/04/2024"], _table("d", "2024-03-01"), "--at")


@pytest.mark.parametrize(
    ("text", "unit", "origin", "message"),
    [
        ("later", None, None, "--at 'later' is not a finite number"),
        ("inf", None, None, "--at 'inf' is not a finite number"),
        ("later", "d", "2024-03-01", "--at 'later' is not a date or time like 2024-03-01, or a number"),
        ("7 m", "s", None, "--at '7 m': x is in s; give a number without m"),
        ("7 m", None, None, "--at '7 m': x has no known unit; give a number without m"),
        ("1 ± 0.1", None, None, "--at '1 ± 0.1' is not a finite number"),
        ("10:00", "d", "2024-03-01", "--at '10:00' is not a date or time like 2024-03-01, or a number"),
    ],
    ids=["word", "infinite", "no date", "other unit", "no unit", "error", "clock without a date"],
)
def test_what_is_no_value_is_named(text: str, unit: str, origin: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        positions_in([text], _table(unit, origin), "--at")
    assert str(raised.value) == message
