from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from shapeclf.datasets.families import Family
from shapeclf.datasets.series import (
    LARGEST,
    add_noise,
    as_series,
    load_series,
    named_series,
    read_series,
    sample_series,
)
from shapeclf.datasets.tables.reading import read_table
from shapeclf.datasets.user_modules import load_object
from shapeclf.errors import InputError

from .tables.test_round_trip import _ANY_DIALECT, _NAMES, _POINTS, _Dialect, _written
from .tables.writing import PACKED

X = np.linspace(0, 100, 10_000)


@pytest.mark.parametrize(
    ("name", "equation"),
    [("sin", [np.sin(X)]), ("sin-cos", [np.sin(X), np.cos(X)]), ("x-sin", [X * np.sin(X)])],
    ids=["sin", "sin-cos", "x-sin"],
)
def test_a_named_series_satisfies_its_equation(name: str, equation: list[Any]) -> None:
    np.testing.assert_array_equal(named_series(name), np.stack(equation, axis=-1))


def test_any_callable_is_a_series() -> None:
    assert sample_series(np.square, [1.0, 2.0, 3.0]).tolist() == [[1.0], [4.0], [9.0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, 2.0, np.nan], "value 3 is nan; every value must be a finite number"),
        ([[1.0, 2.0], [np.inf, 3.0]], "value 2 is inf"),
        ([1.0, 2.0, -1e200], r"value 3 is -1e\+200; every value must be within ±1e\+100$"),
        ([1e-200, 2e-200], r"channel 1 is constant \(1e-200\)"),  # its variance underflows to 0
        ([[1.0, 2.0], [3.0, 2.0]], r"channel 2 is constant \(2\)"),
        ([], r"shape \(0, 1\) was given"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\) was given"),
    ],
    ids=["nan", "inf", "large", "tiny", "constant", "empty", "axes"],
)
def test_a_series_nothing_can_be_learned_from_is_refused(values: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_series(values)


def test_a_function_must_give_a_value_for_each_x() -> None:
    with pytest.raises(InputError, match="gave 2 values for 3 x"):
        sample_series(lambda x: x[1:], [1.0, 2.0, 3.0])


def test_an_unknown_name_is_refused_with_the_known_names() -> None:
    with pytest.raises(InputError, match="there is no 'cos'; known are sin, sin-cos, x-sin"):
        named_series("cos")


_READ: dict[str, tuple[str, list[str], list[list[float]]]] = {
    "name": ("t,speed\n0,1.5\n1,2.5\n", ["speed"], [[1.5], [2.5]]),
    "two channels": ("t,speed\n0,1.5\n1,2.5\n", ["speed", "t"], [[1.5, 0.0], [2.5, 1.0]]),
    "no header, blank line": ("1\n2\n\n4\n", [], [[1.0], [2.0], [4.0]]),
    "byte order mark, number": ("\ufeffa, b\n1, 2\n2, 5\n", ["2"], [[2.0], [5.0]]),
    "text beside": ("1000.5,a\n0.1,a\n0.2,a\n", [], [[1000.5], [0.1], [0.2]]),
    "years as names": ("t,2020,2021\n1,2,3\n2,5,6\n", ["2020"], [[2.0], [5.0]]),
    "an index beside": (",speed\n0,2\n1,5\n2,1\n", [], [[2.0], [5.0], [1.0]]),
    "dates and errors beside": ("day,level,level_err\n2024-03-01,2,0.1\n2024-03-02,5,0.1\n", [], [[2.0], [5.0]]),
    "decimal commas, units": ("# made today\nt (s);U (V)\n0;0,5\n1;1,5\n", ["U"], [[0.5], [1.5]]),
    "errors in cells": ("1.5 ± 0.1\n2.5 ± 0.1\n", [], [[1.5], [2.5]]),
    "JSON": ('[{"v": 1.5}, {"v": 2.5}]', [], [[1.5], [2.5]]),
    "one column that counts": ("no\n1\n2\n3\n", [], [[1.0], [2.0], [3.0]]),
}


@pytest.mark.parametrize(("text", "columns", "expected"), _READ.values(), ids=_READ)
def test_columns_are_read(tmp_path: Path, text: str, columns: list[str], expected: list[list[float]]) -> None:
    file = tmp_path / "series.csv"
    file.write_text(text, encoding="utf-8")
    assert read_series(file, columns).values.tolist() == expected


def test_what_was_read_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "series.csv"
    file.write_text("day;level (m);wind\n1;2;3\n2;4;5\n3;7;1\n", encoding="utf-8")
    one, two = read_series(file, ["2"]), read_series(file, ["wind", "level"])
    assert (one.labels, one.summary) == (("level (m)",), "series = level (m); 3 values; not read: day, wind")
    assert (two.labels, two.summary) == (("wind", "level (m)"), "series = wind, level (m); 3 values; not read: day")


_REFUSED: dict[str, tuple[str, list[str], str]] = {
    "name": ("a,b\n1,2\n2,3\n", ["c"], "--column 'c' is not a column: there are 1 to 2 \\(a, b\\)"),
    "number": ("1,2\n2,3\n", ["3"], "--column '3' is not a column: there are 1 to 2"),
    "one name twice": ("a,a\n1,2\n2,3\n", ["a"], "columns 1 and 2 have this name; give the number, as in --column 1"),
    "two candidates": ("t,speed\n0,1.5\n1,2.5\n", [], "the series may be any of t, speed; give --column"),
    "text": ("a\n1\nx\n3\n", [], "line 3, column 1 \\(a\\): 'x' is not a number; a series has a number in every row"),
    "nan": ("a\n1\nnan\n3\n", ["a"], "line 3.*: there is no value; a series has a number in every row"),
    "short row": ("a,b\n1,2\n2\n", ["b"], "line 3: 1 cell, but the header has 2; a series has"),
    "constant": ("a\n1\n1\n", ["a"], "series.csv: series: channel 1 is constant"),
    "header": ("a\n", ["a"], "it has no points"),
    "names or not": ("7,2020\n1.5,2.5\n2.5,5.5\n", ["2"], "line 1: 7, 2020 may be names or the first values; give"),
    "a comma": ("1;1,234\n2;2,345\n", ["2"], "'1,234' may be 1.234 or 1234; give --decimal"),
    "words": ("a,b\nc,d\n", [], "it has no points"),
    "dates": ("day,b\n2024-03-01,u\n2024-03-02,v\n", [], "no column holds numbers; a series needs one"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "columns", "message"), _REFUSED.values(), ids=_REFUSED)
def test_a_bad_column_is_one_clear_line(tmp_path: Path, text: str, columns: list[str], message: str) -> None:
    file = tmp_path / "series.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_series(file, columns)
    assert "series.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@given(points=_POINTS, names=_NAMES, dialect=_ANY_DIALECT)
@settings(max_examples=settings().max_examples // 2)
def test_a_series_is_read_as_the_y_of_a_file(
    points: list[tuple[float, float, float]], names: list[str], dialect: _Dialect, tmp_path: Path
) -> None:
    y = [value for _, value, _ in points]
    if max(map(abs, y)) > LARGEST or np.std(y) == 0 or np.ptp(y) == 0:
        return
    file = tmp_path / "series"
    file.write_bytes(PACKED[dialect.packed](_written(points, names, dialect).encode(dialect.encoding)))
    table, series = read_table(file), read_series(file, ["2"])
    np.testing.assert_array_equal(series.values[:, 0], table.y)
    assert series.labels == (table.y_label,)


def test_a_function_that_ends_the_program_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "ending_module.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    (tmp_path / "ending_function.py").write_text("def f(x):\n    raise SystemExit(0)\n", encoding="utf-8")
    with pytest.raises(InputError, match="importing 'ending_module' failed: SystemExit: 0"):
        load_series("ending_module:f", [1.0, 2.0])
    with pytest.raises(InputError, match="'ending_function:f': failed with SystemExit: 0"):
        load_series("ending_function:f", [1.0, 2.0])
    (tmp_path / "ending_basis.py").write_text("import sys\ndef g(x):\n    sys.exit(0)\n", encoding="utf-8")
    ends = load_object("ending_basis:g", "function", "my:g")
    assert callable(ends)
    with pytest.raises(InputError, match="its basis function failed, SystemExit: 0"):
        Family("ends", "y = 0", ends).basis_at(np.ones((1, 2)))


def test_noise_is_normal_in_units_of_the_series() -> None:
    values = np.zeros((20_000, 2))
    noise = add_noise(values, 0.1, [1.0, 5.0], np.random.default_rng(0))
    for channel, deviation in enumerate((0.1, 0.5)):
        assert stats.kstest(noise[:, channel], stats.norm(0, deviation).cdf).pvalue > 0.01
    assert abs(np.corrcoef(noise[:, 0], noise[:, 1])[0, 1]) < 0.02


def test_noise_of_level_zero_draws_nothing() -> None:
    values, generator = np.ones((3, 1)), np.random.default_rng(0)
    assert add_noise(values, 0.0, [1.0], generator) is values
    assert generator.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("level", [-0.1, np.nan, np.inf])
def test_a_noise_level_is_checked(level: float) -> None:
    with pytest.raises(InputError, match=r"noise: .* must be from 0 to 1e\+100$"):
        add_noise(np.ones((3, 1)), level, [1.0], np.random.default_rng(0))
