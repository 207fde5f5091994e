"""``shapeclf predict`` on groups of which one has no answer, and on groups whose numbers take 64 bits."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result


def read_table(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


ONE_WITHOUT_ANSWER = "run,x,y\n" + "".join(
    f"{name},{x},{3 * (x + 5) ** 0.5:.3f}\n"
    for name, first in (("A", 1), ("B", -1), ("C", 1))
    for x in range(first, first + 5)
)
WHY = "none of sqrt, power is defined for x from -1 to 3"
READ = "note: x = x, y = y, group = run; 15 points in 3 groups\n"
AMONG_ROOTS = ("--group", "run", "--among", "sqrt,power")


@pytest.mark.parametrize("output", [None, "answers.csv", "answers.parquet"], ids=["JSON", "csv", "parquet"])
def test_one_group_without_an_answer_does_not_end_the_others(
    output: str | None, shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "groups.csv").write_text(ONE_WITHOUT_ANSWER, encoding="utf-8")
    result = shapeclf("predict", "groups.csv", *AMONG_ROOTS, *(["--json"] if output is None else ["--output", output]))
    assert result.exit_code == 1
    assert result.stderr == f"{READ}Error: groups.csv: 1 of 3 groups has no answer; the first is 'B': {WHY}\n"
    if output is None:
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        assert rows[1]["posterior"] == {"sqrt": None, "power": None}
    else:
        rows = read_table(tmp_path / output)
    nothing = "" if output == "answers.csv" else None
    assert [row["group"] for row in rows] == ["A", "B", "C"]
    assert [row["error"] for row in rows] == [nothing, WHY, nothing]
    assert [row["family"] in ("sqrt", "power") for row in rows] == [True, False, True]
    assert [row["equation"] in (nothing, None) for row in rows] == [False, True, False]
    for name in {"family", "probability", "p_sqrt", "p_power"} & set(rows[1]):
        assert rows[1][name] == nothing


def test_a_group_without_an_answer_has_a_reason_in_text(shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("predict", "-", *AMONG_ROOTS, stdin=ONE_WITHOUT_ANSWER)
    assert result.stdout.splitlines()[1] == f"B  no answer: {WHY}"
    assert result.stderr == f"{READ}Error: standard input: 1 of 3 groups has no answer; the first is 'B': {WHY}\n"
    assert result.exit_code == 1


@pytest.mark.parametrize("wide", [False, True], ids=["long", "wide"])
@pytest.mark.parametrize("chunk_points", [1, 2**15], ids=["many chunks", "one chunk"])
def test_numbers_of_groups_on_both_sides_of_two_to_the_63(
    wide: bool, chunk_points: int, shapeclf: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapeclf.recognition.grouped.CHUNK_POINTS", chunk_points)
    names = [5, 2**63 + 5, 2**63 - 5, 2**63 + 6, 2**64 - 1, 0]  # in double precision, some of them are equal
    x = [1.0, 2.0, 3.0]
    ids = np.array(names, dtype=np.uint64)
    columns = {"run": ids, "x": [x] * len(names)} if wide else {"run": np.repeat(ids, 3), "x": x * len(names)}
    pq.write_table(pa.table(columns | {"y": columns["x"]}), tmp_path / "groups.parquet")
    options = ("--group", "run", "--no-fit", "--output", "answers.parquet", *(["--wide"] if wide else []))
    result = shapeclf("predict", "groups.parquet", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    assert [row["group"] for row in pq.read_table(tmp_path / "answers.parquet").to_pylist()] == names


def test_a_group_without_a_point_has_no_answer(shapeclf: Callable[..., Result]) -> None:
    text = "run;t (s);s (m)\n" + "".join(f"a;{x},5;{2 * x},25\n" for x in range(6)) + "b;1,0;\nb;;2,0\n"
    result = shapeclf("predict", "-", "--group", "run", "--json", stdin=text)
    assert result.exit_code == 1
    assert result.stderr == (
        "note: x = t (s), y = s (m), group = run; 6 points in 2 groups, 2 rows without a value skipped\n"
        "Error: standard input: 1 of 2 groups has no answer; the first is 'b': it has no points\n"
    )
    a, b = map(json.loads, result.stdout.splitlines())
    assert (a["family"], a["error"]) == ("line", None)
    assert (b["family"], b["points"], b["equation"], b["error"]) == (None, 0, None, "it has no points")
    assert a["data"] == {
        "x": "t",
        "y": "s",
        "y_error": None,
        "x_unit": "s",
        "y_unit": "m",
        "x_origin": None,
        "points": 6,
        "skipped": 0,
        "first": [0.5, 0.25],
        "last": [5.5, 10.25],
        "other_columns": [],
    }
    assert b["data"] == a["data"] | {"points": 0, "skipped": 2, "first": None, "last": None}


@pytest.mark.parametrize("errors", ["column", "cells", "option"])
def test_error_bars_weight_the_fit_of_each_group(errors: str, shapeclf: Callable[..., Result]) -> None:
    def line(name: str, x: int, y: float, error: float) -> str:
        cells = {"column": f"{y},{error}", "cells": f"{y} ± {error}", "option": f"{y}"}
        return f"{name},{x},{cells[errors]}\n"

    text = "run,t,s" + ",s_err" * (errors == "column") + "\n"
    text += "".join(line(name, x, 2 * x + 0.1 * (-1) ** x, 0.1) for name in "ab" for x in range(8))
    options = ("--y-error", "0.1") if errors == "option" else ()
    result = shapeclf("predict", "-", "--group", "run", "--json", *options, stdin=text)
    assert result.exit_code == 0
    for row in map(json.loads, result.stdout.splitlines()):
        assert row["chi_squared"] == pytest.approx(7.62, abs=0.2)
        assert row["data"]["y_error"] == {"column": "s_err", "cells": "s ±", "option": "0.1"}[errors]


def test_error_bars_that_are_0_are_noted(shapeclf: Callable[..., Result]) -> None:
    text = "run,t,s,s_err\n" + "".join(
        f"{name},{x},{2 * x},{error}\n" for name, error in ("a0", "b1") for x in range(6)
    )
    result = shapeclf("predict", "-", "--group", "run", stdin=text)
    assert result.exit_code == 0
    assert "note: the error bars of 1 group are not used: one is 0" in result.stderr
