import gc
import json
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.groups import GroupChunk, GroupReader
from shapeclf.recognition import Recognizer, fit_many, recognize_groups
from shapeclf.recognition.fit_records import fit_record
from shapeclf.recognition.naming import Names

SEQUENCES: dict[str, FloatArray] = {}


def _add(name: str, x: object, y: object) -> None:
    SEQUENCES[name] = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])


_RNG = np.random.default_rng(0)
_X = np.linspace(0.5, 8.0, 16)
_add("a line", _X, 2 * _X + 1)
_add("a short line", _X[:4], 5 - _X[:4])
_add("a parabola", _X, 4.9 * _X**2 + 0.02 * _RNG.normal(size=16))
_add("a root", _X, 3 * np.sqrt(_X) - 7)
_add("a sine", np.arange(60) / 5, np.sin(1.3 * np.arange(60) / 5) + 0.02 * _RNG.normal(size=60))
_add("growth", np.arange(9.0) + 1990, 3 * np.exp(0.4 * np.arange(9)))
_add("a point", [3.0], [4.0])
_add("two points", [3.0, 4.0], [4.0, 1.0])
_add("a constant", np.arange(5), [7.0] * 5)
_add("one x", [2.0] * 5, np.arange(5))
_add("below 0", np.arange(-5, 6), np.arange(-5, 6) ** 2)
_add("a walk", np.arange(40), np.cumsum(_RNG.normal(size=40)))
_add("a longer line", np.arange(100), np.arange(100) / 3)
_add("another line", _X, -1e9 * _X)


@pytest.fixture(scope="module")
def real() -> Recognizer:
    return Recognizer.load()


@pytest.fixture(scope="module")
def single_answers(real: Recognizer) -> list[dict[str, Any]]:
    """The answer to each sequence as `recognize` gives it, less the closest law, which groups do not state."""
    answers = (
        {"group": name} | replace(real.recognize(*points.T), names=Names()).to_dict() | {"error": None}
        for name, points in SEQUENCES.items()
    )
    return [{key: value for key, value in answer.items() if key != "closest"} for answer in answers]


def _chunk(names: list[str]) -> GroupChunk:
    points = [SEQUENCES[name] for name in names]
    return GroupChunk(list(names), np.concatenate(points), np.array([len(p) for p in points]))


def _long_csv(path: Path) -> GroupReader:
    rows = [f"{name},{x!r},{y!r}\n" for name, points in SEQUENCES.items() for x, y in points.tolist()]
    path.write_text("run,x,y\n" + "".join(rows), encoding="utf-8")
    return GroupReader(path, group="run")


def _wide_csv(path: Path) -> GroupReader:
    path.write_text(
        "".join(f"{name};" + ";".join(map(repr, points.ravel().tolist())) + "\n" for name, points in SEQUENCES.items()),
        encoding="utf-8",
    )
    return GroupReader(path, group="1", wide=True)


def _long_parquet(path: Path) -> GroupReader:
    lengths = [len(points) for points in SEQUENCES.values()]
    x, y = np.concatenate(list(SEQUENCES.values())).T
    pq.write_table(pa.table({"run": np.repeat(list(SEQUENCES), lengths), "x": x, "y": y}), path, row_group_size=50)
    return GroupReader(path, group="run")


def _wide_parquet(path: Path) -> GroupReader:
    columns = {"run": list(SEQUENCES)} | {
        axis: [points[:, i].tolist() for points in SEQUENCES.values()] for i, axis in enumerate("xy")
    }
    pq.write_table(pa.table(columns), path)
    return GroupReader(path, group="run", wide=True)


FORMS = {
    "long.csv": _long_csv,
    "wide.csv": _wide_csv,
    "long.parquet": _long_parquet,
    "wide.parquet": _wide_parquet,
}


