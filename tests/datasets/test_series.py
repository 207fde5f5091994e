import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets.families import Family
from shapeclf.datasets.series import add_noise, as_series, load_series, named_series, read_series, sample_series
from shapeclf.datasets.user_modules import load_object
from shapeclf.errors import InputError

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
        ([1e-200, 2e-200], r"channel 1 is constant \(1e-200\)"),  # as far as squares can tell
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


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(InputError, match="there is no 'cos'; known are sin, sin-cos, x-sin"):
        named_series("cos")


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("t,speed\n0,1.5\n1,2.5\n", ["speed"], [[1.5], [2.5]]),
        ("t,speed\n0,1.5\n1,2.5\n", ["speed", "t"], [[1.5, 0.0], [2.5, 1.0]]),
        ("1\n2\n\n4\n", ["1"], [[1.0], [2.0], [4.0]]),
        ("\ufeffa, b\n1, 2\n2, 5\n", ["2"], [[2.0], [5.0]]),
        ("1000,a\n0.1,a\n0.2,a\n", ["1"], [[1000.0], [0.1], [0.2]]),
        ("5,,1\n6,,2\n7,,1\n", ["1"], [[5.0], [6.0], [7.0]]),
        ("t,2020,2021\n1,2,3\n2,5,6\n", ["2020"], [[2.0], [5.0]]),
        ("1st,2nd\n1,2\n2,5\n", ["2nd"], [[2.0], [5.0]]),
        (",speed\n0,2\n1,5\n", ["2"], [[2.0], [5.0]]),
    ],
    ids=[
        *("name", "two channels", "no header, blank line", "byte order mark, number", "text beside", "blank beside"),
        *("years as names", "names that begin as numbers", "an index without a name"),
    ],
)
def test_columns_are_read(tmp_path: Path, text: str, columns: list[str], expected: list[list[float]]) -> None:
    file = tmp_path / "series.csv"
    file.write_text(text, encoding="utf-8")
    assert read_series(file, columns).tolist() == expected


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("a,b\n1,2\n2,3\n", "c", "has no column 'c'; allowed are a, b or 1..2"),
        ("1,2\n2,3\n", "3", "has no column '3'; allowed are 1..2"),
        ("1,2\n2,3\n", "²", "has no column '²'"),
        ("a\n1\nx\n", "a", "line 3: column 1 holds 'x'"),
        ("a\n1\nnan\n", "a", "line 3: column 1 holds 'nan'"),
        ("a,b\n1,2\n2\n", "b", "line 3: column 2 holds ''"),
        ("a\n1\n1\n", "a", "channel 1 is constant"),
        ("a\n", "a", "names and no numbers"),
        ("", "a", "is empty"),
        ("t,2020\n1,2\n2,5\n", "2", "line 1: 't,2020' may be names or values"),
        ("NA,3\n1,4\n2,5\n", "1", "line 1: column 1 holds 'NA'"),
        ("1_00\n1\n2\n", "1", "line 1: column 1 holds '1_00'"),
        ("1\n2\n1_00\n", "1", "line 3: column 1 holds '1_00'"),
        ('1\n"2\n3\n', "1", "line 3: not CSV: unexpected end of data"),
        ("1\n" + "2" * 200_000 + "\n3\n", "1", "line 2: not CSV: field larger than"),
    ],
    ids=[
        *("name", "number", "superscript", "text", "nan", "short row", "constant", "header", "empty", "names or not"),
        *("missing first", "underscore first", "underscore", "stray quote", "long cell"),
    ],
)
def test_a_bad_column_is_one_clear_line(tmp_path: Path, text: str, column: str, message: str) -> None:
    file = tmp_path / "series.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_series(file, [column])
    assert "series.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unreadable_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_series(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_series(tmp_path / "bytes.csv")


@pytest.mark.skipif(os.name != "posix", reason="reads /dev/zero")
def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapeclf.datasets.series._MAX_FILE_SIZE", 2**20)
    with pytest.raises(InputError, match=r"^/dev/zero: larger than the file of a series may be \(1 MiB\)$"):
        read_series("/dev/zero")


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