def _same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert [list(row) for row in found] == [list(row) for row in expected]
    for row, other in zip(found, expected, strict=True):
        assert (row["group"], row["points"]) == (other["group"], other["points"])
        assert row["family"] == other["family"]
        assert row["posterior"] == pytest.approx(other["posterior"], abs=1e-5)
        assert row["probability"] == row["posterior"][row["family"]]
        assert row["equation"] == other["equation"]
        assert row["parameters"] == pytest.approx(other["parameters"], rel=1e-6)
        assert row["r_squared"] == pytest.approx(other["r_squared"], abs=1e-9)
        assert row["standard_errors"].keys() == other["standard_errors"].keys()
        known, others = (
            {name: error for name, error in answer["standard_errors"].items() if error is not None}
            for answer in (row, other)
        )
        assert known == pytest.approx(others, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("chunk_points", [1, 17, 64, 100_000], ids=repr)
@pytest.mark.parametrize("form", FORMS)
def test_answers_to_groups_equal_single_answers(
    form: str, chunk_points: int, real: Recognizer, single_answers: list[dict[str, Any]], tmp_path: Path
) -> None:
    reader = FORMS[form](tmp_path / form)
    reader.chunk_points = chunk_points
    rows = [row for answers in recognize_groups(real, reader) for row in answers.rows()]
    data = [row.pop("data") for row in rows]
    assert [each["points"] for each in data] == [row["points"] for row in rows]
    assert [each["last"] for each in data] == [points[-1].tolist() for points in SEQUENCES.values()]
    _same(rows, single_answers)
    assert {row["family"] for row in rows} > {
        "line",
        "parabola",
        "sqrt",
        "sine",
    }  # otherwise the comparison would prove little
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_without_the_fit(real: Recognizer, single_answers: list[dict[str, Any]]) -> None:
    (answers,) = recognize_groups(real, [_chunk(list(SEQUENCES))], fit=False)
    assert answers.fits is None
    for row, other in zip(answers.rows(), single_answers, strict=True):
        assert list(row) == ["group", "family", "probability", "posterior", "points", "error"]
        assert row["family"] == other["family"]
    assert "equation" not in answers.columns()


@pytest.mark.parametrize("fit", [True, False], ids=["fit", "no fit"])
def test_the_table_equals_the_rows(fit: bool, real: Recognizer) -> None:
    (answers,) = recognize_groups(real, [_chunk(list(SEQUENCES))], fit=fit)
    table = {
        name: column if isinstance(column, list) else column.tolist() for name, column in answers.columns().items()
    }
    for index, row in enumerate(answers.rows()):
        reported = {name: column[index] for name, column in table.items()}
        assert {name: reported.pop(f"p_{name}") for name in real.families} == row.pop("posterior")
        for name in ("parameters", "standard_errors", "covariance", "outliers", "quantities") if fit else ():
            reported[name] = json.loads(reported[name])
        assert reported == row


def test_error_bars_weight_the_fit_of_each_group(real: Recognizer) -> None:
    names = ["a line", "a sine", "a walk", "a parabola"]
    chunk = _chunk(names)
    errors = np.random.default_rng(1).uniform(0.01, 0.1, len(chunk.points))
    errors[-3] = 0.0  # the last group's cannot weight a fit
    (answers,) = recognize_groups(real, [replace(chunk, y_error=errors)])
    rows = list(answers.rows())
    for row, name, y_error in zip(rows, names, np.split(errors, np.cumsum(chunk.lengths[:-1])), strict=True):
        x, y = SEQUENCES[name].T
        expected = real.recognize(x, y, y_error if (y_error > 0).all() else None)
        assert row.items() >= fit_record(expected.fit, error_bars=True).items()
    assert [row["chi_squared"] is None for row in rows] == [False, False, True, True]
    assert answers.unweighted == 1
    assert answers.columns()["chi_squared"] == [row["chi_squared"] for row in rows]


def test_among_applies_to_groups(real: Recognizer) -> None:
    fewer = Recognizer.load(among=["line", "parabola", "sqrt"])
    (whole,) = recognize_groups(real, [_chunk(list(SEQUENCES))], fit=False)
    (found,) = recognize_groups(fewer, [_chunk(list(SEQUENCES))])
    expected = whole.posterior[:, :3]
    expected[:, 0] += whole.posterior[:, whole.families.index("constant")]
    expected /= expected.sum(axis=1, keepdims=True)
    # Single precision keeps few digits of very small probabilities.
    np.testing.assert_allclose(found.posterior, expected, atol=1e-4)
    assert {row["family"] for row in found.rows()} <= {"line", "parabola", "sqrt"}


def test_a_group_without_an_answer_has_the_reason_and_the_others_their_answers(
    single_answers: list[dict[str, Any]],
) -> None:
    roots = Recognizer.load(among=["sqrt", "power"])
    names = ["below 0", "a root", "below 0", "a short line"]
    (answers,) = recognize_groups(roots, [_chunk(names)])
    rows = list(answers.rows())
    reason = "none of sqrt, power is defined for x from -5 to 5"
    assert answers.errors == {0: reason, 2: reason}
    assert [row["error"] for row in rows] == [reason, None, reason, None]
    empty = {"family": None, "probability": None, "posterior": {"sqrt": None, "power": None}, "points": 11}
    assert rows[0] == {"group": "below 0"} | empty | {
        "equation": None, "parameters": {}, "standard_errors": {}, "covariance": [], "r_squared": None,
        "residual_sd": None, "residual_test": None, "outliers": [], "quantities": {}, "error": reason,
    }  # fmt: skip
    _same(rows[1::2], list(next(recognize_groups(roots, [_chunk(names[1::2])])).rows()))
    assert rows[1]["family"] == "sqrt"
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_rows_share_no_mutable_values(real: Recognizer) -> None:
    (answers,) = recognize_groups(real, [_chunk(["a walk", "a point", "a walk"])])
    one, other, _ = answers.rows()
    one["parameters"]["k"] = 1.0
    assert "k" not in other["parameters"]


@pytest.mark.slow
def test_one_chunk_at_a_time(real: Recognizer) -> None:
    # Bounded memory: an answered chunk is freed before the next is read.
    alive: list[weakref.ref[FloatArray]] = []

    def chunks() -> Iterator[GroupChunk]:
        for _ in range(5):
            gc.collect()
            assert sum(points() is not None for points in alive) <= 1
            chunk = _chunk(["a line", "a root"])
            alive.append(weakref.ref(chunk.points))
            yield chunk
            del chunk

    answered = 0
    for answers in recognize_groups(real, chunks()):
        answered += len(answers.chunk.names)
        del answers
    assert answered == 10


def test_answers_come_before_the_next_chunk_is_read(real: Recognizer) -> None:
    read = []

    def chunks() -> Iterator[GroupChunk]:
        for number in range(3):
            read.append(number)
            yield _chunk(["a point"])

    for number, _ in enumerate(recognize_groups(real, chunks())):
        assert read == list(range(number + 1))


def test_padding_at_most_doubles_the_memory(real: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[tuple[int, int]] = []

    def counted(family: Any, points: FloatArray, lengths: Any, y_error: Any) -> Any:
        sizes.append((points.shape[0] * points.shape[1], int(lengths.sum())))
        return fit_many(family, points, lengths, y_error)

    monkeypatch.setattr("shapeclf.recognition.grouped.fit_many", counted)
    list(recognize_groups(real, [_chunk(list(SEQUENCES))]))
    assert sizes
    assert all(padded < 2 * points for padded, points in sizes)


def test_no_chunks_give_no_answers(real: Recognizer) -> None:
    assert list(recognize_groups(real, [])) == []


def test_equations_and_units_are_in_the_names_of_the_columns(real: Recognizer, tmp_path: Path) -> None:
    rows = [f"{name};{t};{str(k * t + 1.5).replace('.', ',')}\n" for name, k in (("a", 2), ("b", 3)) for t in range(6)]
    (tmp_path / "runs.csv").write_text("run;t (s);s (m)\n" + "".join(rows), encoding="utf-8")
    (answers,) = recognize_groups(real, GroupReader(tmp_path / "runs.csv", group="run"))
    named = [(row["equation"], row["equation_named"], row["parameter_units"]) for row in answers.rows()]
    units = {"k": "m/s", "b": "m"}
    assert named == [("y = 2·x + 1.5", "s = 2·t + 1.5", units), ("y = 3·x + 1.5", "s = 3·t + 1.5", units)]
    assert answers.columns()["equation_named"] == ["s = 2·t + 1.5", "s = 3·t + 1.5"]
